/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In the middle of the machine's serial port 2, without the hub of `altview run`: a thread that
 * passes bytes between the emulator and one client after another, and what the machine says on to
 * the launcher, so that it sees the log.
 */
#ifndef MONITOR_BRIDGE_H
#define MONITOR_BRIDGE_H

#include <stddef.h>

/*
 * Files in `directory`: writes its port to "port", for the emulator to connect to; then waits for
 * it, and for the launcher's port number in "launcher". `where` gets what clients connect to.
 */
void bridge_open(const char *directory, char *where, size_t size);

/* The machine's line is cut, for good. */
void bridge_cut(void);

#endif
