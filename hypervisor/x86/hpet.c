/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/hpet.h"

#define FEMTOSECONDS UINT64_C(1000000000000000) /* in a second */
#define SLOWEST      100000000U                 /* of a tick, in femtoseconds */

/* Registers, by their offsets; timer n has four words from TIMER(n) on. */
#define CAPABILITIES  0x000U
#define CONFIGURATION 0x010U
#define COUNTER       0x0f0U
#define TIMER(n)      (0x100U + 0x20U * (n))
#define COMPARATOR(n) (TIMER(n) + 8)

#define CONFIGURATION_ON 1U

#define COUNT(capabilities)       (((capabilities) >> 8 & 0x1f) + 1)
#define FEMTOSECONDS_A_TICK(caps) ((caps) >> 32)

/* A timer's configuration. The high word has the pins that it can reach. */
#define TIMER_ON         (1U << 2)
#define TIMER_32         (1U << 8)
#define TIMER_ROUTE(pin) ((uint32_t)(pin) << 9)

#define FIRST_PIN 16 /* after those of ISA */
#define LAST_PIN  23 /* of the 82093AA and its like */

static unsigned int last_pin(uint64_t timer)
{
    for (unsigned int pin = LAST_PIN; pin >= FIRST_PIN; pin--) {
        if (timer >> 32 >> pin & 1) {
            return pin;
        }
    }
    return 0;
}

bool hpet_find(const struct hpet *hpet, unsigned int hz, struct hpet_plan *plan)
{
    uint64_t tick = FEMTOSECONDS_A_TICK(hpet->capabilities);

    if (!tick || tick > SLOWEST || FEMTOSECONDS / hz / tick - 1 >= UINT32_MAX) {
        return false;
    }
    for (unsigned int i = 0; i < COUNT(hpet->capabilities); i++) {
        unsigned int pin = last_pin(hpet->timers[i]);

        if (pin) {
            *plan = (struct hpet_plan){i, pin, (uint32_t)(FEMTOSECONDS / hz / tick)};
            return true;
        }
    }
    return false;
}

static volatile uint32_t *reg(volatile uint32_t *base, unsigned int offset)
{
    return base + offset / sizeof(*base);
}

static uint64_t read(volatile uint32_t *base, unsigned int offset)
{
    uint32_t low = *reg(base, offset);

    return low | (uint64_t)*reg(base, offset + 4) << 32;
}

bool hpet_look(volatile uint32_t *base, struct hpet *hpet)
{
    *hpet = (struct hpet){.capabilities = read(base, CAPABILITIES)};
    if (hpet->capabilities == 0 || hpet->capabilities == UINT64_MAX) {
        return false;
    }
    for (unsigned int i = 0; i < COUNT(hpet->capabilities); i++) {
        hpet->timers[i] = read(base, TIMER(i));
    }
    return true;
}

uint32_t hpet_counter(volatile const uint32_t *base)
{
    return base[COUNTER / sizeof(*base)];
}

/* A system management interrupt may come between reading the counter and setting the timer. */
#define SET_TRIES 3

static void set_once(volatile uint32_t *base, struct hpet_alarm *alarm)
{
    uint32_t counter = hpet_counter(base);

    *reg(base, COMPARATOR(alarm->plan.timer)) = counter + alarm->plan.period;
    __asm__ volatile("" : : : "memory"); /* an NMI between the two finds it due, not too early */
    alarm->set = counter;
}

bool hpet_set(volatile uint32_t *base, struct hpet_alarm *alarm)
{
    for (unsigned int i = 0; i < SET_TRIES; i++) {
        set_once(base, alarm);
        if (hpet_counter(base) - alarm->set < alarm->plan.period) {
            return i == 0;
        }
    }
    return false;
}

/* A timer may be early, as Bochs 2.7's is by a microsecond. One of 32 bits also interrupts when the
 * counter begins anew (2.3.9.2.1). */
bool hpet_is_due(const struct hpet_alarm *alarm, uint32_t counter)
{
    uint32_t now = counter + alarm->plan.period / 256;

    return now - alarm->set >= alarm->plan.period || now < alarm->set;
}

bool hpet_is_overdue(const struct hpet_alarm *alarm, uint32_t counter)
{
    return (counter - alarm->set) / 2 >= alarm->plan.period;
}

void hpet_run(volatile uint32_t *base, const struct hpet *hpet, const struct hpet_plan *plan)
{
    *reg(base, CONFIGURATION) = 0;
    for (unsigned int i = 0; i < COUNT(hpet->capabilities); i++) {
        *reg(base, TIMER(i)) = (uint32_t)hpet->timers[i] & ~TIMER_ON;
    }
    *reg(base, COUNTER) = *reg(base, COUNTER + 4) = 0;
    *reg(base, COMPARATOR(plan->timer)) = UINT32_MAX;
    *reg(base, TIMER(plan->timer)) = TIMER_ON | TIMER_32 | TIMER_ROUTE(plan->pin);
    *reg(base, CONFIGURATION) = CONFIGURATION_ON;
}
