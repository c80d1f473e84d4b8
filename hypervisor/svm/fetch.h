/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The linear address of a fetch that a nested page fault has refused. The CPU reports only the
 * physical address (APM Vol. 2 15.25.6). But a fetch is of the instruction at RIP: of its first
 * byte, or of the first one on the next page. The offsets in the page differ, so the physical
 * address says which. Pure.
 */
#ifndef SVM_FETCH_H
#define SVM_FETCH_H

#include "svm/vmcb.h"
#include "x86/x86.h"

#define FETCH_MOST 15 /* bytes of an instruction */

static inline bool vmcb_runs_64_bits(const struct vmcb *vmcb)
{
    return vmcb->efer & EFER_LMA && vmcb->cs.attributes & ATTRIBUTES_LONG;
}

/* Outside of 64-bit mode linear addresses have 32 bits. */
static inline uint64_t vmcb_code_address(const struct vmcb *vmcb, uint64_t rip)
{
    return vmcb_runs_64_bits(vmcb) ? rip : (uint32_t)(vmcb->cs.base + rip);
}

/* False: neither fits, which no known CPU does. Then altview reports no linear address. */
static inline bool vmcb_fetch_address(const struct vmcb *vmcb, uint64_t *linear)
{
    const uint64_t offsets = 0xfff;
    uint64_t at = vmcb_code_address(vmcb, vmcb->rip), left = offsets + 1 - (at & offsets);

    if (((at ^ vmcb->exit_info2) & offsets) == 0) {
        *linear = at;
        return true;
    }
    if (vmcb->exit_info2 & offsets || left >= FETCH_MOST) {
        return false;
    }
    *linear = vmcb_code_address(vmcb, vmcb->rip + left);
    return true;
}

#endif
