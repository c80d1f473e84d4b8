/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time, for waits that only a hang makes long: the TSC counts 50 million ticks a second in Bochs,
 * and some billions elsewhere.
 */
#ifndef RUNTIME_CLOCK_H
#define RUNTIME_CLOCK_H

#include <stdint.h>

/* Find out how fast the TSC counts, by the hypervisor's clock; without one, it is Bochs's. */
void clock_init(void);

/* So many ticks of the TSC, or up to twice as many. */
uint64_t clock_ticks(uint32_t milliseconds);

/* The time of the hypervisor's clock. */
uint64_t clock_nanoseconds(void);

#endif
