/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page table through which boot code sees physical memory above the first 4 GiB, where firmware
 * may put its tables: 1 GiB of addresses in 2 MiB pages, given out once each. Pure.
 */
#ifndef BOOT_WINDOW_H
#define BOOT_WINDOW_H

#include "memory/paging_entry.h"

#define WINDOW_NONE UINT64_MAX

struct window {
    uint64_t entries[ENTRIES] __attribute__((aligned(4096)));
    unsigned int used;
};

/*
 * Where in the window [address, address + size) lies, entered if need be. WINDOW_NONE if the window
 * is full, or the range is empty or ends beyond `end`, where physical addresses do.
 */
uint64_t window_show(struct window *window, uint64_t address, uint64_t size, uint64_t end);

#endif
