/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/window.h"

static uint64_t entry_for(uint64_t page)
{
    return page | PRESENT | LARGE | NO_EXEC;
}

/* Do the entries from `slot` on show `count` pages from `page` on? */
static bool shows(const struct window *window, unsigned int slot, uint64_t page, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        if (window->entries[slot + i] != entry_for(page + i * PAGE_SIZE2M)) {
            return false;
        }
    }
    return true;
}

/* The slot that shows these pages: an old one, or the next; ENTRIES if there is no room. */
static unsigned int slot_for(struct window *window, uint64_t page, uint64_t count)
{
    unsigned int slot = 0;

    while (slot + count <= window->used && !shows(window, slot, page, count)) {
        slot++;
    }
    if (slot + count <= window->used) {
        return slot;
    }
    if (count > ENTRIES - window->used) {
        return ENTRIES;
    }
    slot = window->used;
    for (uint64_t i = 0; i < count; i++) {
        window->entries[window->used++] = entry_for(page + i * PAGE_SIZE2M);
    }
    return slot;
}

uint64_t window_show(struct window *window, uint64_t address, uint64_t size, uint64_t end)
{
    uint64_t page = address & ~(PAGE_SIZE2M - 1), count;
    unsigned int slot;

    if (!size || size > end || address > end - size) {
        return WINDOW_NONE;
    }
    count = (address + size - page + PAGE_SIZE2M - 1) / PAGE_SIZE2M;
    slot = slot_for(window, page, count);
    return slot == ENTRIES ? WINDOW_NONE : slot * PAGE_SIZE2M + (address - page);
}
