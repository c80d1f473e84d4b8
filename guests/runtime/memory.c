/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory.h"

#include "console.h"
#include "cpu.h"
#include "layout.h"
#include "xen.h"

#define POOL_PAGES 128

/* start.S: an entry is as wide as a register. */
extern uintptr_t memory_window_table[LAYOUT_TABLE_ENTRIES], memory_low_table[LAYOUT_TABLE_ENTRIES];

static uint8_t pool[POOL_PAGES][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static size_t pool_used;

void *memory_pages(size_t count)
{
    size_t first = __atomic_fetch_add(&pool_used, count, __ATOMIC_RELAXED);

    if (count > POOL_PAGES || first > POOL_PAGES - count) {
        printf("guest: out of test pages\n");
        xen_shutdown(SHUTDOWN_crash);
    }
    return pool[first];
}

static void *set_window(unsigned int slot, uintptr_t entry)
{
    uintptr_t address = LAYOUT_WINDOW_BASE + (uintptr_t)slot * PAGE_SIZE;

    memory_window_table[slot] = entry;
    cpu_invalidate_page(address);
    return (void *)address;
}

void *memory_window_map(unsigned int slot, uint64_t gfn)
{
    return set_window(slot, (uintptr_t)(gfn << 12) | LAYOUT_PRESENT_WRITABLE);
}

void *memory_window_map_read_only(unsigned int slot, uint64_t gfn)
{
    return set_window(slot, (uintptr_t)(gfn << 12) | LAYOUT_PRESENT);
}

uint64_t memory_window_table_gfn(void)
{
    return memory_gfn(memory_window_table);
}

void *memory_window_clear(unsigned int slot)
{
    return set_window(slot, 0);
}

void memory_map_null(bool mapped)
{
    memory_low_table[0] = mapped ? LAYOUT_PRESENT_WRITABLE : 0;
    cpu_invalidate_page(0);
}
