/* SPDX-License-Identifier: BSD-2-Clause */
/* For core/state.h, of the vCPU whose VMCS is the current one. Every CPU has these fields, or they
 * were written when the VMCS was made. */
#ifndef VENDOR_STATE_H
#define VENDOR_STATE_H

#include "vmx/instructions.h"
#include "x86/x86.h"

#define ACTIVITY_ACTIVE 0
#define ACTIVITY_HLT    1

static inline enum vmcs_field vmx_field_of(enum guest_state state)
{
    static const enum vmcs_field fields[GUEST_STATES] = {
        [GUEST_CR0] = VMCS_GUEST_CR0,
        [GUEST_CR3] = VMCS_GUEST_CR3,
        [GUEST_CR4] = VMCS_GUEST_CR4,
        [GUEST_EFER] = VMCS_GUEST_EFER,
        [GUEST_PAT] = VMCS_GUEST_PAT,
        [GUEST_DR7] = VMCS_GUEST_DR7,
        [GUEST_RIP] = VMCS_GUEST_RIP,
        [GUEST_RSP] = VMCS_GUEST_RSP,
        [GUEST_RFLAGS] = VMCS_GUEST_RFLAGS,
        [GUEST_CS_BASE] = VMCS_GUEST_CS_BASE,
        [GUEST_CS_RIGHTS] = VMCS_GUEST_CS_RIGHTS,
        [GUEST_SS_RIGHTS] = VMCS_GUEST_SS_RIGHTS,
        [GUEST_GDTR_BASE] = VMCS_GUEST_GDTR_BASE,
        [GUEST_GDTR_LIMIT] = VMCS_GUEST_GDTR_LIMIT,
        [GUEST_IDTR_BASE] = VMCS_GUEST_IDTR_BASE,
        [GUEST_IDTR_LIMIT] = VMCS_GUEST_IDTR_LIMIT,
        [GUEST_SYSENTER_CS] = VMCS_GUEST_SYSENTER_CS,
        [GUEST_SYSENTER_ESP] = VMCS_GUEST_SYSENTER_ESP,
        [GUEST_SYSENTER_EIP] = VMCS_GUEST_SYSENTER_EIP,
        [GUEST_PHYSICAL] = VMCS_GUEST_PHYSICAL,
        [GUEST_LINEAR] = VMCS_GUEST_LINEAR,
        [GUEST_QUALIFICATION] = VMCS_QUALIFICATION,
    };

    return fields[state];
}

static inline uint64_t guest_get(const struct vcpu *vcpu, enum guest_state state)
{
    (void)vcpu;
    return vmread_sure(vmx_field_of(state));
}

static inline void guest_set(struct vcpu *vcpu, enum guest_state state, uint64_t value)
{
    (void)vcpu;
    vmwrite_sure(vmx_field_of(state), value);
}

/* Of the qualification (SDM Vol. 3C table 28-7). */
#define QUALIFICATION_HAS_LINEAR (UINT64_C(1) << 7)
#define QUALIFICATION_FINAL      (UINT64_C(1) << 8)

static inline bool guest_is_in_walk(const struct vcpu *vcpu)
{
    uint64_t qualification = guest_get(vcpu, GUEST_QUALIFICATION);

    return (qualification & (QUALIFICATION_HAS_LINEAR | QUALIFICATION_FINAL)) ==
           QUALIFICATION_HAS_LINEAR;
}

/* For bits in the mask the guest reads what it has written (SDM Vol. 3C 25.6.6). */
static inline uint64_t guest_cr0(const struct vcpu *vcpu)
{
    uint64_t mask = vmread(VMCS_CR0_MASK);

    return (vmread(VMCS_CR0_SHADOW) & mask) | (guest_get(vcpu, GUEST_CR0) & ~mask);
}

static inline uint64_t guest_cr4(const struct vcpu *vcpu)
{
    uint64_t mask = vmread(VMCS_CR4_MASK);

    return (vmread(VMCS_CR4_SHADOW) & mask) | (guest_get(vcpu, GUEST_CR4) & ~mask);
}

/* Fields of a kind are 2 apart. */
static inline uint64_t vmx_read_nth(enum vmcs_field first, unsigned int n)
{
    return vmread((enum vmcs_field)(first + 2 * n));
}

static inline uint64_t guest_pdpte(const struct vcpu *vcpu, unsigned int n)
{
    (void)vcpu;
    return vmx_read_nth(VMCS_GUEST_PDPTE0, n);
}

static inline struct segment_state guest_segment(const struct vcpu *vcpu, enum segment segment)
{
    (void)vcpu;
    return (struct segment_state){
        .base = vmx_read_nth(VMCS_GUEST_ES_BASE, segment),
        .limit = (uint32_t)vmx_read_nth(VMCS_GUEST_ES_LIMIT, segment),
        .rights = (uint32_t)vmx_read_nth(VMCS_GUEST_ES_RIGHTS, segment),
        .selector = (uint16_t)vmx_read_nth(VMCS_GUEST_ES_SELECTOR, segment),
    };
}

/* VT-x leaves all of them in the CPU. */
static inline struct guest_switched guest_switched(const struct vcpu *vcpu)
{
    (void)vcpu;
    return (struct guest_switched){
        .cr2 = read_cr2(),
        .dr6 = read_dr6(),
        .star = rdmsr(MSR_STAR),
        .lstar = rdmsr(MSR_LSTAR),
        .cstar = rdmsr(MSR_CSTAR),
        .syscall_mask = rdmsr(MSR_SYSCALL_MASK),
        .kernel_gs_base = rdmsr(MSR_KERNEL_GS_BASE),
    };
}

static inline void guest_set_cr2(struct vcpu *vcpu, uint64_t value)
{
    (void)vcpu;
    write_cr2(value);
}

static inline void guest_halt(struct vcpu *vcpu)
{
    (void)vcpu;
    vmwrite(VMCS_GUEST_ACTIVITY, ACTIVITY_HLT);
}

static inline void guest_wake(struct vcpu *vcpu)
{
    (void)vcpu;
    vmwrite(VMCS_GUEST_ACTIVITY, ACTIVITY_ACTIVE);
}

static inline bool guest_is_halted(const struct vcpu *vcpu)
{
    (void)vcpu;
    return vmread(VMCS_GUEST_ACTIVITY) == ACTIVITY_HLT;
}

#endif
