/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's own page tables: the image, each section with its own rights, DIRECT_MAP, and
 * stacks. All CPUs share them.
 */
#ifndef MEMORY_PAGING_H
#define MEMORY_PAGING_H

#include "boot/boot.h"

/* The most pages that paging_build takes from the pool, if altview keeps `pieces` pieces of RAM. */
unsigned int paging_pages(const struct boot_info *boot, unsigned int pieces);

/*
 * Tables for the image at physical address boot->image. Returns the root's physical address; ends
 * the machine if the pool is too small. All tables lie below 4 GiB if the pool does.
 */
uint64_t paging_build(const struct boot_info *boot);

/* Copies the image there and goes on in the copy, under these tables. */
void paging_enter(uint64_t root, uint64_t image);

/*
 * After that: map a page where none was, readable and writable. Ends the machine if a table is
 * needed and there is no page for it. At start only.
 */
void paging_map(uint64_t virtual, uint64_t physical);

/* Whether the CPU could read there, by its current tables. */
bool paging_maps(uint64_t virtual);

/*
 * Walk the tables in use and panic if a page is executable and writable (by any addresses), is
 * executable but not altview's code, is reachable from ring 3, or spans two memory types. Also
 * panic if a stack has no guard.
 */
void paging_check(const struct boot_info *boot);

/*
 * A root for CPUs that start. It maps the page at physical address `page` to itself, executable and
 * not writable, and altview. It is below 4 GiB, so that CR3 can be loaded in 32-bit mode.
 */
uint64_t paging_trampoline(uint64_t page);

#endif
