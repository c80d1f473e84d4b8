/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's own page tables: the image, each section with its own rights, and DIRECT_MAP. */
#ifndef MEMORY_PAGING_H
#define MEMORY_PAGING_H

#include "boot/boot.h"

/*
 * Tables for the image at physical address `image`. Returns the root's physical address; ends the
 * machine if the pool is too small.
 */
uint64_t paging_build(const struct boot_info *boot, uint64_t image);

/* Copies the image there and goes on in the copy, under these tables. */
void paging_enter(uint64_t root, uint64_t image);

#endif
