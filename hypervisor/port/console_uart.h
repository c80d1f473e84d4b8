/* SPDX-License-Identifier: BSD-2-Clause */
/* The UART that the guest's console prints to, the guest's own: serial port 1. */
#ifndef XEN_CONSOLE_UART_H
#define XEN_CONSOLE_UART_H

/* A 16550's registers. */
#define PORT           0x3f8
#define PORT_DATA      (PORT + 0)
#define PORT_INTERRUPT (PORT + 1)
#define PORT_LINE      (PORT + 3)
#define PORT_STATUS    (PORT + 5)
#define LINE_8N1       0x03
#define LINE_DIVISOR   0x80 /* data and interrupt registers are the divisor's */
#define STATUS_ROOM    0x20
#define STATUS_IDLE    0x40

/* Set the port up as firmware does: the guest's first output must not be lost. */
void console_init(void);

/* Wait until the port has sent the last byte, before the machine ends. */
void console_finish(void);

#endif
