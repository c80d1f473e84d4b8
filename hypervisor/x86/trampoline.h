/* SPDX-License-Identifier: BSD-2-Clause */
/* Where other CPUs start: a page below 1 MiB, in real mode. For C and assembly. */
#ifndef X86_TRAMPOLINE_H
#define X86_TRAMPOLINE_H

#ifndef __ASSEMBLER__
#include "x86/x86.h"

#include <stdint.h>

/* What trampoline.S ends with: filled in for the page it is copied to, the same for each CPU. */
struct trampoline_data {
    uint64_t arrivals, entry;
    uint32_t root;        /* page tables that map the page itself, and us */
    uint32_t long_offset; /* far pointer to the 64-bit part */
    uint16_t long_selector;
    struct descriptor_table32 {
        uint16_t limit;
        uint32_t base;
    } __attribute__((packed)) gdt;
} __attribute__((packed));

/* Which lies in our own memory: CPUs that come, one after the other, however many and how late. */
struct arrivals {
    uint32_t came; /* to where they wait for their turn */
    uint32_t busy; /* a CPU is on `stack`, or not yet in VMX operation */
    uint64_t stack;
};

extern const char trampoline_start[], trampoline_long[], trampoline_gdt[], trampoline_end[];
/* Within what lies between start and end. */
extern const struct trampoline_data trampoline_data;
#endif

#endif
