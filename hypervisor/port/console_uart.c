/* SPDX-License-Identifier: BSD-2-Clause */
#include "port/console_uart.h"

#include "x86/x86.h"

#define PATIENCE 100000 /* port reads: far longer than a byte takes at 115200 baud */

void console_init(void)
{
    out8(PORT_LINE, LINE_8N1 | LINE_DIVISOR);
    out8(PORT_DATA, 1); /* 115200 baud */
    out8(PORT_INTERRUPT, 0);
    out8(PORT_LINE, LINE_8N1);
    out8(PORT_INTERRUPT, 0);
}

void console_finish(void)
{
    for (unsigned int i = 0; i < PATIENCE && !(in8(PORT_STATUS) & STATUS_IDLE); i++) {
    }
}
