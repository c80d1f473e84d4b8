/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux's system calls and a little text, for programs without a C library. */
#ifndef LINUX_SYSTEM_H
#define LINUX_SYSTEM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

static inline long system_call6(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

static inline long system_call(long number, long a, long b, long c)
{
    return system_call6(number, a, b, c, 0, 0, 0);
}

static inline uint64_t time_stamp(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return low | (uint64_t)high << 32;
}

/* To standard output. */
void put_text(const char *text);
void put_decimal(uint64_t value);
void put_hex(uint64_t value);

__attribute__((noreturn)) void leave(int status);

/* What the program is: `arguments` ends with NULL. */
int program(char **arguments);

#endif
