/* SPDX-License-Identifier: BSD-2-Clause */
/* The PIT through the PIC: devices of the guest's own. */
#include "apic.h"
#include "machine.h"

#define VECTOR_TIMER TRAP_FREE /* where the PIC's first line is put */

#define PIT_LINE 0
#define PIT_DATA 0x40
#define PIT_MODE 0x43
#define PIT_HZ   1193182

static volatile unsigned long ticks;

static bool tick(struct trap_frame *frame)
{
    (void)frame;
    ticks++;
    pic_eoi(PIT_LINE);
    return true;
}

void timer_start(unsigned int hz)
{
    unsigned int divisor = hz ? PIT_HZ / hz : 0;

    trap_set_handler(VECTOR_TIMER, tick);
    pic_start(VECTOR_TIMER, hz ? 1U << PIT_LINE : 0);
    cpu_out8(PIT_MODE, 0x34);
    cpu_out8(PIT_DATA, (uint8_t)divisor);
    cpu_out8(PIT_DATA, (uint8_t)(divisor >> 8));
}

unsigned long timer_ticks(void)
{
    return ticks;
}
