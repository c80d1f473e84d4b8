/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory of sequences: separate pages, under separate tables, far above the runtime. The lower
 * 32 bits of its address are the window's, which shows the same pages, so that an operand with an
 * address-size prefix reaches them, too.
 */
#ifndef STEPS_ARENA_H
#define STEPS_ARENA_H

#define ARENA_BASE        0x80e0000000
#define ARENA_CODE_PAGES  4
#define ARENA_STACK_PAGES 4
#define ARENA_DATA_PAGES  34 /* a gather of 16 elements, each across a page end, and a spare */

/* Its GDT: the runtime's selectors, and these in the order SYSCALL and SYSENTER want. */
#define ARENA_CODE          0x40
#define ARENA_STACK_SEGMENT 0x48
#define ARENA_USER_CODE32   0x50
#define ARENA_USER_DATA     0x58
#define ARENA_USER_CODE     0x60
#define ARENA_USER_STACK    0x68 /* after SYSEXIT */

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

enum area {
    AREA_CODE,
    AREA_STACK,
    AREA_DATA,
    AREA_SYSTEM, /* GDT, IDT */
    AREA_TABLES, /* the pages that map the others */
    AREAS
};

/* In the order of areas. */
#define ARENA_SYSTEM_PAGES 2
#define ARENA_TABLE_PAGES  3
#define ARENA_COMPARED     (ARENA_CODE_PAGES + ARENA_STACK_PAGES + ARENA_DATA_PAGES)
#define ARENA_PAGES        (ARENA_COMPARED + ARENA_SYSTEM_PAGES + ARENA_TABLE_PAGES)

void arena_init(void);
/* Restore all to the state at the start of each run; `start` begins the part that is compared
 * afterwards. */
void arena_reset(void);
/* GDT and IDT of sequences, and back to the runtime's. */
void arena_enter(void);
void arena_leave(void);

/* Where a page of an area is mapped; and where the last ends. */
uint64_t arena_address(enum area area, unsigned int page);
uint64_t arena_end(enum area area);
/* By number, in the order of areas. */
uint64_t arena_gfn(unsigned int page);
/* A page that no sequence touches, at VIEW_MARK_PAGE. */
uint64_t arena_mark_gfn(void);
enum area arena_area_of(unsigned int page);
const char *arena_area_name(enum area area);

/* Addresses that fault: nothing is mapped; and a data page that may not be written. */
uint64_t arena_nothing(void);
uint64_t arena_read_only(void);

/* What an area is filled with at the start of a run, by its mapped address. */
uint8_t *arena_start(uint64_t address);

/* Keep the compared pages' content; return the first byte that differs from the kept content, or
 * ARENA_SAME. */
#define ARENA_SAME (~UINT64_C(0))
void arena_keep(void);
uint64_t arena_difference(uint8_t *expected, uint8_t *seen);
#endif

#endif
