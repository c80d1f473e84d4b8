/* SPDX-License-Identifier: BSD-2-Clause */
#include "svm/control_registers.h"

#include "core/control_registers.h"
#include "core/domain.h"
#include "core/vcpu_view.h"
#include "svm/step.h"
#include "svm/svm.h"

void control_register_try(struct vcpu *vcpu)
{
    const struct vmcb *vmcb = vcpu->svm.vmcb;

    vcpu->svm.tried = (struct svm_tried){
        .on = true, .cr0 = vmcb->cr0, .cr4 = vmcb->cr4, .efer = vmcb->efer, .rip = vmcb->rip};
    svm_watch_control_registers(vcpu, false);
    svm_step_once(vcpu);
}

static void exchange(uint64_t *one, uint64_t *other)
{
    uint64_t kept = *one;

    *one = *other;
    *other = kept;
}

/* What is in the VMCB, and what was tried. */
static void exchange_all(struct vmcb *vmcb, struct svm_tried *tried)
{
    exchange(&vmcb->cr0, &tried->cr0);
    exchange(&vmcb->cr4, &tried->cr4);
    exchange(&vmcb->efer, &tried->efer);
    exchange(&vmcb->rip, &tried->rip);
}

static bool admits(const struct vcpu *vcpu, const struct svm_tried *tried)
{
    const struct vmcb *vmcb = vcpu->svm.vmcb;

    return (tried->cr0 == vmcb->cr0 || control_register_admits_cr0(vcpu, tried->cr0)) &&
           (tried->cr4 == vmcb->cr4 || control_register_admits_cr4(vcpu, tried->cr4));
}

/* QEMU 7.2 makes an invalid entry of an instruction whose value for CR4 has reserved bits. What
 * follows is the same as behind a trap. */
static bool is_refused(struct vmcb *vmcb)
{
    if (!svm_exit_is_invalid(vmcb->exit_code)) {
        return false;
    }
    vmcb->exit_code = SVM_EXIT_EXCEPTION(VECTOR_DB);
    return true;
}

void control_register_settle(struct vcpu *vcpu)
{
    bool refused = is_refused(vcpu->svm.vmcb);
    struct svm_tried *tried = &vcpu->svm.tried;

    tried->on = false;
    svm_watch_control_registers(vcpu, true);
    exchange_all(vcpu->svm.vmcb, tried);
    if (!refused && admits(vcpu, tried)) {
        exchange_all(vcpu->svm.vmcb, tried);
    } else {
        event_raise_error(vcpu, VECTOR_GP, 0);
    }
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL); /* of what is known of the guest's tables */
}

void control_register_set_cr3(struct vcpu *vcpu, uint64_t value)
{
    vcpu->svm.vmcb->cr3 = value;
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL);
}
