/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions and interrupts: handlers, the same ones on all CPUs, and calls that report which
 * exception they took.
 */
#ifndef RUNTIME_TRAP_H
#define RUNTIME_TRAP_H

#include <stdbool.h>
#include <stdint.h>

#define TRAP_DE    0
#define TRAP_DB    1
#define TRAP_NMI   2
#define TRAP_UD    6
#define TRAP_GP    13
#define TRAP_PF    14
#define TRAP_AC    17
#define TRAP_MC    18
#define TRAP_VE    20
#define TRAP_FREE  32 /* from here on vectors are free for interrupts, SDM Vol. 3A 6.2 */
#define TRAP_COUNT 256
#define TRAP_NONE  (-1)

/* Pushed by trap_entry.S, then by the CPU. */
struct trap_frame {
#ifdef __x86_64__
    unsigned long ax, cx, dx, bx, bp, si, di, r8, r9, r10, r11, r12, r13, r14, r15;
#else
    unsigned long ax, cx, dx, bx, bp, si, di;
#endif
    unsigned long vector, error_code, ip, cs, flags;
};

/* The result of a call. */
struct trap {
    int vector; /* TRAP_NONE: it returned */
    unsigned long error_code;
    unsigned long address; /* CR2 */
    unsigned long ip;
};

/* Return true to resume at frame->ip; false: the exception ends the call, or the guest. */
typedef bool trap_handler(struct trap_frame *frame);

/* Fill in the IDT, and load it on this CPU. */
void trap_init(void);
/* Load it on another. */
void trap_load(void);
void trap_set_handler(unsigned int vector, trap_handler *handler);

/* Call the function. An exception that no handler takes ends it. */
struct trap trap_try(void (*function)(void *), void *argument);

/* Is a trap_try in progress on this CPU? */
bool trap_expected(void);

/* "#UD" and the like; "none" for TRAP_NONE. */
const char *trap_name(int vector);

#endif
