/* SPDX-License-Identifier: BSD-2-Clause */
/* The PIT through the PIC: devices of the guest's own. */
#include "machine.h"

#define VECTOR_TIMER TRAP_FREE /* where the PIC's first line is put */

#define PIC_MASTER 0x20
#define PIC_SLAVE  0xa0
#define PIC_EOI    0x20
#define PIT_DATA   0x40
#define PIT_MODE   0x43
#define PIT_HZ     1193182

static volatile unsigned long ticks;

static bool tick(struct trap_frame *frame)
{
    (void)frame;
    ticks++;
    cpu_out8(PIC_MASTER, PIC_EOI);
    return true;
}

static void program_pic(uint16_t port, uint8_t vector, uint8_t wiring, uint8_t mask)
{
    cpu_out8(port, 0x11);
    cpu_out8(port + 1, vector);
    cpu_out8(port + 1, wiring);
    cpu_out8(port + 1, 0x01);
    cpu_out8(port + 1, mask);
}

void timer_start(unsigned int hz)
{
    unsigned int divisor = hz ? PIT_HZ / hz : 0;

    trap_set_handler(VECTOR_TIMER, tick);
    program_pic(PIC_MASTER, VECTOR_TIMER, 4, hz ? 0xfe : 0xff);
    program_pic(PIC_SLAVE, VECTOR_TIMER, 2, 0xff);
    cpu_out8(PIT_MODE, 0x34);
    cpu_out8(PIT_DATA, (uint8_t)divisor);
    cpu_out8(PIT_DATA, (uint8_t)(divisor >> 8));
}

unsigned long timer_ticks(void)
{
    return ticks;
}
