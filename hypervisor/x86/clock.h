/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X86_CLOCK_H
#define X86_CLOCK_H

#include <stdint.h>

/*
 * Ticks of the TSC in a second (x86/tsc.h), from CPUID and against the PC's timer, or ACPI's at
 * port `pm_timer` where the first does not count. Takes 10 ms or more and the first's channel 2, so
 * ask before the guest runs.
 */
uint64_t clock_measure_tsc(uint16_t pm_timer);

#endif
