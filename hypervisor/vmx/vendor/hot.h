/* SPDX-License-Identifier: BSD-2-Clause */
/* The inline functions of core/vendor.h. */
#ifndef VENDOR_HOT_H
#define VENDOR_HOT_H

#include "vmx/instructions.h"
#include "x86/x86.h"

/* VMCALL. */
#define HYPERCALL_CODE   0x0f, 0x01, 0xc1
#define HYPERCALL_LENGTH 3

#define INIT_LEAVES_GUEST true

/* Of an interruption information: vmx/event.h has the rest. */
#define EVENT_VECTOR         0xffU
#define EVENT_TYPE           (7U << 8)
#define EVENT_TYPE_NMI       (2U << 8)
#define EVENT_TYPE_EXCEPTION (3U << 8)
#define EVENT_VALID          (1U << 31)

/* Of the interruptibility state (SDM Vol. 3C 25.4.2). */
#define BLOCKED_BY_STI    (1U << 0)
#define BLOCKED_BY_MOV_SS (1U << 1)
#define BLOCKED_BY_NMI    (1U << 3)

/* The cache of guest memory under other EPTPs is out of date. */
void vmx_forget_others(struct vcpu *vcpu);

/* The guest is in the view with this EPTP. */
static inline void vmx_enter_view(struct vcpu *vcpu, uint64_t eptp)
{
    vcpu->eptp = eptp;
    vcpu->moment++;
    vcpu->cache.stamp = (vcpu->cache.stamp & -EPOCH_ONE) | eptp;
    if (vcpu->cache.others_stale) {
        vmx_forget_others(vcpu);
    }
}

static inline void vmx_load_eptp(struct vcpu *vcpu, uint64_t eptp)
{
    if (eptp != vcpu->eptp) {
        vmx_enter_view(vcpu, eptp);
        vmwrite_sure(VMCS_EPT_POINTER, eptp);
    }
}

/* Whether the next entry delivers an event. Each exit clears that (SDM Vol. 3C 28.2). */
static inline bool event_is_pending(const struct vcpu *vcpu)
{
    (void)vcpu;
    return vmread(VMCS_ENTRY_EVENT) & EVENT_VALID;
}

/* Whether the exit has interrupted the delivery of an event. */
static inline bool vendor_delivers(const struct vcpu *vcpu)
{
    (void)vcpu;
    return vmread(VMCS_VECTORING_EVENT) & EVENT_VALID;
}

static inline bool vmx_exit_by_nmi(const struct vcpu *vcpu, uint64_t reason)
{
    (void)vcpu;
    return reason == REASON_EXCEPTION && (vmread(VMCS_EXIT_EVENT) & EVENT_TYPE) == EVENT_TYPE_NMI;
}

static inline bool vendor_exit_precedes(const struct vcpu *vcpu, uint64_t reason)
{
    return vmx_exit_by_nmi(vcpu, reason);
}

static inline bool vendor_exit_is_nmi(const struct vcpu *vcpu, uint64_t reason)
{
    return reason == REASON_NMI_WINDOW || vmx_exit_by_nmi(vcpu, reason);
}

static inline bool vendor_exit_is_ud(const struct vcpu *vcpu, uint64_t reason)
{
    uint64_t event = EVENT_TYPE_EXCEPTION | VECTOR_UD;

    return reason == REASON_EXCEPTION && !vendor_delivers(vcpu) &&
           (vmread(VMCS_EXIT_EVENT) & (EVENT_TYPE | EVENT_VECTOR)) == event;
}

static inline bool vendor_exit_is_violation(uint64_t reason)
{
    return reason == REASON_EPT_VIOLATION;
}

static inline void vendor_step_forget_exit(struct vcpu *vcpu)
{
    vcpu->vmx.step.trap_waits = false;
}

static inline void vendor_set_eptp(struct vcpu *vcpu, uint64_t eptp)
{
    (void)vcpu;
    vmwrite(VMCS_EPT_POINTER, eptp);
}

static inline void vendor_note_view(struct vcpu *vcpu, unsigned int view)
{
    if (vmx_can(&vcpu->vmx.controls, CONTROL_SECONDARY, SECONDARY_VE)) {
        vmwrite_sure(VMCS_EPTP_INDEX, view);
    }
}

static inline void vendor_invalidate(struct vcpu *vcpu, uint64_t eptp)
{
    if (eptp == ALTP2M_EPTP_ALL || !vcpu->vmx.invept_single) {
        invept(INVEPT_ALL, 0);
    } else {
        invept(INVEPT_SINGLE, eptp);
    }
}

/* Go on at `rip`, when other state ends with the instruction, or RIP wraps. */
void event_skip_to(uint64_t rip);

/* Go on after the instruction that caused the exit. Applies all effects of its end, except a trap
 * from debug registers. */
static inline void event_skip(struct vcpu *vcpu, uint64_t length)
{
    uint64_t rip = vmread_sure(VMCS_GUEST_RIP) + length;

    (void)vcpu; /* it is the current VMCS's */
    if ((uint32_t)rip < length ||
        vmread_sure(VMCS_GUEST_INTERRUPTIBILITY) & (BLOCKED_BY_STI | BLOCKED_BY_MOV_SS) ||
        vmread_sure(VMCS_GUEST_RFLAGS) & (RFLAGS_TF | RFLAGS_RF)) {
        event_skip_to(rip);
        return;
    }
    vmwrite_sure(VMCS_GUEST_RIP, rip);
}

static inline void event_skip_instruction(struct vcpu *vcpu)
{
    event_skip(vcpu, vmread_sure(VMCS_EXIT_LENGTH));
}

#endif
