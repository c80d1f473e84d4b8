/* SPDX-License-Identifier: BSD-2-Clause */
/* Exits without a pause, until the monitor has all its answers (argument 1). */
#include "hostile.h"

/* UART 1 is the guest's, and what it prints by hypercalls goes there. */
#define PORT         0x3f8
#define PORT_RATE    (PORT + 0) /* low byte, then high byte, while LINE_DIVISOR is set */
#define PORT_LINE    (PORT + 3)
#define PORT_STATUS  (PORT + 5)
#define LINE_DIVISOR 0x80
#define STATUS_IDLE  0x40
#define RATE_USUAL   1
#define RATE_SLOW    0x1000 /* 28 baud: a byte takes a third of a second */

void attack_cpuid_flood(void)
{
    while (!box->arguments[1])
        cpu_id(0, 0);
}

void attack_call_flood(void)
{
    uint64_t wrong = 0;

    while (!box->arguments[1])
        wrong += xen_version(XENVER_version, NULL) != (4 << 16 | 17);
    check_value("wrong_answers", 0, wrong);
}

static void set_rate(uint16_t divisor)
{
    uint8_t line = cpu_in8(PORT_LINE);

    cpu_out8(PORT_LINE, line | LINE_DIVISOR);
    cpu_out8(PORT_RATE, (uint8_t)divisor);
    cpu_out8(PORT_RATE + 1, (uint8_t)(divisor >> 8));
    cpu_out8(PORT_LINE, line);
}

/*
 * The hypervisor prints for the guest. It must not wait for the wire as long as the guest's rate
 * would require.
 */
void attack_console_flood(void)
{
    static const char lines[16] = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";
    uint64_t wrong = 0;

    set_rate(RATE_SLOW);
    do {
        wrong += xen_console_write(lines, sizeof(lines)) != 0;
        wrong += console_ring_write(lines, sizeof(lines)) != 0;
    } while (!box->arguments[1]);
    while (!(cpu_in8(PORT_STATUS) & STATUS_IDLE)) {
    }
    set_rate(RATE_USUAL);
    check_value("wrong_answers", 0, wrong);
}
