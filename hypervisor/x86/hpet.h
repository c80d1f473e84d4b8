/* SPDX-License-Identifier: BSD-2-Clause */
/* The high precision event timer (IA-PC HPET Specification 1.0a), used to interrupt one CPU through
 * an I/O APIC. The caller sets the timer anew for each interrupt: so at most one is on its way.
 * Pure, with registers in memory. */
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
    uint32_t period;         /* ticks of its counter until it interrupts */
};

/*
 * Choose a timer that can interrupt after a second's `hz`th part, through a pin that no ISA
 * interrupt has: 16 to 23, the last one that the timer can reach. False: there is none, or its
 * clock is too slow.
 */
bool hpet_find(const struct hpet *hpet, unsigned int hz, struct hpet_plan *plan);

/* Read the description of the HPET at `base`. False: no device answers. */
bool hpet_look(volatile uint32_t *base, struct hpet *hpet);

/* Start its counter at 0, and make that timer ready to be set. This ends all earlier use of it,
 * also of its other timers. */
void hpet_run(volatile uint32_t *base, const struct hpet *hpet, const struct hpet_plan *plan);

/* A timer that is set. */
struct hpet_alarm {
    struct hpet_plan plan;
    uint32_t set; /* the counter at that time */
};

/*
 * Have it interrupt once, one period from now. False: so much time has passed meanwhile that it was
 * set more than once, and may have interrupted already.
 */
bool hpet_set(volatile uint32_t *base, struct hpet_alarm *alarm);

/* Is it due? Then it has interrupted, or will not if it is set anew. */
bool hpet_is_due(const struct hpet_alarm *alarm, uint32_t counter);
/* Has it been due for so long that its interrupt must be lost? */
bool hpet_is_overdue(const struct hpet_alarm *alarm, uint32_t counter);
uint32_t hpet_counter(volatile const uint32_t *base);

#endif
