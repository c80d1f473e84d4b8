/* SPDX-License-Identifier: BSD-2-Clause */
/* The few library functions a guest needs; the compiler calls the first three by itself. */
#ifndef RUNTIME_STRING_H
#define RUNTIME_STRING_H

#include <stdarg.h>

#include <stdbool.h>
#include <stddef.h>

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *s);
bool string_equal(const char *a, const char *b);

/*
 * printf's language, the part guests use: %c %s %d %u %x with flags - 0 #, a width (also *), and
 * the lengths l and ll.
 */
void format_to(void (*put)(void *context, char c), void *context, const char *format, va_list args);

/* Truncates; always terminated if size > 0. */
__attribute__((format(printf, 3, 4))) void snprintf(char *to, size_t size, const char *format, ...);

#endif
