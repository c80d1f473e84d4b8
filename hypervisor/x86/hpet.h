/* SPDX-License-Identifier: BSD-2-Clause */
/* The high precision event timer (IA-PC HPET Specification 1.0a), used to interrupt one CPU again
 * and again through an I/O APIC. Pure, with registers in memory. */
#ifndef X86_HPET_H
#define X86_HPET_H

#include <stdbool.h>
#include <stdint.h>

#define HPET_TIMERS 32 /* at most */

/* What it says of itself. */
struct hpet {
    uint64_t capabilities, timers[HPET_TIMERS]; /* the latter: of those that there are */
};

struct hpet_plan {
    unsigned int timer, pin; /* the pin counts as global system interrupts do */
    uint32_t period;         /* ticks of its counter from one interrupt to the next */
};

/*
 * A timer that interrupts periodically, `hz` times a second, through a pin that no ISA interrupt
 * has: 16 to 23, the last that the timer can reach. False: there is none, or its clock is too slow.
 */
bool hpet_find(const struct hpet *hpet, unsigned int hz, struct hpet_plan *plan);

/* Read what the one at `base` says. False: nothing answers. */
bool hpet_look(volatile uint32_t *base, struct hpet *hpet);

/* Set it going, its counter from 0 on. Whatever it did before is over, its other timers' too. */
void hpet_run(volatile uint32_t *base, const struct hpet *hpet, const struct hpet_plan *plan);

/* When a timer that runs has last been due, by its counter. */
struct hpet_clock {
    uint32_t period, last;
};

/* At its start. A timer may be early, as Bochs 2.7's is by a microsecond: an eighth counts. */
static inline struct hpet_clock hpet_clock_begin(const struct hpet_plan *plan)
{
    return (struct hpet_clock){plan->period, -(plan->period / 8)};
}

/*
 * Has its time come once more than it was found to be due? By its own clock: none drifts from that.
 * What was not taken in time counts once: the interrupt of the last time may still be on its way.
 */
bool hpet_is_due(struct hpet_clock *clock, uint32_t counter);
uint32_t hpet_counter(volatile const uint32_t *base);

#endif
