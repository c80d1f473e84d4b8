/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * printf's language, the part guests use: %c %s %d %u %x with flags - 0 #, a width (also *), and
 * the lengths l and ll.
 */
#ifndef RUNTIME_FORMAT_H
#define RUNTIME_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

void format_to(void (*put)(void *context, char c), void *context, const char *format, va_list args);

/* Truncates; always terminated if size > 0. */
__attribute__((format(printf, 3, 4))) void snprintf(char *to, size_t size, const char *format, ...);

#endif
