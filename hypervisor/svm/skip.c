/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of an emulated instruction. */
#include "svm/event.h"
#include "svm/svm.h"

uint64_t svm_instruction_length(const struct vmcb *vmcb)
{
    static const uint8_t lengths[SVM_EXIT_CODES] = {
        [SVM_EXIT_CPUID] = 2, [SVM_EXIT_INVD] = 2,    [SVM_EXIT_HLT] = 1,
        [SVM_EXIT_MSR] = 2,   [SVM_EXIT_VMMCALL] = 3, [SVM_EXIT_XSETBV] = 3,
    };

    return lengths[vmcb->exit_code];
}

void event_skip_to(struct vcpu *vcpu, uint64_t rip)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;
    const struct svm_step *step = &vcpu->svm.step;
    bool traps = step->on ? step->flag : vmcb->rflags & RFLAGS_TF; /* not altview's TF */

    vmcb->rip = vmcb_rights(vmcb->cs.attributes) & RIGHTS_LONG && vmcb->efer & EFER_LMA
                    ? rip
                    : (uint32_t)rip;
    vmcb->rflags &= ~RFLAGS_RF;
    vmcb->interrupt_shadow &= ~SHADOW;
    if (traps && !event_is_pending(vcpu)) {
        vmcb->dr6 |= DR6_STEP;
        event_raise(vcpu, VECTOR_DB);
    }
}
