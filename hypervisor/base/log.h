/* SPDX-License-Identifier: BSD-2-Clause */
/* The log goes to serial port 2 as lines of text, each starting with "altview: ". */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "status.h"

#include <stdarg.h>
#include <stdint.h>

/* printf subset: %d %u %x %lx %lu %ld %llx.. %s %c %p %%, width and zero padding. Adds prefix,
 * newline. */
__attribute__((format(printf, 1, 2))) void log_line(const char *format, ...);

/* From now on end=halt ends the machine by this write, with which the guest would power it off. */
void machine_power_off_by(uint16_t port, uint32_t value, unsigned int size);

/* Log the reason as the closing line and end the machine as the option end= says. */
__attribute__((format(printf, 2, 3), noreturn)) void machine_end(enum status status,
                                                                 const char *format, ...);

__attribute__((format(printf, 2, 0), noreturn)) void
machine_end_with(enum status status, const char *format, va_list args);

/* Call it before the machine ends: no other CPU goes on after it. May be called again. */
void machine_stop_others(void);

/* Make the log call `finish` before each line: the port may be in the middle of a frame. */
void log_before_line(void (*finish)(void *context), void *context);

/* An internal error: logs the chain of callers, then ends with STATUS_PANIC and the message. */
__attribute__((format(printf, 1, 2), noreturn, cold)) void panic(const char *format, ...);
/* Sets the function that logs the chain of callers, once altview's page tables are known. */
typedef void panic_teller(uint64_t rip, uint64_t rsp);
void panic_tells(panic_teller *tell);
/* The same for an error that happened elsewhere: with RIP and RSP there. */
__attribute__((format(printf, 3, 4), noreturn, cold)) void panic_at(uint64_t rip, uint64_t rsp,
                                                                    const char *format, ...);

/* Lines of the log: general registers, in the order in which instructions number them, without
 * RSP. */
void log_registers(const uint64_t numbered[16], uint64_t rip, uint64_t rsp, uint64_t rflags);

#endif
