/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The work between the last check of other vCPUs' demands and VMRUN, where no NMI can come any
 * more: deliver the guest's NMI, or wait for an interrupt in the guest's place.
 *
 * AMD-V can't enter a guest in the halted state. So a small guest of altview's waits: hypervisor
 * code in guest mode, with the hypervisor's page tables and the guest's RFLAGS.IF. An interrupt
 * makes it exit, and stays pending at the APIC until the guest's next entry.
 */
#include "core/domain.h"
#include "core/kick.h"
#include "run/still.h"
#include "svm/event.h"
#include "svm/step.h"
#include "svm/svm.h"

static void wait_once(struct vcpu *vcpu)
{
    struct vmcb *idle = vcpu->svm.idle;

    idle->rip = (uint64_t)(svm_may_sleep(vcpu) ? svm_idle_sleeps : svm_idle_polls);
    idle->rflags = RFLAGS_FIXED | (vcpu->svm.vmcb->rflags & RFLAGS_IF);
    still_note(vcpu);
    svm_idle(vcpu->svm.idle_page);
    cpu_relax(); /* the PAUSE that caused the exit has not let QEMU's other CPUs run */
    if (idle->exit_code == SVM_EXIT_INTR) {
        guest_wake(vcpu);
    }
}

static bool is_asleep(const struct vcpu *vcpu)
{
    return vcpu->svm.halted && !event_is_pending(vcpu);
}

/* The delivery of the event is the step: TF would be among the flags that it pushes. */
static void deliver_first(struct vcpu *vcpu)
{
    if (vcpu->svm.step.on && event_is_pending(vcpu)) {
        svm_step_take_back(vcpu);
        vcpu->svm.exits_behind = true;
    }
}

static void keep_shadow(struct vcpu *vcpu)
{
    if (event_loses_shadow(vcpu) && !event_is_pending(vcpu)) {
        svm_step_once(vcpu);
    }
}

bool svm_settle(struct vcpu *vcpu)
{
    vcpu->svm.busy = false;
    deliver_first(vcpu);
    if (vcpu->nmi_wanted) {
        event_deliver_nmi(vcpu);
    }
    keep_shadow(vcpu);
    if (vcpu->svm.exits_behind) {
        vcpu->svm.exits_behind = false;
        kick_self(vcpu); /* with GIF 0 it comes after the event */
    }
    if (!is_asleep(vcpu)) {
        vcpu->svm.halted = false;
        vcpu->halted_at = 0; /* it may have woken without an exit */
        return true;
    }
    vcpu->svm.busy = true;
    wait_once(vcpu);
    return false;
}
