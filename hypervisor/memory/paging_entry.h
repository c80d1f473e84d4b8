/* SPDX-License-Identifier: BSD-2-Clause */
/* The format of an entry of altview's own page tables (SDM Vol. 3A 4.5). */
#ifndef MEMORY_PAGING_ENTRY_H
#define MEMORY_PAGING_ENTRY_H

#include "x86/x86.h"

#include <stdbool.h>
#include <stdint.h>

#define PRESENT  UINT64_C(1)
#define WRITABLE UINT64_C(2)
#define USER     UINT64_C(4)
#define UNCACHED UINT64_C(0x18) /* PWT, PCD: entry 3 of the PAT's reset value, UC */
#define LARGE    UINT64_C(0x80)
#define NO_EXEC  (UINT64_C(1) << 63)
#define ADDRESS  UINT64_C(0x000ffffffffff000)

#define TOP_LEVEL 4
#define ENTRIES   512

/* Bytes that an entry of a level leads to. Level 1 holds 4 KiB pages. */
static inline uint64_t level_size(unsigned int level)
{
    return PAGE_SIZE << (9 * (level - 1));
}

static inline bool is_leaf(uint64_t entry, unsigned int level)
{
    return level == 1 || entry & LARGE;
}

#endif
