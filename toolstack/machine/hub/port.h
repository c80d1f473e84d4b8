/* SPDX-License-Identifier: BSD-2-Clause */
/* The run's line to the emulator: serial port 2 of the machine, a TCP connection on loopback that
 * the emulator opens, or a socket that it has had from the start. */
#ifndef RUN_PORT_H
#define RUN_PORT_H

#include <sys/types.h>

/* Listens on a port that was free; its number. A descriptor or a negative errno value. */
int port_listen(unsigned int *number);

/*
 * The connection of a process of this user. Refuses connections of others (-EAGAIN). A descriptor
 * that does not block, or a negative errno value.
 */
int port_accept(int listener);

/*
 * As recv(2). Over TCP it acknowledges at once: an emulated UART sends byte by byte, and its kernel
 * keeps a byte back until the one before is acknowledged. That would take 40 ms, and lose the byte
 * if the emulator ended.
 */
ssize_t port_read(int port, void *bytes, size_t size);

#endif
