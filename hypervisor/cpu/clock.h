/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CPU_CLOCK_H
#define CPU_CLOCK_H

#include <stdint.h>

/* Ticks of the TSC in a second, measured against the PC's timer: takes 10 ms and the timer's
 * channel 2, so ask before the guest runs. */
uint64_t clock_measure_tsc(void);

#endif
