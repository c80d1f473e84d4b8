/* SPDX-License-Identifier: BSD-2-Clause */
/* The log goes to serial port 2 as lines of text, each starting with "altview: ". */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "status.h"

#include <stdarg.h>

/* printf subset: %d %u %x %lx %lu %ld %llx.. %s %c %p %%, width and zero padding. Adds prefix,
 * newline. */
__attribute__((format(printf, 1, 2))) void log_line(const char *format, ...);

/* Log the reason as the closing line and end the machine the way the option end= says. */
__attribute__((format(printf, 2, 3), noreturn)) void machine_end(enum status status,
                                                                 const char *format, ...);

__attribute__((format(printf, 2, 0), noreturn)) void
machine_end_with(enum status status, const char *format, va_list args);

/* Have `finish` called before each line: the port may be in the middle of something else. */
void log_before_line(void (*finish)(void *context), void *context);

/* An internal error: logs file, line and message, then ends with STATUS_PANIC. */
#define panic(...) machine_end(STATUS_PANIC, __VA_ARGS__)

#endif
