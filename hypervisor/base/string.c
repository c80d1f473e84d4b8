/* SPDX-License-Identifier: BSD-2-Clause */
#include "string.h"

#include <stdint.h>

#undef memcpy
#undef memset

/* Eight bytes at a time: an emulator counts each round. */
void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    void *cursor = to;
    size_t words = size / 8;

    size %= 8;
    __asm__ volatile("rep movsq" : "+D"(cursor), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(cursor), "+S"(from), "+c"(size) : : "memory");
    return to;
}

static void copy_backwards(unsigned char *to, const unsigned char *from, size_t size)
{
    while (size--) {
        to[size] = from[size];
        __asm__ volatile("" : : : "memory"); /* or the compiler would make this a memmove call */
    }
}

void *memmove(void *to, const void *from, size_t size)
{
    if ((size_t)((char *)to - (const char *)from) >= size) {
        return memcpy(to, from, size);
    }
    copy_backwards(to, from, size);
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    void *cursor = to;
    uint64_t pattern = (uint8_t)byte * UINT64_C(0x0101010101010101);
    size_t words = size / 8;

    size %= 8;
    __asm__ volatile("rep stosq" : "+D"(cursor), "+c"(words) : "a"(pattern) : "memory");
    __asm__ volatile("rep stosb" : "+D"(cursor), "+c"(size) : "a"(pattern) : "memory");
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *x = a, *y = b;

    for (; size; size--, x++, y++) {
        if (*x != *y) {
            return *x - *y;
        }
    }
    return 0;
}

size_t strlen(const char *s)
{
    size_t n = 0;

    while (s[n]) {
        n++;
        __asm__ volatile("" : : : "memory"); /* or the compiler would make this a strlen call */
    }
    return n;
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}
