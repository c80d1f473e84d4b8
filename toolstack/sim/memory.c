/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/sim/memory.h"

#include <altview/altp2m.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES_PER_MIB 256
#define POOL_LEAST    4096 /* eight tables for each of 512 views */
#define POOL_PART     8    /* and an eighth of RAM */

static void close_file(int file)
{
    if (file >= 0) {
        close(file);
    }
}

/* Or -1. */
static int make_file(size_t size)
{
    int file = memfd_create("altview-sim", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (file >= 0 && (ftruncate(file, (off_t)size) ||
                      fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))) {
        close(file);
        return -1;
    }
    return file;
}

int sim_memory_init(struct sim_memory *m, unsigned int mib)
{
    uint64_t ram = (uint64_t)mib * PAGES_PER_MIB;
    uint64_t pool = POOL_LEAST + ram / POOL_PART;
    size_t size = (ram + pool) << ALTP2M_PAGE_SHIFT;
    int file = make_file(size);
    void *base =
        file < 0 ? MAP_FAILED
                 : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);

    if (base == MAP_FAILED) {
        close_file(file);
        return -ENOMEM;
    }
    *m = (struct sim_memory){.base = base,
                             .file = file,
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
    close_file(m->file);
}

void sim_memory_abandon(struct sim_memory *m)
{
    close_file(m->file);
    m->file = -1;
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
