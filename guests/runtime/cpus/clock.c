/* SPDX-License-Identifier: BSD-2-Clause */
#include "clock.h"

#include "cpu.h"
#include "xen.h"

#include <xen/vcpu.h>

#define MILLISECOND (1U << 20) /* in ns, roughly */
#define BOCHS       50000      /* ticks in one */

static uint32_t ticks_per_ms = BOCHS;

uint64_t clock_nanoseconds(void)
{
    struct vcpu_runstate_info info = {.state_entry_time = 0};

    xen_vcpu_op(VCPUOP_get_runstate_info, 0, &info);
    return info.state_entry_time;
}

/* A 32-bit guest has no 64-bit division. Other machines may have taken the CPU away meanwhile: a
 * time of any length is halved until it is about a millisecond. */
void clock_init(void)
{
    uint64_t begin, ticks, time;

    if (!xen_present())
        return;
    begin = clock_nanoseconds();
    ticks = cpu_read_tsc();
    do {
        time = clock_nanoseconds() - begin;
    } while (time < MILLISECOND);
    for (ticks = cpu_read_tsc() - ticks; time >= 2 * MILLISECOND; time /= 2)
        ticks /= 2;
    ticks_per_ms = (uint32_t)ticks;
}

uint64_t clock_ticks(uint32_t milliseconds)
{
    return (uint64_t)milliseconds * ticks_per_ms;
}
