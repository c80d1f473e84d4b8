/* SPDX-License-Identifier: BSD-2-Clause */
/* The inline functions of core/vendor.h. */
#ifndef VENDOR_HOT_H
#define VENDOR_HOT_H

#include "svm/vmcb.h"
#include "x86/x86.h"

/* VMMCALL. */
#define HYPERCALL_CODE   0x0f, 0x01, 0xd9
#define HYPERCALL_LENGTH 3

/* A CPU may redirect it to #SX (APM Vol. 2 15.28). Neither QEMU 7.2 nor Bochs 2.7 does, so altview
 * does not use that. */
#define INIT_LEAVES_GUEST false

/* Whether the next entry delivers an exception or an NMI. Each exit clears that. */
static inline bool event_is_pending(const struct vcpu *vcpu)
{
    return vcpu->svm.vmcb->event & SVM_EVENT_VALID;
}

/* Whether the exit has interrupted the delivery of an event. */
static inline bool vendor_delivers(const struct vcpu *vcpu)
{
    return vcpu->svm.vmcb->exit_event & SVM_EVENT_VALID;
}

/* By an NMI; or a write of a control register is tried at the next entry (control_registers.c). */
static inline bool vendor_exit_precedes(const struct vcpu *vcpu, uint64_t reason)
{
    uint64_t code = vcpu->svm.vmcb->exit_code;

    return code == SVM_EXIT_NMI ||
           (reason == REASON_CR_ACCESS &&
            (code == SVM_EXIT_CR0_BITS || code - SVM_EXIT_CR_WRITE(0) < 16));
}

/* The NMI handler has counted NMIs before altview handles their exit. */
static inline bool vendor_exit_is_nmi(const struct vcpu *vcpu, uint64_t reason)
{
    (void)vcpu, (void)reason;
    return false;
}

static inline bool vendor_exit_is_violation(uint64_t reason)
{
    return reason == REASON_EPT_VIOLATION;
}

static inline bool vendor_exit_is_ud(const struct vcpu *vcpu, uint64_t reason)
{
    (void)reason;
    return vcpu->svm.vmcb->exit_code == SVM_EXIT_EXCEPTION(VECTOR_UD) && !vendor_delivers(vcpu);
}

static inline void vendor_step_forget_exit(struct vcpu *vcpu)
{
    vcpu->svm.step.ended = false;
}

/* From the next entry on the CPU makes the guest's translations anew: asid.h. */
static inline void svm_forget_translations(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;

    if (asids_next(&vcpu->svm.asids)) {
        vmcb->tlb_control = TLB_FLUSH_ALL;
    }
    vmcb->asid = vcpu->svm.asids.current;
}

static inline void vendor_set_eptp(struct vcpu *vcpu, uint64_t eptp)
{
    vcpu->svm.vmcb->nested_root = eptp;
    svm_forget_translations(vcpu);
}

/* The CPU does not know views. */
static inline void vendor_note_view(struct vcpu *vcpu, unsigned int view)
{
    (void)vcpu, (void)view;
}

/* There are none of a view that the vCPU is not in. */
static inline void vendor_invalidate(struct vcpu *vcpu, uint64_t eptp)
{
    if (eptp == ALTP2M_EPTP_ALL || eptp == vcpu->svm.vmcb->nested_root) {
        svm_forget_translations(vcpu);
    }
}

/* Go on at `rip`, when other state ends with the instruction, or RIP wraps. */
void event_skip_to(struct vcpu *vcpu, uint64_t rip);

/* Go on after the instruction that caused the exit. */
static inline void event_skip(struct vcpu *vcpu, uint64_t length)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;
    uint64_t rip = vmcb->rip + length;

    if ((uint32_t)rip < length || vmcb->interrupt_shadow & SHADOW ||
        vmcb->rflags & (RFLAGS_TF | RFLAGS_RF)) {
        event_skip_to(vcpu, rip);
        return;
    }
    vmcb->rip = rip;
}

/* If the CPU does not report it, the length without prefixes: no instruction that causes exits
 * needs one. */
uint64_t svm_instruction_length(const struct vmcb *vmcb);

static inline void event_skip_instruction(struct vcpu *vcpu)
{
    const struct vmcb *vmcb = vcpu->svm.vmcb;

    event_skip(vcpu, vmcb->next_rip ? vmcb->next_rip - vmcb->rip : svm_instruction_length(vmcb));
}

#endif
