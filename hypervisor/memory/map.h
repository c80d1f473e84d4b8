/* SPDX-License-Identifier: BSD-2-Clause */
/* The map of physical memory, and searching it for room. Pure. */
#ifndef MEMORY_MAP_H
#define MEMORY_MAP_H

#include "boot/boot.h"
#include "memory/extent.h"

bool extents_overlap(struct extent a, struct extent b);
/* False if the list is full. */
bool extents_add(struct extents *extents, struct extent e);

/*
 * Set the type of a range, in place of earlier types. RAM shrinks to whole pages, other types grow
 * to whole pages. False if the map is full.
 */
bool map_set(struct boot_info *boot, uint64_t start, uint64_t size, uint32_t type);

/* Whether the whole extent is RAM. False for an empty one. */
bool map_is_ram(const struct boot_info *boot, struct extent e);

/* Whether some of the extent is RAM. */
bool map_overlaps_ram(const struct boot_info *boot, struct extent e);

/* The type at an address, 0 for none. `end` becomes lower if the range ends before. */
uint32_t map_type(const struct boot_info *boot, uint64_t address, uint64_t *end);

/*
 * Makes RAM that the MTRRs do not cache reserved: a page of it would have one type for altview and
 * another, under EPT, for the guest. Returns the number of bytes. Does nothing if the MTRRs cache
 * no memory at all, as some emulators leave them.
 */
uint64_t map_cut_uncached(struct boot_info *boot);

/* Makes RAM from there on reserved. Returns the number of bytes. */
uint64_t map_cut_ram(struct boot_info *boot, uint64_t from);

uint64_t map_ram_size(const struct boot_info *boot);
/* The end of the highest RAM, 0 if there is none. */
uint64_t map_ram_end(const struct boot_info *boot);
/* The end of the highest range of any type. */
uint64_t map_end(const struct boot_info *boot);

/*
 * The highest RAM of `size` bytes in `within`, aligned to `align` (a power of two),
 * clear of all of `busy`. 0 if there is none (page 0 is never given out).
 */
uint64_t map_find(const struct boot_info *boot, uint64_t size, uint64_t align, struct extent within,
                  const struct extents *busy);

/*
 * The largest stretch of RAM in `within` that is clear of all of `busy`, its ends aligned to
 * `align`; of equals the highest. Size 0 if there is none.
 */
struct extent map_largest(const struct boot_info *boot, uint64_t align, struct extent within,
                          const struct extents *busy);

#endif
