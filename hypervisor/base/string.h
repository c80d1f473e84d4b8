/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions that a compiler may call even in free-standing code, and the string helpers of the
 * boot code. */
#ifndef BASE_STRING_H
#define BASE_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);

/* -ffreestanding hides the meaning of these from the compiler. Small constant sizes need no
 * call. */
#define memcpy(to, from, size) __builtin_memcpy(to, from, size)
#define memset(to, byte, size) __builtin_memset(to, byte, size)

#endif
