/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages to test with, and the window of 4 KiB mappings. */
#ifndef RUNTIME_MEMORY_H
#define RUNTIME_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SIZE 4096

/* Zeroed pages next to each other, mapped one to one; never given back. Running out is fatal. */
void *memory_pages(size_t count);

static inline uint64_t memory_gfn(const volatile void *address)
{
    return (uintptr_t)address >> 12;
}

/*
 * Map a physical page at a slot of the window, or nothing with memory_window_clear. All CPUs see
 * the window; another one that has used the slot before must invalidate its translation.
 */
#define MEMORY_WINDOW_SLOTS 512
void *memory_window_map(unsigned int slot, uint64_t gfn);
void *memory_window_clear(unsigned int slot);
/* The same, but the guest's own paging allows no writes. */
void *memory_window_map_read_only(unsigned int slot, uint64_t gfn);
/* The window's page table, which a walk of every slot reads. */
uint64_t memory_window_table_gfn(void);

/* Make null pointers fault, or not. (They don't from the start: QEMU puts boot data in page 0.) */
void memory_map_null(bool mapped);

#endif
