/* SPDX-License-Identifier: BSD-2-Clause */
/* Segment, task and interrupt tables of one CPU in root mode. */
#ifndef X86_TABLES_H
#define X86_TABLES_H

#include "x86/x86.h"

#include <stdint.h>

struct vcpu;

/* Selectors. Fit for a VMCS's host state: RPL and TI are 0. */
#define SELECTOR_CODE 0x08
#define SELECTOR_DATA 0x10
#define SELECTOR_TASK 0x18

/* 64-bit task state segment (SDM Vol. 3A 8.7). */
struct __attribute__((packed)) task_state {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_map;
};

/* Whether an event with the NMI's vector may be, or has been, an external interrupt. */
enum taking { TAKES_NMI, TAKES_ANY, HAS_TAKEN_2 };

/* One per CPU. `gdt` comes first: GDTR leads from a CPU to its tables. */
struct cpu_tables {
    uint64_t gdt[5];
    struct task_state task;
    unsigned int held_rank;   /* of the locks it holds, in debug builds */
    uint64_t no_window_until; /* debug/window.c */
    enum taking takes;        /* own: the state of cpu_take_interrupt */
    struct vcpu *vcpu;        /* the vCPU whose VMCS is this CPU's current one; NULL: none yet */
};

/*
 * Fills the tables and makes this CPU use them, and the IDT that all CPUs share. Some exceptions
 * have stacks of their own: altview can still report a fault on the host stack, and an NMI can come
 * at any time. Unless cpu_tables_guard has been called before, they are the boot CPU's first ones.
 */
void cpu_tables_load(struct cpu_tables *tables);

/* Gives them guarded stacks. The tables may be in use. stack_alloc's rules hold. */
void cpu_tables_guard(struct cpu_tables *tables);

/* This CPU's own. */
static inline struct cpu_tables *cpu_tables_current(void)
{
    struct descriptor_table gdt;

    __asm__ volatile("sgdt %0" : "=m"(gdt));
    return (struct cpu_tables *)gdt.base;
}

/*
 * Take the pending external interrupt of this CPU for the guest. Returns its vector, or -1 if there
 * is none. It is in service at the APIC, or the 8259, until the guest ends it.
 */
int cpu_take_interrupt(void);

#endif
