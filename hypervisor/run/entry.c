/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/entry.h"

#include "core/domain.h"
#include "core/kick.h"
#include "core/life.h"
#include "core/step.h"
#include "port/monitor.h"
#include "xen/events/timer.h"
#include "xen/events/upcall.h"

/* An NMI of the guest's came while the hypervisor ran. */
static void heed_nmi(struct vcpu *vcpu)
{
    if (vcpu->nmi_pending) {
        vcpu->nmi_pending = false;
        event_want_nmi(vcpu);
    }
}

/* About a second: a peer that sends requests without end must not stop the guest for ever. */
#define LOOKS_MOST 1000000

/* The bell has rung for the first vCPU. It takes out other vCPUs whose timers have expired. */
static void ring_others(struct domain *domain)
{
    for (unsigned int i = 1; domain->bell.hpet && i < domain->vcpu_count; i++) {
        if (xen_timer_is_due(domain->vcpus[i])) {
            kick_one(domain->vcpus[i]);
        }
    }
}

/* The monitor has sent bytes, or altview has events for it, and no timer would serve the rest
 * later. altview releases the lock in between, as in monitor_hold. */
static void look_if_rung(struct vcpu *vcpu)
{
    if (!vcpu->rung) {
        return;
    }
    vcpu->rung = false;
    ring_others(vcpu->domain);
    monitor_poll(vcpu);
    for (unsigned int looks = 0; looks < LOOKS_MOST && port_is_expected(vcpu->domain); looks++) {
        domain_unlock(vcpu);
        cpu_relax();
        domain_lock(vcpu);
        kick_catch_up(vcpu);
        monitor_poll(vcpu);
    }
}

/* The line has not taken all that this vCPU had to send, and the first vCPU, which polls the port
 * for all, may be asleep. */
static void leave_to_first(struct vcpu *vcpu)
{
    struct vcpu *first = vcpu->domain->vcpus[0];

    if (vcpu != first && !vendor_has_timer(first) && domain_has_unsent(vcpu->domain)) {
        kick_one(first);
    }
}

bool entry_heed(struct vcpu *vcpu)
{
    do {
        vcpu->attention = false;
        kick_all_came(vcpu);
        heed_nmi(vcpu);
        look_if_rung(vcpu);
        kick_catch_up(vcpu);
        life_wait(vcpu);
        monitor_hold(vcpu);
        step_stay(vcpu);
        leave_to_first(vcpu);
    } while (vcpu->attention);
    if (vcpu->xen.upcall || step_every_is_wanted(vcpu)) {
        vcpu->attention = true; /* last, in entry_wait */
    }
    return !vcpu->rewritten;
}

void entry_wait(struct vcpu *vcpu)
{
    do {
        __atomic_store_n(&vcpu->in_guest, false, __ATOMIC_RELEASE);
        domain_lock(vcpu);
        entry_heed(vcpu);
        if (xen_timer_is_due(vcpu)) {
            xen_timer_keep(vcpu);
        }
        if (vcpu->xen.upcall) {
            upcall_deliver(vcpu);
        }
        if (step_every_is_wanted(vcpu)) {
            step_every_next(vcpu);
        }
        domain_unlock(vcpu);
    } while (!entry_is_clear(vcpu));
    if (vcpu->relaunch) {
        vcpu->relaunch = false;
        entry_verify(vcpu);
        vendor_enter(vcpu);
    }
}

void entry_first(struct vcpu *vcpu)
{
    vcpu->relaunch = true;
    entry_wait(vcpu);
    __builtin_unreachable();
}
