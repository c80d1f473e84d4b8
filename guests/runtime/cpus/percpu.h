/* SPDX-License-Identifier: BSD-2-Clause */
/* Each CPU's own data. */
#ifndef RUNTIME_PERCPU_H
#define RUNTIME_PERCPU_H

#include "console.h"
#include "cpus.h"
#include "layout.h"
#include "trap.h"
#include "user.h"
#include "ve.h"

#include <stdint.h>

/* SDM Vol. 3A 8.2.1, 8.7: 64-bit mode takes the stack for ring 0 from it. */
struct task {
    uint32_t reserved;
    uint64_t rsp0;
    uint8_t rest[92];
} __attribute__((packed));

struct percpu {
    unsigned long unwind_stack; /* of the trap_try under way; trap_entry.S wants it first */
    struct trap trap;           /* what ended the last trap_try */
    struct ve_state ve;
    struct console_line line;
    struct cpu_state cpu;
    struct user_state user;
    struct task task;
};

/* By number; NULL for a CPU that is not there. */
extern struct percpu *percpu_areas[LAYOUT_CPUS];

/* Be CPU `number` from now on. */
void percpu_load(unsigned int number);

static inline unsigned int percpu_number(void)
{
    unsigned long task;

    __asm__ volatile("str %0" : "=r"(task));
    return (unsigned int)(task - LAYOUT_TASKS) >> LAYOUT_TASK_SHIFT;
}

static inline struct percpu *percpu(void)
{
    return percpu_areas[percpu_number()];
}

#endif
