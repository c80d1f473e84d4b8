/* SPDX-License-Identifier: BSD-2-Clause */
/* The chain of callers, for the log. */
#ifndef BASE_BACKTRACE_H
#define BASE_BACKTRACE_H

#include <stdint.h>

/*
 * From the instruction at `rip`, with `rsp` as it is there, outwards: a line for each function,
 * until one's frame is not known (vmx_exit's, an entry's) or its stack can't be read.
 */
void backtrace(uint64_t rip, uint64_t rsp);

#endif
