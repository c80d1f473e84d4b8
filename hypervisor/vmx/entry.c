/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/entry.h"

#include "domain.h"
#include "monitor/monitor.h"
#include "vmx/event.h"
#include "vmx/life.h"
#include "vmx/vmx.h"

bool entry_heed(struct vcpu *vcpu)
{
    do {
        vcpu->attention = false;
        event_want_nmi(vcpu);
        vmx_catch_up(vcpu);
        life_wait(vcpu);
        monitor_hold(vcpu);
    } while (vcpu->attention);
    return !vcpu->rewritten;
}

/* See smp/kick.h: in_guest is seen to be set before attention is read. */
void entry_prepare(struct vcpu *vcpu)
{
    for (;;) {
        __atomic_store_n(&vcpu->in_guest, true, __ATOMIC_SEQ_CST);
        if (!__atomic_load_n(&vcpu->attention, __ATOMIC_SEQ_CST)) {
            break;
        }
        __atomic_store_n(&vcpu->in_guest, false, __ATOMIC_RELEASE);
        domain_lock(vcpu);
        entry_heed(vcpu);
        domain_unlock(vcpu);
    }
    if (vcpu->relaunch) {
        vcpu->relaunch = false;
        vmx_entry(vcpu);
    }
}

void entry_first(struct vcpu *vcpu)
{
    vcpu->relaunch = true;
    entry_prepare(vcpu);
    __builtin_unreachable();
}
