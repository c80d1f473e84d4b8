/* SPDX-License-Identifier: BSD-2-Clause */
/* Physical memory: what lies where, and where there is room. Pure. */
#ifndef MEMORY_MAP_H
#define MEMORY_MAP_H

#include "boot/boot.h"

/* A stretch of physical memory. start + size never overflows where one is passed in. */
struct extent {
    uint64_t start, size;
};

#define EXTENTS_MAX 64

/* Memory in use for something. */
struct extents {
    struct extent list[EXTENTS_MAX];
    unsigned int count;
};

bool extents_overlap(struct extent a, struct extent b);
/* False if the list is full. */
bool extents_add(struct extents *extents, struct extent e);

/*
 * Say what a range is, over whatever the map said before. RAM shrinks to whole pages, anything else
 * grows to whole pages. False if the map is full.
 */
bool map_set(struct boot_info *boot, uint64_t start, uint64_t size, uint32_t type);

/* The whole extent is RAM. An empty one is nowhere. */
bool map_is_ram(const struct boot_info *boot, struct extent e);

uint64_t map_ram_size(const struct boot_info *boot);
/* The end of the highest range of any type. */
uint64_t map_end(const struct boot_info *boot);

/*
 * The highest RAM of `size` bytes in `within`, aligned to `align` (a power of two),
 * clear of all of `busy`. 0 if there is none (page 0 is never given out).
 */
uint64_t map_find(const struct boot_info *boot, uint64_t size, uint64_t align, struct extent within,
                  const struct extents *busy);

#endif
