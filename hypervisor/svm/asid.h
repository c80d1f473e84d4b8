/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address space identifiers of one CPU. Whenever translations of the guest's are to be forgotten,
 * the guest goes on under the next ASID, under which the CPU has none; when they run out, all are
 * flushed and counting begins anew. So nothing is ever flushed by ASID.
 *
 * A view has no ASID of its own. The guest's INVLPG and MOV to CR3 forget translations of the
 * current ASID only (APM Vol. 2 15.16), where VT-x forgets those of all views (SDM Vol. 3C
 * 29.4.3.1): a guest that goes to another view and back would meet what it has invalidated.
 */
#ifndef SVM_ASID_H
#define SVM_ASID_H

#include <stdbool.h>
#include <stdint.h>

#define ASID_IDLE  1U /* 0 is the host's, this is that of the guest that waits (settle.c) */
#define ASID_FIRST 2U

struct asids {
    uint32_t current, end; /* `end` is how many the CPU has, the host's with them */
};

static inline void asids_begin(struct asids *asids, uint32_t count)
{
    *asids = (struct asids){.current = ASID_FIRST, .end = count};
}

/* Go on with another. True: the CPU has to forget all, as it has been used before. */
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
