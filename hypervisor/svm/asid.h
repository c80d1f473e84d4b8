/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address space identifiers of one CPU. To flush the guest's translations, altview runs the guest
 * under the next ASID, under which the CPU has none. After the last ASID altview flushes all and
 * begins again at the first. So it never flushes a single ASID.
 *
 * A view has no fixed ASID. The guest's INVLPG and MOV to CR3 invalidate translations of the
 * current ASID only (APM Vol. 2 15.16), where on VT-x they invalidate those of all views (SDM Vol.
 * 3C 29.4.3.1). With a fixed ASID, a guest that goes to another view and back would use
 * translations that it has invalidated.
 */
#ifndef SVM_ASID_H
#define SVM_ASID_H

#include <stdbool.h>
#include <stdint.h>

#define ASID_IDLE  1U /* 0 is the host's, this is that of the guest that waits (settle.c) */
#define ASID_FIRST 2U

struct asids {
    uint32_t current, end; /* `end` is the number of the CPU's ASIDs, including the host's */
};

static inline void asids_begin(struct asids *asids, uint32_t count)
{
    *asids = (struct asids){.current = ASID_FIRST, .end = count};
}

/* Go on with another. True: the CPU must flush all, because this ASID has been used before. */
static inline bool asids_next(struct asids *asids)
{
    asids->current++;
    if (asids->current < asids->end) {
        return false;
    }
    asids->current = ASID_FIRST;
    return true;
}

#endif
