/* SPDX-License-Identifier: BSD-2-Clause */
/* The top level of PAE paging, which AMD-V leaves in memory. */
#include "core/state.h"
#include "guestmem/access.h"

#define PDPTES 4

uint64_t guest_pdpte(const struct vcpu *vcpu, unsigned int n)
{
    uint64_t root = vcpu->svm.vmcb->cr3 & UINT64_C(0xffffffe0);
    const uint8_t *frame =
        guest_frame_seen((struct vcpu *)(uintptr_t)vcpu, root >> ALTP2M_PAGE_SHIFT, 0);

    return frame ? ((const volatile uint64_t *)(frame + root % ALTP2M_PAGE_SIZE))[n % PDPTES] : 0;
}
