/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's registers that a VM exit takes from the CPU, by names that do not depend on the
 * vendor. Read and set them on the vCPU's own CPU, between an exit and the next entry. Registers
 * that a VM exit does not touch are in `struct vcpu`, or in the CPU.
 */
#ifndef CORE_STATE_H
#define CORE_STATE_H

#include "core/vcpu.h"

enum guest_state {
    GUEST_CR0, /* CR0 and CR4 as the CPU has them; guest_cr0, guest_cr4: as the guest reads them */
    GUEST_CR3,
    GUEST_CR4,
    GUEST_EFER,
    GUEST_PAT,
    GUEST_DR7,
    GUEST_RIP,
    GUEST_RSP,
    GUEST_RFLAGS,
    GUEST_CS_BASE,
    GUEST_CS_RIGHTS,
    GUEST_SS_RIGHTS,
    GUEST_GDTR_BASE,
    GUEST_GDTR_LIMIT,
    GUEST_IDTR_BASE,
    GUEST_IDTR_LIMIT,
    GUEST_SYSENTER_CS,
    GUEST_SYSENTER_ESP,
    GUEST_SYSENTER_EIP,
    /* A violation's data. The qualification is that of SDM Vol. 3C table 28-7 on any CPU: the
     * guest's #VE handler reads it. It says whether there is a linear address. */
    GUEST_PHYSICAL,
    GUEST_LINEAR,
    GUEST_QUALIFICATION,
    GUEST_STATES
};

/* State that one vendor's exit takes from the CPU, and another's leaves there. */
struct guest_switched {
    uint64_t cr2, dr6;
    uint64_t star, lstar, cstar, syscall_mask, kernel_gs_base;
};

/*
 * Inline, because the number of instructions of a hypercall matters. Where `state` is a constant,
 * one is left:
 *
 *     guest_get(vcpu, state), guest_set(vcpu, state, value)
 *     guest_cr0(vcpu), guest_cr4(vcpu)
 *     guest_switched(vcpu)         a struct guest_switched
 *     guest_set_cr2(vcpu, value)
 *     guest_pdpte(vcpu, n)         the top level of PAE paging, which the CPU holds; `n` is below 4
 *     guest_is_in_walk(vcpu)       the violation is of the walk to a page, not of the page
 *     guest_segment(vcpu, segment) a struct segment_state
 *     guest_halt(vcpu), guest_wake(vcpu), guest_is_halted(vcpu)    as by HLT
 */
#include "vendor/state.h"

/* CPL, shifted to where rights have it: 0 is ring 0, RIGHTS_DPL is ring 3. */
static inline uint64_t guest_ring(const struct vcpu *vcpu)
{
    return guest_get(vcpu, GUEST_SS_RIGHTS) & RIGHTS_DPL;
}

/* Paging distinguishes only CPL 3 from the others (SDM Vol. 3A 4.6.1). */
static inline bool guest_is_user(const struct vcpu *vcpu)
{
    return guest_ring(vcpu) == RIGHTS_DPL;
}

#endif
