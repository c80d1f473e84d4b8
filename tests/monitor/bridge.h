/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In the middle of the machine's serial port 2, without the hub of `altview run`: a thread that
 * passes bytes between the emulator and one client after another. It also passes the machine's
 * output to the launcher, so that the launcher sees the log.
 */
#ifndef MONITOR_BRIDGE_H
#define MONITOR_BRIDGE_H

#include <stddef.h>

/*
 * Files in `directory`: writes its port to "port", for the emulator, waits for the emulator's
 * connection, and for the launcher's port number in "launcher". Sets `where` to the address for
 * clients.
 */
void bridge_open(const char *directory, char *where, size_t size);

/* Cuts the machine's line for good. */
void bridge_cut(void);

#endif
