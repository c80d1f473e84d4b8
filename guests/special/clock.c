/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A clock that shows its time in a page, for a monitor that watches who writes there: three
 * functions do, one of them most often. A second of the clock takes 10 ms. It stops after a day.
 */
#include "clock.h"

#include "console.h"
#include "cpu.h"
#include "memory.h"
#include "runtime.h"
#include "xen.h"

#define SECOND 10 /* ms */

/* All of its page, so that nobody else writes there. */
struct face {
    uint32_t hours, minutes, seconds, unused[PAGE_SIZE / sizeof(uint32_t) - 3];
} __attribute__((aligned(PAGE_SIZE)));

/* Symbols for the monitor. */
volatile struct face clock_face;
void clock_hour(void);
void clock_minute(void);
void clock_second(void);

__attribute__((noinline)) void clock_hour(void)
{
    clock_face.hours++;
    clock_face.minutes = 0;
}

__attribute__((noinline)) void clock_minute(void)
{
    clock_face.minutes++;
    clock_face.seconds = 0;
}

__attribute__((noinline)) void clock_second(void)
{
    clock_face.seconds++;
}

static void wait_a_second(void)
{
    uint64_t begin = cpu_read_tsc(), ticks = clock_ticks(SECOND);

    while (cpu_read_tsc() - begin < ticks)
        __asm__ volatile("pause");
}

static void tick(void)
{
    clock_second();
    if (clock_face.seconds == 60)
        clock_minute();
    if (clock_face.minutes == 60)
        clock_hour();
}

unsigned int guest_main(void)
{
    clock_init();
    printf("clock: its face is at gfn %#lx\n", (unsigned long)memory_gfn(&clock_face));
    while (clock_face.hours < 24) {
        wait_a_second();
        tick();
    }
    printf("clock: a day is over\n");
    return SHUTDOWN_poweroff;
}
