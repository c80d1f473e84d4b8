/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stacks, each at the top of a slot of its own in a range where nothing else is mapped: one that
 * overflows, or is read beyond its end, faults.
 */
#ifndef MEMORY_STACK_H
#define MEMORY_STACK_H

#include <stddef.h>

#define STACKS     UINT64_C(0xffffa00000000000)
#define STACK_SLOT UINT64_C(0x8000)

/*
 * A stack of 1 to 7 pages, for good: where RSP starts, 16-byte aligned. After paging_enter, at
 * start, by one CPU at a time. Ends the machine if there is no memory.
 */
void *stack_alloc(size_t pages);

/* How many there are; panics if one has no guard or is not there. */
unsigned int stacks_check(void);

#endif
