/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Intel's extended page tables (SDM Vol. 3C 29.3.2, EPTP 25.6.11):
 *
 *   63  suppress #VE (in every entry, present or not)   5:3 memory type   2:0 X W R
 *
 * Bits 57 to 61 have a meaning only with features altview never turns on (guest-paging
 * verification, paging-write, supervisor shadow stack, sub-page write), bit 10 only with
 * mode-based execute control.
 */
#ifndef FORMAT_EPT_H
#define FORMAT_EPT_H

#include "format/format.h"

#define EPT_SVE        (UINT64_C(1) << 63)
#define EPT_MEMTYPE(n) ((uint64_t)(n) << 3)

static const struct format format_ept = {
    .allow = {[ALTP2M_R] = 1 << 0, [ALTP2M_W] = 1 << 1, [ALTP2M_X] = 1 << 2},
    .suppress = EPT_SVE,
    /* A 4-level walk, write-back tables, no accessed and dirty flags. */
    .root = 6 | 3 << 3,
    .memtype =
        {
            [ALTP2M_MEMTYPE_UC] = EPT_MEMTYPE(0),
            [ALTP2M_MEMTYPE_WC] = EPT_MEMTYPE(1),
            [ALTP2M_MEMTYPE_WT] = EPT_MEMTYPE(4),
            [ALTP2M_MEMTYPE_WP] = EPT_MEMTYPE(5),
            [ALTP2M_MEMTYPE_WB] = EPT_MEMTYPE(6),
        },
    .has_exec_only = true,
    .has_ve = true,
};

#endif
