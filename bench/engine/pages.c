/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine.h"

#include <altview/altp2m.h>
#include <sys/mman.h>

/* Address space, not memory: 512 views with tables of their own stay far below. */
#define ARENA_PAGES (size_t)65536

void pages_init(struct pages *pages)
{
    *pages = (struct pages){.free = NULL};
    pages->arena = mmap(NULL, ARENA_PAGES * ALTP2M_PAGE_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages->arena == MAP_FAILED)
        die("no address space for the engine's tables");
}

void *pages_alloc(struct pages *pages)
{
    void **page = pages->free;

    pages->used++;
    if (page) {
        pages->free = *page;
        return page;
    }
    if (pages->fresh == ARENA_PAGES)
        die("the arena is too small");
    return pages->arena + pages->fresh++ * ALTP2M_PAGE_SIZE;
}

void pages_free(struct pages *pages, void *page)
{
    pages->used--;
    *(void **)page = pages->free;
    pages->free = page;
}
