/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated machine's page memory. It hands out pages, detects every wrong use of them, and
 * runs out of them on request. */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_memory {
    uint8_t *arena;
    uint32_t page_count;
    uint32_t *free_pages; /* a queue, so that a freed page stays poisoned for long */
    uint32_t free_head, free_count;
    bool *in_use;
    uint32_t used;
    uint64_t allocated; /* successful calls of sim_memory_alloc */
    uint32_t fail_at;   /* the n-th allocation from now fails; 0: none does */
    bool fail_on;       /* all later allocations fail too */
    bool failed;        /* an allocation has been refused since sim_memory_fail_at */
    bool may_run_out;   /* with no page left, refuse; else the test is too small and fails */
};

void sim_memory_init(struct sim_memory *m, uint32_t page_count);
/* Fails the test if pages are still in use: a leak. */
void sim_memory_fini(struct sim_memory *m);

/* Contents undefined: a pattern that is a misconfigured entry in both formats fills them. */
void *sim_memory_alloc(struct sim_memory *m);
/* Poisons the page until the next use (AddressSanitizer reports code that touches it). */
void sim_memory_free(struct sim_memory *m, void *address);

/* Refuse the n-th allocation from now (1: the next), and all later ones if `on`. 0: none. */
void sim_memory_fail_at(struct sim_memory *m, uint32_t n, bool on);

/* Physical memory does not start at 0, so that a forgotten translation shows. */
#define SIM_PHYSICAL_BASE UINT64_C(0x40000000)

uintptr_t sim_memory_direct_map(const struct sim_memory *m);
/* The number in the arena of the page at a physical address. Fails the test if that page is not in
 * use. */
uint32_t sim_memory_page_at(const struct sim_memory *m, uint64_t physical);
uint64_t *sim_memory_table(const struct sim_memory *m, uint32_t page);
uint32_t sim_memory_page_of(const struct sim_memory *m, const void *address);

#endif
