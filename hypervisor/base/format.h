/* SPDX-License-Identifier: BSD-2-Clause */
/* A small printf. Pure: compiled for the host's tests too. */
#ifndef BASE_FORMAT_H
#define BASE_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Knows %d %i %u %x %X %s %c %p %%, the lengths l, ll and z, a width, and the flags 0 and -. Always
 * terminates the text and cuts it at the buffer's end (size at least 1). Returns its length.
 */
__attribute__((format(printf, 3, 0))) size_t format_text(char *buffer, size_t size,
                                                         const char *format, va_list args);

#endif
