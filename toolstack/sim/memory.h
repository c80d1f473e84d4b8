/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine's physical memory: the guest's RAM from 0 up, and after it pages for
 * tables. There is one mapping, so that one offset leads from a physical address to the process's
 * (altp2m_host.direct_map). The kernel gives it pages when they are first touched. Programs may map
 * it: it is a file without a name, whose size is sealed.
 */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include <stddef.h>
#include <stdint.h>

struct sim_memory {
    uint8_t *base; /* physical address 0 */
    int file;      /* the same as a file */
    size_t size;
    uint64_t ram_pages;
    uint64_t pool_pages, pool_free;
    uint64_t untouched; /* mfn of the first pool page that was never handed out */
    void *free_list;    /* pages that came back, each starts with the address of the next */
};

/* -ENOMEM. */
int sim_memory_init(struct sim_memory *m, unsigned int mib);
void sim_memory_fini(struct sim_memory *m);
/* In a child after fork(2): the descriptor alone. */
void sim_memory_abandon(struct sim_memory *m);

/* A pool page, or NULL. */
void *sim_memory_alloc(struct sim_memory *m);
void sim_memory_free(struct sim_memory *m, void *page);

static inline uint8_t *sim_memory_at(const struct sim_memory *m, uint64_t physical)
{
    return m->base + physical;
}

#endif
