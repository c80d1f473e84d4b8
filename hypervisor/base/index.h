/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks for numbers from a guest that are used as an index. */
#ifndef BASE_INDEX_H
#define BASE_INDEX_H

#include <stdbool.h>
#include <stddef.h>

#define INDEX_COUNT(table) (sizeof(table) / sizeof((table)[0]))

/*
 * Whether *index is below `count`. If not it becomes 0. It is 0 also if the CPU speculates on a
 * mispredicted branch: the mask comes from the comparison, not from the branch. SBB of a register
 * with itself leaves CF as it was. Xen: array_index_mask_nospec. The engine's, which has no
 * assembly, is altp2m_clamp.
 */
static inline bool index_clamp(size_t *index, size_t count)
{
    size_t mask;

    __asm__ goto("cmp %2, %1\n\tsbb %0, %0\n\tjae %l3"
                 : "=r"(mask)
                 : "r"(*index), "re"(count)
                 : "cc"
                 : beyond);
    *index &= mask;
    return true;
beyond:
    *index = 0;
    return false;
}

#endif
