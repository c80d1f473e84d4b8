/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page table through which boot code sees physical memory above the first 4 GiB, where firmware
 * may put its tables: 1 GiB of addresses in 2 MiB pages, each of which is used once. Pure.
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
 * The place of [address, address + size) in the window. Enters it if needed. WINDOW_NONE if the
 * window is full, or if the range is empty or ends beyond `end`, the end of physical addresses.
 */
uint64_t window_show(struct window *window, uint64_t address, uint64_t size, uint64_t end);

#endif
