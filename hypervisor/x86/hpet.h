/* SPDX-License-Identifier: BSD-2-Clause */
/* The high precision event timer (IA-PC HPET Specification 1.0a), used to interrupt one CPU
 * periodically through an I/O APIC. Pure, with registers in memory. */
#ifndef X86_HPET_H
#define X86_HPET_H

#include <stdbool.h>
#include <stdint.h>

#define HPET_TIMERS 32 /* at most */

/* Its description. */
struct hpet {
    uint64_t capabilities, timers[HPET_TIMERS]; /* the number of timers */
};

struct hpet_plan {
    unsigned int timer, pin; /* the pin, as a global system interrupt number */
    uint32_t period;         /* ticks of its counter from one interrupt to the next */
};

/*
 * Choose a timer that interrupts periodically, `hz` times a second, through a pin that no ISA
 * interrupt has: 16 to 23, the last one that the timer can reach. False: there is none, or its
 * clock is too slow.
 */
bool hpet_find(const struct hpet *hpet, unsigned int hz, struct hpet_plan *plan);

/* Read the description of the HPET at `base`. False: no device answers. */
bool hpet_look(volatile uint32_t *base, struct hpet *hpet);

/* Start it, with its counter at 0. This ends all earlier use of it, also of its other timers. */
void hpet_run(volatile uint32_t *base, const struct hpet *hpet, const struct hpet_plan *plan);

/* The last time at which a running timer was due, by its counter. */
struct hpet_clock {
    uint32_t period, last;
};

/* Initial value. A timer may be early, as Bochs 2.7's is by a microsecond: accept an eighth of the
 * period. */
static inline struct hpet_clock hpet_clock_begin(const struct hpet_plan *plan)
{
    return (struct hpet_clock){plan->period, -(plan->period / 8)};
}

/*
 * Has the timer become due since the last call? By its own clock, so there is no drift. Several
 * missed times count once: the interrupt of the last one may still be on its way.
 */
bool hpet_is_due(struct hpet_clock *clock, uint32_t counter);
uint32_t hpet_counter(volatile const uint32_t *base);

#endif
