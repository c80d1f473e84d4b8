/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's output, a line at a time: console_io where that is allowed, else the console ring (as
 * on a release build of Xen), else serial port 1 (no hypervisor). Each CPU collects its own line.
 */
#ifndef RUNTIME_CONSOLE_H
#define RUNTIME_CONSOLE_H

#include <stddef.h>

struct console_line {
    char text[512];
    size_t used;
};

__attribute__((format(printf, 1, 2))) void printf(const char *format, ...);

/* Put text into the console ring and notify the other end: 0 or a negative error. */
long console_ring_write(const char *text, size_t size);

#endif
