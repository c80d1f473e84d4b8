/* SPDX-License-Identifier: BSD-2-Clause */
/* The CPU's rules for a data access, implemented again: SDM Vol. 3A chapter 4, one
 * rule a line. It shares nothing with hypervisor/guestmem/walk.c. */
#ifndef WALK_REFERENCE_H
#define WALK_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#define REFERENCE_FRAMES 64

struct reference_cpu {
    uint64_t cr0, cr3, cr4, efer, rflags, pdptes[4];
    uint32_t pkru, pkrs;
    unsigned int physical_bits;
    bool pages_1g;
    bool program; /* the access is at CPL 3 */
};

enum reference_end {
    TRANSLATED,
    NOT_CANONICAL,
    NOT_PRESENT,
    RESERVED_BIT,
    READ_ONLY,
    SUPERVISORS, /* only at CPL 3 */
    SMAP_FAULT,
    KEY_FAULT,
    REFERENCE_ENDS
};

struct reference_walk {
    enum reference_end end;
    uint64_t physical;
    unsigned int leaf_level; /* the level of the final entry */
};

/* Sets accessed and dirty flags in `memory`, which has REFERENCE_FRAMES frames from 0 on. Reads
 * beyond return zeros. */
struct reference_walk reference_walk(const struct reference_cpu *cpu, uint8_t *memory,
                                     uint64_t linear, bool write);

#endif
