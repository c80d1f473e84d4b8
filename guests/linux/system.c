/* SPDX-License-Identifier: BSD-2-Clause */
#include "system.h"

#define STDOUT 1

void put_text(const char *text)
{
    long size = 0;

    while (text[size]) {
        size++;
    }
    system_call(SYS_write, STDOUT, (long)text, size);
}

static void put_number(uint64_t value, unsigned int base)
{
    char digits[24];
    char *at = digits + sizeof(digits);

    *--at = 0;
    do {
        *--at = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    put_text(at);
}

void put_decimal(uint64_t value)
{
    put_number(value, 10);
}

void put_hex(uint64_t value)
{
    put_number(value, 16);
}

void leave(int status)
{
    system_call(SYS_exit_group, status, 0, 0);
    __builtin_unreachable();
}

/* From the kernel: the stack holds the number of arguments, then these (System V ABI 3.4.1). */
__attribute__((noreturn, used)) void begin(long *stack);
void begin(long *stack)
{
    leave(program((char **)(stack + 1)));
}

__asm__(".globl _start\n"
        "_start:\n\t"
        "mov %rsp, %rdi\n\t"
        "and $-16, %rsp\n\t"
        "call begin\n");
