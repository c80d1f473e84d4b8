/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of the MTRRs that must run on the CPU. */
#include "memory/mtrr.h"
#include "x86/capabilities.h"
#include "x86/x86.h"

#define CPUID1_EDX_MTRR  (1U << 12)
#define CAP_COUNT        0xff
#define CAP_FIXED        (1U << 8)
#define MSR_MTRR_CAP     0xfeU
#define MSR_MTRR_BASE(n) (0x200U + 2 * (n)) /* the mask follows */
#define MSR_MTRR_DEFAULT 0x2ffU
#define ENABLED_WB       (UINT64_C(1) << 11 | MTRR_WB)

/* By address: 64 KiB, 16 KiB, 4 KiB (SDM Vol. 3A 12.11.2.2). */
static const uint32_t fixed[MTRR_FIXED] = {0x250, 0x258, 0x259, 0x268, 0x269, 0x26a,
                                           0x26b, 0x26c, 0x26d, 0x26e, 0x26f};

void mtrr_read(struct mtrrs *mtrrs)
{
    uint64_t cap;

    *mtrrs =
        (struct mtrrs){.default_type = ENABLED_WB, .physical_bits = capabilities_physical_bits()};
    if (!(cpuid(1, 0).edx & CPUID1_EDX_MTRR)) {
        return;
    }
    cap = rdmsr(MSR_MTRR_CAP);
    mtrrs->default_type = rdmsr(MSR_MTRR_DEFAULT);
    for (unsigned int i = 0; cap & CAP_FIXED && i < MTRR_FIXED; i++) {
        mtrrs->fixed[i] = rdmsr(fixed[i]);
    }
    mtrrs->variable_count = cap & CAP_COUNT;
    if (mtrrs->variable_count > MTRR_VARIABLE_MAX) {
        mtrrs->variable_count = MTRR_VARIABLE_MAX;
    }
    for (unsigned int i = 0; i < mtrrs->variable_count; i++) {
        mtrrs->variable[i].base = rdmsr(MSR_MTRR_BASE(i));
        mtrrs->variable[i].mask = rdmsr(MSR_MTRR_BASE(i) + 1);
    }
}
