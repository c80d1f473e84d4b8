/* SPDX-License-Identifier: BSD-2-Clause */
#include "cpu/clock.h"

#include "cpu/x86.h"

/* The 8254 timer; its channel 2 has its gate and its output at the PC's port B. */
#define PORT_CHANNEL2 0x42
#define PORT_COMMAND  0x43
#define PORT_B        0x61
#define B_GATE        0x01
#define B_SPEAKER     0x02
#define B_OUTPUT      0x20

#define CHANNEL2_ONE_SHOT 0xb0 /* both bytes of the count, mode 0: output rises at its end */
#define PIT_HZ            1193182
#define SHARE             100 /* of a second */

#define PATIENCE 10000000 /* port reads of 0.1 us and more, for 10 ms */
#define GUESS_HZ UINT64_C(1000000000)

static void start_count(uint16_t count)
{
    out8(PORT_COMMAND, CHANNEL2_ONE_SHOT);
    out8(PORT_CHANNEL2, (uint8_t)count);
    out8(PORT_CHANNEL2, (uint8_t)(count >> 8));
}

uint64_t clock_measure_tsc(void)
{
    uint8_t port_b = in8(PORT_B);
    uint64_t start;
    unsigned int i;

    out8(PORT_B, (uint8_t)((port_b & ~B_SPEAKER) | B_GATE));
    start_count(PIT_HZ / SHARE);
    start = rdtsc();
    for (i = 0; i < PATIENCE && !(in8(PORT_B) & B_OUTPUT); i++) {
    }
    start = rdtsc() - start;
    out8(PORT_B, port_b);
    return i < PATIENCE ? start * SHARE : GUESS_HZ;
}
