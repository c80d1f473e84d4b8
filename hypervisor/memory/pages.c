/* SPDX-License-Identifier: BSD-2-Clause */
#include "pages.h"

#include "base/log.h"
#include "base/string.h"
#include "debug/window.h"
#include "memory/image.h"
#include "memory/own.h"
#include "x86/x86.h"

#define STRETCHES_MAX (OWN_PIECES_MAX + 1) /* the image divides one */

/* Pages that were never allocated are the ranges [next, end). Freed pages are in a list. */
static struct pool {
    struct stretch {
        uint64_t next, end;
    } fresh[STRETCHES_MAX];
    unsigned int fresh_count;
    struct free_page {
        struct free_page *next;
    } * freed;
    size_t available, total;
} pool;

static uint64_t image_physical = IMAGE_LOAD;

void pages_image_moved(uint64_t image)
{
    image_physical = image;
}

uint64_t phys_of(const void *virt)
{
    uint64_t address = (uintptr_t)virt;

    return address >= IMAGE_VIRTUAL ? address - IMAGE_VIRTUAL + image_physical
                                    : address - DIRECT_MAP;
}

void pages_add(uint64_t start, uint64_t end)
{
    if (pool.fresh_count == STRETCHES_MAX) {
        panic("the page pool has more than %u pieces", STRETCHES_MAX);
    }
    pool.fresh[pool.fresh_count++] = (struct stretch){start, end};
    pool.available += (end - start) / PAGE_SIZE;
    pool.total += (end - start) / PAGE_SIZE;
}

void pages_limit(size_t count)
{
    if (count < pool.available) {
        pool.total -= pool.available - count;
        pool.available = count;
    }
}

/* `count` pages in one piece that were never allocated, or NULL. */
static void *take_fresh(size_t count)
{
    for (unsigned int i = count <= pool.available ? pool.fresh_count : 0; i--;) {
        struct stretch *s = &pool.fresh[i];

        if (count <= (s->end - s->next) / PAGE_SIZE) {
            s->next += count * PAGE_SIZE;
            pool.available -= count;
            return virt_of(s->next - count * PAGE_SIZE);
        }
    }
    return NULL;
}

void *pages_alloc(void)
{
    struct free_page *page = pool.freed;

    if (!page || !pool.available) {
        return take_fresh(1);
    }
    pool.freed = page->next;
    pool.available--;
    window_open();
    return page;
}

void *pages_reserve(size_t count)
{
    void *pages = take_fresh(count);

    return pages ? memset(pages, 0, count * PAGE_SIZE) : NULL;
}

void pages_free(void *page)
{
    struct free_page *freed = page;

    if ((uintptr_t)page & (PAGE_SIZE - 1)) {
        panic("pages_free of %p, which is no page", page);
    }
    freed->next = pool.freed;
    pool.freed = freed;
    pool.available++;
    window_open();
}

size_t pages_total(void)
{
    return pool.total;
}

size_t pages_available(void)
{
    return pool.available;
}
