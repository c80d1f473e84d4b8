/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AMD's nested page tables: those of long mode (APM Vol. 2 5.3, 15.25), and nCR3 in place of CR3.
 *
 *   63 no execution   6 dirty   5 accessed   4 PCD   3 PWT   2 user   1 writable   0 present
 *
 * The guest's accesses count as user's: bit 2 is set everywhere. Accessed and dirty are set from
 * the start, so that no CPU ever writes to an entry. An entry without read access is not present.
 * Bits 62:52 and 11:9 are software's, as long as the host's CR4.PKE is 0. Bit 63 takes its EFER.NXE
 * = 1, and the walk of four levels its CR4.LA57 = 0. There is no #VE.
 *
 * PCD and PWT choose one of the host PAT's types (with its reset value: WB, WT, UC-, UC), which the
 * CPU combines with the MTRRs' type. WC is in effect only where the MTRRs say so. WP becomes UC.
 */
#ifndef FORMAT_NPT_H
#define FORMAT_NPT_H

#include "format/format.h"

#define NPT_USER       (UINT64_C(1) << 2)
#define NPT_PWT        (UINT64_C(1) << 3)
#define NPT_PCD        (UINT64_C(1) << 4)
#define NPT_ACCESSED   (UINT64_C(1) << 5)
#define NPT_DIRTY      (UINT64_C(1) << 6)
#define NPT_NO_EXECUTE (UINT64_C(1) << 63)

static const struct format format_npt = {
    .allow = {[ALTP2M_R] = 1 << 0, [ALTP2M_W] = 1 << 1},
    .forbid_execute = NPT_NO_EXECUTE,
    .leaf = NPT_USER | NPT_ACCESSED | NPT_DIRTY,
    .table = NPT_USER | NPT_ACCESSED,
    .memtype =
        {
            [ALTP2M_MEMTYPE_UC] = NPT_PCD | NPT_PWT,
            [ALTP2M_MEMTYPE_WC] = NPT_PCD,
            [ALTP2M_MEMTYPE_WT] = NPT_PWT,
            [ALTP2M_MEMTYPE_WP] = NPT_PCD,
            [ALTP2M_MEMTYPE_WB] = 0,
        },
};

#endif
