/* SPDX-License-Identifier: BSD-2-Clause */
/* NMIs. The exit of one leaves it pending until STGI (APM Vol. 2 15.21.7): exit.S executes STGI at
 * once, and root mode's handler counts the NMI as if it had come there. */
#include "core/vendor.h"
#include "run/bell.h"
#include "svm/event.h"
#include "svm/step.h"
#include "svm/svm.h"

/* The CPU has no timer that makes the guest exit. The bell does that. While the small guest waits,
 * settle.c polls. */
void vendor_set_timer(struct vcpu *vcpu, uint64_t ticks)
{
    if (vcpu->xen.deadline) {
        bell_keep_time(vcpu->domain);
    }
    vcpu->svm.next_tick = rdtsc() + ticks;
}

void event_nmi_in_root(struct vcpu *vcpu)
{
    if (!bell_takes_nmi(vcpu)) {
        vcpu->nmi_pending = vcpu->attention = true;
    }
}

void event_want_nmi(struct vcpu *vcpu)
{
    vcpu->nmi_wanted = true;
    vcpu->svm.busy = true;
}

/* As an interrupt with the NMI's vector: after an NMI that EVENTINJ delivers, a CPU may block NMIs
 * until the guest's IRET, as Bochs 2.7 does. No kick would come, and the bell would not ring. QEMU
 * 7.2 blocks none, and may deliver an interrupt twice. */
static uint64_t event_of_nmi(const struct vcpu *vcpu)
{
    return (vcpu->svm.tcg ? SVM_EVENT_NMI : SVM_EVENT_INTERRUPT) | VECTOR_NMI;
}

static void deliver(struct vcpu *vcpu)
{
    vcpu->nmi_wanted = false;
    vcpu->svm.nmi_masked = true;
    vcpu->svm.vmcb->intercepts[3] |= INTERCEPT_IRET;
    guest_wake(vcpu);
    event_deliver(vcpu, event_of_nmi(vcpu));
    vcpu->exit_counts[REASON_NMI_WINDOW]++;
}

/* A step comes first: the NMI's handler must not get its loans. */
void event_deliver_nmi(struct vcpu *vcpu)
{
    if (!vcpu->svm.step.on && event_nmi_is_next(vcpu)) {
        deliver(vcpu);
        return;
    }
    if (event_is_pending(vcpu)) {
        event_exit_behind(vcpu);
    } else if (vcpu->svm.vmcb->interrupt_shadow & SHADOW || vcpu->svm.nmi_returns) {
        svm_step_once(vcpu);
    }
    vcpu->svm.busy = true; /* or IRET leaves the guest first */
}

void event_iret(struct vcpu *vcpu)
{
    event_keep_shadow(vcpu);
    if (!vcpu->svm.nmi_masked) {
        return; /* the exit ends the step of the instruction before it */
    }
    vcpu->svm.vmcb->intercepts[3] &= ~INTERCEPT_IRET;
    vcpu->svm.nmi_returns = true;
    vcpu->svm.nmi_return = vcpu->svm.vmcb->rip;
    vcpu->svm.busy = true;
}
