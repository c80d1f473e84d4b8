/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/sim/memory.h"

#include <altview/altp2m.h>
#include <errno.h>
#include <sys/mman.h>

#define PAGES_PER_MIB 256
#define POOL_LEAST    4096 /* eight tables for each of 512 views */
#define POOL_PART     8    /* and an eighth of RAM */

int sim_memory_init(struct sim_memory *m, unsigned int mib)
{
    uint64_t ram = (uint64_t)mib * PAGES_PER_MIB;
    uint64_t pool = POOL_LEAST + ram / POOL_PART;
    size_t size = (ram + pool) << ALTP2M_PAGE_SHIFT;
    void *base = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (base == MAP_FAILED) {
        return -ENOMEM;
    }
    *m = (struct sim_memory){.base = base,
                             .size = size,
                             .ram_pages = ram,
                             .pool_pages = pool,
                             .pool_free = pool,
                             .untouched = ram};
    return 0;
}

void sim_memory_fini(struct sim_memory *m)
{
    munmap(m->base, m->size);
}

void *sim_memory_alloc(struct sim_memory *m)
{
    void *page = m->free_list;

    if (!m->pool_free) {
        return NULL;
    }
    m->pool_free--;
    if (page) {
        m->free_list = *(void **)page;
        return page;
    }
    return sim_memory_at(m, m->untouched++ << ALTP2M_PAGE_SHIFT);
}

void sim_memory_free(struct sim_memory *m, void *page)
{
    *(void **)page = m->free_list;
    m->free_list = page;
    m->pool_free++;
}
