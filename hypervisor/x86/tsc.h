/* SPDX-License-Identifier: BSD-2-Clause */
/* The TSC's frequency: from CPUID, and against the machine's timers. Pure, except clock.c. */
#ifndef X86_TSC_H
#define X86_TSC_H

#include <stdint.h>

/* CPUID leaves 15h and 16h; all 0 if the CPU has none. */
struct tsc_leaves {
    uint32_t denominator, numerator; /* 15h, EAX and EBX: of the TSC to the crystal */
    uint32_t crystal_hz;             /* 15h, ECX; 0: not said */
    uint32_t base_mhz;               /* 16h, EAX */
};

/* The machine's ports, and the TSC. */
struct tsc_machine {
    uint8_t (*in8)(uint16_t port);
    void (*out8)(uint16_t port, uint8_t value);
    uint32_t (*in32)(uint16_t port);
    uint64_t (*tsc)(void);
};

/* Each gives ticks in a second, or 0 if it does not know. */

/* SDM Vol. 3B 19.7.3. */
uint64_t tsc_by_cpuid(const struct tsc_leaves *leaves);
/* By channel 2 of the PC's timer; takes 10 ms. 0 if that timer is absent, or gated to save
 * power. */
uint64_t tsc_by_pit(const struct tsc_machine *machine);
/* By ACPI's timer at `port` (ACPI specification, section 4.8.3.3); takes 10 ms. */
uint64_t tsc_by_pm_timer(const struct tsc_machine *machine, uint16_t port);

/*
 * The most exact plausible value. CPUID's counts if it agrees with the measurement. If it does not,
 * the measurement counts: an emulator may show one CPU and run as another.
 */
uint64_t tsc_choose(uint64_t by_cpuid, uint64_t measured);

/*
 * clock.c: ticks of the TSC in a second, from CPUID and against the PC's timer, or ACPI's at port
 * `pm_timer` if the PC's timer does not count. Takes 10 ms or more and uses channel 2 of the PC's
 * timer, so call it before the guest runs.
 */
uint64_t clock_measure_tsc(uint16_t pm_timer);

#endif
