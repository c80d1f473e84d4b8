/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Code in ring 3, for 64-bit guests. Not part of every guest: user.c is a row of those that use it
 * (meson.build).
 */
#ifndef RUNTIME_USER_H
#define RUNTIME_USER_H

#include <stdint.h>

/* The exception that ended it, and the registers' values then. */
struct user_end {
    unsigned long ax, ip, vector, error_code;
};

/* A CPU's state for it. */
struct user_state {
    unsigned long kernel_ip, kernel_sp;
    struct user_end end;
    uint8_t kernel_stack[4096] __attribute__((aligned(16)));
    uint8_t user_stack[2048] __attribute__((aligned(16)));
};

/*
 * For the CPU that calls: page tables that let ring 3 at the first gigabyte, one to one; and back
 * to the runtime's.
 */
void user_enter(void);
void user_leave(void);

/* Run `code` in ring 3 with RAX and RCX set, up to the first #UD or #PF: let it end with UD2. */
struct user_end user_run(const void *code, unsigned long ax, unsigned long cx);
/* With these bits of RFLAGS set as well. */
struct user_end user_run_with(unsigned long flags, const void *code, unsigned long ax,
                              unsigned long cx);

#endif
