/* SPDX-License-Identifier: BSD-2-Clause */
/* Single accesses that may fault, to memory and MSRs, and VMFUNC. */
#ifndef RUNTIME_PROBE_H
#define RUNTIME_PROBE_H

#include "trap.h"

struct trap probe_read(const volatile void *at, uint8_t *value);
struct trap probe_write(volatile void *at, uint8_t value);

struct trap probe_read_msr(uint32_t msr, uint64_t *value);
struct trap probe_write_msr(uint32_t msr, uint64_t value);

/* Put a small function that returns `value` at `to` (6 bytes), and call one. */
void probe_make_code(void *to, uint32_t value);
struct trap probe_execute(const volatile void *at, uint32_t *value);

/* The instruction by itself, for stretches that must not leave the guest; may raise #UD. */
static inline void vmfunc(unsigned long leaf, unsigned long index)
{
    __asm__ volatile(".byte 0x0f, 0x01, 0xd4" : : "a"(leaf), "c"(index) : "memory");
}

/* The same, reporting the exception. Leaf 0: EPTP switching (SDM Vol. 3C 26.5.6.3). */
struct trap probe_vmfunc(unsigned long leaf, unsigned long index);

#endif
