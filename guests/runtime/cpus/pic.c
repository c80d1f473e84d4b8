/* SPDX-License-Identifier: BSD-2-Clause */
#include "pic.h"

#include "cpu.h"

#define MASTER      0x20
#define SLAVE       0xa0
#define SLAVE_LINES 8
#define MASK        1 /* after a controller's first port */
#define EOI         0x20

/* Initialization command words 1 to 4. */
#define START         0x11
#define SLAVE_AT_LINE 0x04 /* to the master: a bit; to the slave: its number */
#define SLAVE_NUMBER  0x02
#define MODE_8086     0x01

static void start(uint16_t port, uint8_t vector, uint8_t wiring, uint8_t lines)
{
    cpu_out8(port, START);
    cpu_out8(port + 1, vector);
    cpu_out8(port + 1, wiring);
    cpu_out8(port + 1, MODE_8086);
    cpu_out8(port + MASK, (uint8_t)~lines);
}

void pic_start(uint8_t vector, uint16_t lines)
{
    start(MASTER, vector, SLAVE_AT_LINE, (uint8_t)lines);
    start(SLAVE, (uint8_t)(vector + SLAVE_LINES), SLAVE_NUMBER, (uint8_t)(lines >> SLAVE_LINES));
}

void pic_stop(void)
{
    cpu_out8(MASTER + MASK, 0xff);
    cpu_out8(SLAVE + MASK, 0xff);
}

void pic_eoi(unsigned int line)
{
    if (line >= SLAVE_LINES)
        cpu_out8(SLAVE, EOI);
    cpu_out8(MASTER, EOI);
}
