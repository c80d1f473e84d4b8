/* SPDX-License-Identifier: BSD-2-Clause */
/* A sequence, which its seed determines completely. */
#ifndef STEPS_GENERATE_H
#define STEPS_GENERATE_H

#include "arena.h"
#include "enter.h"

#include <stdbool.h>
#include <stdint.h>

#define SEQUENCE_UNITS 24
#define SEQUENCE_SIZE  700

struct sequence {
    uint64_t seed;
    struct event start;
    bool user;      /* in ring 3 */
    bool interrupt; /* one is pending */
    uint8_t accesses[ARENA_PAGES];
    uint64_t flags;                     /* which bits of RFLAGS count in frames */
    bool dr6;                           /* it counts at traps */
    uint64_t end;                       /* where its last instruction is, UD2 */
    unsigned int units;                 /* instructions and phrases */
    uint64_t ends[SEQUENCE_UNITS];      /* after each */
    uint64_t system_call, system_enter; /* where SYSCALL and SYSENTER lead to */
};

/* The possible contents: bits 1 << CLASS_*, and 1 << XENMEM_access_*. */
struct wishes {
    uint32_t classes, accesses;
};

/* Writes the arena's code, too. */
void generate(struct sequence *s, uint64_t seed, const struct wishes *wishes);

#endif
