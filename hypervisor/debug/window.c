/* SPDX-License-Identifier: BSD-2-Clause */
#include "debug/window.h"

#include "x86/tables.h"
#include "x86/x86.h"

#include <stdint.h>

#define ONE_IN 4 /* stores */
#define TICKS                                                                                      \
    8192 /* at most: time for several exits of another CPU, but less than a UART's
                       * buffer lasts */
#define REST     (16 * TICKS) /* at most, until the next: long operations must make progress too */
#define SPREAD_1 UINT64_C(0xbf58476d1ce4e5b9)
#define SPREAD_2 UINT64_C(0x94d049bb133111eb)

static bool wide;

bool window_widen(void)
{
    wide = true;
    return true;
}

bool window_is_wide(void)
{
    return wide;
}

/* The time as a random number (splitmix64's finalizer): it needs no state that CPUs would share. */
static uint64_t spread(uint64_t x)
{
    x = (x ^ x >> 30) * SPREAD_1;
    x = (x ^ x >> 27) * SPREAD_2;
    return x ^ x >> 31;
}

void window_open(void)
{
    struct cpu_tables *cpu;
    uint64_t start, number;

    if (!wide) {
        return;
    }
    cpu = cpu_tables_current();
    start = rdtsc();
    number = spread(start);
    if (start < cpu->no_window_until || number % ONE_IN) {
        return;
    }
    number /= ONE_IN;
    while (rdtsc() - start < number % TICKS) {
        cpu_relax();
    }
    cpu->no_window_until = rdtsc() + number / TICKS % REST;
}
