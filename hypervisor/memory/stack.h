/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stacks, each at the top of a separate slot in a range where nothing else is mapped. A stack that
 * overflows, or that code reads beyond its end, faults. Also the chain of callers, from a stack.
 */
#ifndef MEMORY_STACK_H
#define MEMORY_STACK_H

#include <stddef.h>
#include <stdint.h>

#define STACKS     UINT64_C(0xffffa00000000000)
#define STACK_SLOT UINT64_C(0x8000)

/*
 * A stack of 1 to 7 pages, which is never freed. Returns the first RSP, 16-byte aligned. After
 * paging_enter, at start, by one CPU at a time. Ends the machine if there is no memory.
 */
void *stack_alloc(size_t pages);

/* The number of stacks. Panics if one has no guard or is not mapped. */
unsigned int stacks_check(void);

/*
 * backtrace.c: the chain of callers, for the log. Starts at the instruction at `rip`, with its
 * `rsp`, and goes outwards: a line for each function, until a frame is not known (vmx_exit's, an
 * entry's) or the stack can't be read.
 */
void backtrace(uint64_t rip, uint64_t rsp);

#endif
