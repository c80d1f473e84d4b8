/* SPDX-License-Identifier: BSD-2-Clause */
/* The page where other CPUs start: below 1 MiB, in real mode. For C and assembly. */
#ifndef X86_TRAMPOLINE_H
#define X86_TRAMPOLINE_H

#ifndef __ASSEMBLER__
#include "x86/x86.h"

#include <stdint.h>

/* The data at the end of trampoline.S: filled in for the page to which it is copied, the same for
 * each CPU. */
struct trampoline_data {
    uint64_t arrivals, entry;
    uint32_t root;        /* page tables that map the page itself, and altview */
    uint32_t long_offset; /* far pointer to the 64-bit part */
    uint16_t long_selector;
    struct descriptor_table32 {
        uint16_t limit;
        uint32_t base;
    } __attribute__((packed)) gdt;
} __attribute__((packed));

/* In altview's memory: the state of CPUs that arrive, one after the other, in any number and at any
 * time. */
struct arrivals {
    uint32_t came; /* the place where they wait for their turn */
    uint32_t busy; /* a CPU is on `stack`, or not yet in VMX operation */
    uint64_t stack;
};

extern const char trampoline_start[], trampoline_long[], trampoline_gdt[], trampoline_end[];
/* Within what lies between start and end. */
extern const struct trampoline_data trampoline_data;
#endif

#endif
