/* SPDX-License-Identifier: BSD-2-Clause */
/* The few library functions a guest needs; the compiler calls the first three by itself. */
#ifndef RUNTIME_STRING_H
#define RUNTIME_STRING_H

#include <stdbool.h>
#include <stddef.h>

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *s);
bool string_equal(const char *a, const char *b);

#endif
