/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bochs 2.7 keeps an INIT pending through its VM exit: each VM entry exits again. The CPU can get
 * rid of it only by taking it outside VMX operation, where any SIPI starts the CPU and an NMI goes
 * through real mode's vectors, which are the guest's. So altview does this only where the monitor
 * trap flag does not work, which holds for no known CPU, and where no sender of either is left:
 *  - all other vCPUs stay out of the guest until it is over (the lock is held throughout);
 *  - I/O APICs send neither meanwhile. (Bochs has no device that sends messages itself.) The first
 *  vCPU's CPU, which no INIT resets, brings the CPU back.
 */
#include "base/log.h"
#include "core/domain.h"
#include "core/ioapic.h"
#include "core/kick.h"
#include "run/cpus.h"
#include "run/entry.h"
#include "vmx/vmx.h"
#include "x86/tables.h"

#define TRIES 10000 /* two seconds and more: it takes one or two */

/* On the first vCPU's CPU. A SIPI that comes before the CPU has taken the INIT is lost. */
static void bring_back(struct vcpu *first, void *argument)
{
    struct vcpu *vcpu = argument;

    (void)first;
    for (unsigned int i = 0; vcpu_is_absent(vcpu); i++) {
        if (i == TRIES) {
            panic("CPU %u has taken an INIT and does not come back", vcpu->altp2m->id);
        }
        cpus_start(vcpu);
    }
}

/* The CPU is in VMX operation again in either case, and still has the lock. */
static void be_back(struct vcpu *vcpu)
{
    vmptrld(vcpu->vmx.vmcs_page);
    vcpu->tables->vcpu = vcpu;
    vcpu->relaunch = true;
    vcpu->returns = NULL;
    kick_end_on(vcpu->domain->vcpus[0]);
    ioapic_release(vcpu->domain);
}

static void returned(struct vcpu *vcpu)
{
    be_back(vcpu);
    knocks_forget(&vcpu->knocks); /* an INIT drops a pending NMI */
    vcpu->attention = true;
    domain_unlock(vcpu);
    entry_first(vcpu);
}

/* The NMI handler must not touch a VMCS meanwhile. */
static void leave(struct vcpu *vcpu)
{
    vcpu->tables->vcpu = NULL;
    vmclear(vcpu->vmx.vmcs_page);
    vmxoff();
    vmxon(vcpu->root_page);
    __atomic_store_n(&vcpu->absent, false, __ATOMIC_RELEASE);
}

void kept_init_take(struct vcpu *vcpu)
{
    struct domain *domain = vcpu->domain;

    if (domain->vcpus[0]->vmx.step.by_flag) {
        return;
    }
    kick_all(domain);
    ioapic_hold(domain);
    vcpu->returns = returned;
    __atomic_store_n(&vcpu->absent, true, __ATOMIC_SEQ_CST);
    kick_begin_on(domain->vcpus[0], bring_back, vcpu);
    leave(vcpu);
    be_back(vcpu);
}
