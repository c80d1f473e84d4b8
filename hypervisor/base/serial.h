/* SPDX-License-Identifier: BSD-2-Clause */
/* Serial port 2, the hypervisor's own. */
#ifndef BASE_SERIAL_H
#define BASE_SERIAL_H

#include <stddef.h>

#define SERIAL_PORT 0x2f8 /* COM2: eight I/O ports from here */

/* 115200 baud, 8 data bits, no parity, 1 stop bit. */
void serial_init(void);
/* Send, and wait for room before each byte. A missing port drops all bytes. So does a port that has
 * had no room for seconds, without a wait, until it has room again. The next wait is shorter. */
void serial_write(const void *bytes, size_t size);
/* Read as many bytes as have come, at most `size`, without waiting. */
size_t serial_receive(void *bytes, size_t size);
/* Send as many as the UART takes now, without waiting; 0 while it is busy. */
size_t serial_send(const void *bytes, size_t size);
/* Returns when the port has sent the last byte, and none has come for some time. */
void serial_end(void);

#endif
