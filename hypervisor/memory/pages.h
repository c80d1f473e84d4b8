/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's own memory: pieces of RAM, in whole 2 MiB, that no guest can map (memory/own.h).
 * All physical memory is mapped at DIRECT_MAP, so any physical address can be reached.
 */
#ifndef MEMORY_PAGES_H
#define MEMORY_PAGES_H

#include <stddef.h>
#include <stdint.h>

#define DIRECT_MAP      UINT64_C(0xffff800000000000)
#define DIRECT_MAP_SIZE (UINT64_C(1) << 45) /* then come the stacks (memory/stack.h) */

static inline void *virt_of(uint64_t phys)
{
    return (void *)(DIRECT_MAP + phys);
}

/* Adds [start, end), physical, in whole pages, to the pool. Allocation goes from the last to the
 * first. */
void pages_add(uint64_t start, uint64_t end);

/* Works for direct-map addresses and for the hypervisor's own image (statics). */
uint64_t phys_of(const void *virt);
/* The image is now at this physical address. */
void pages_image_moved(uint64_t image);

/* A 4 KiB page from the pool, in the direct map, contents undefined; NULL when it is empty. */
void *pages_alloc(void);
void pages_free(void *page);
/* `count` pages in one piece, zeroed, which are never freed: for data that is made once, at start.
 * NULL as above. */
void *pages_reserve(size_t count);
/* From now on the pool has at most `count` pages, whatever is freed. */
void pages_limit(size_t count);
size_t pages_total(void);
size_t pages_available(void);

#endif
