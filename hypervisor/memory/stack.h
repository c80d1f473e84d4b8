/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stacks, each at the top of a slot of its own in a range where nothing else is mapped: one that
 * overflows, or is read beyond its end, faults. And what they tell: the chain of callers.
 */
#ifndef MEMORY_STACK_H
#define MEMORY_STACK_H

#include <stddef.h>
#include <stdint.h>

#define STACKS     UINT64_C(0xffffa00000000000)
#define STACK_SLOT UINT64_C(0x8000)

/*
 * A stack of 1 to 7 pages, for good: where RSP starts, 16-byte aligned. After paging_enter, at
 * start, by one CPU at a time. Ends the machine if there is no memory.
 */
void *stack_alloc(size_t pages);

/* How many there are; panics if one has no guard or is not there. */
unsigned int stacks_check(void);

/*
 * backtrace.c: the chain of callers, for the log. From the instruction at `rip`, with `rsp` as it
 * is there, outwards: a line for each function, until one's frame is not known (vmx_exit's, an
 * entry's) or its stack can't be read.
 */
void backtrace(uint64_t rip, uint64_t rsp);

#endif
