/* SPDX-License-Identifier: BSD-2-Clause */
#include "string.h"

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    void *cursor = to;

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

    __asm__ volatile("rep stosb" : "+D"(cursor), "+c"(size) : "a"(byte) : "memory");
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
