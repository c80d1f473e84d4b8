/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/memory.h"

#include "sim/fail.h"

#include <altview/altp2m.h>
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

/* Write without read: a CPU that uses an entry that was never written meets a misconfiguration. */
#define FRESH_PATTERN 0x99

/* The last arena, poisoned, for the next machine of that size. A fuzzer makes thousands a second,
 * and would otherwise spend its time on memory from the kernel. */
static uint8_t *spare;
static uint32_t spare_pages;

static uint8_t *take_arena(uint32_t page_count)
{
    size_t size = (size_t)page_count * ALTP2M_PAGE_SIZE;
    uint8_t *arena = spare;

    if (arena && spare_pages == page_count) {
        spare = NULL;
        return arena;
    }
    arena = aligned_alloc(ALTP2M_PAGE_SIZE, size);
    if (arena)
        ASAN_POISON_MEMORY_REGION(arena, size);
    return arena;
}

static void put_arena(uint8_t *arena, uint32_t page_count)
{
    if (spare) {
        ASAN_UNPOISON_MEMORY_REGION(spare, (size_t)spare_pages * ALTP2M_PAGE_SIZE);
        free(spare);
    }
    spare = arena;
    spare_pages = page_count;
}

static uint8_t *page_address(const struct sim_memory *m, uint32_t page)
{
    return m->arena + (size_t)page * ALTP2M_PAGE_SIZE;
}

void sim_memory_init(struct sim_memory *m, uint32_t page_count)
{
    *m = (struct sim_memory){.page_count = page_count, .free_count = page_count};
    m->arena = take_arena(page_count);
    m->free_pages = calloc(page_count, sizeof(*m->free_pages));
    m->in_use = calloc(page_count, sizeof(*m->in_use));
    if (!m->arena || !m->free_pages || !m->in_use)
        sim_fail("the test itself is out of memory");
    for (uint32_t i = 0; i < page_count; i++)
        m->free_pages[i] = i;
}

void sim_memory_fini(struct sim_memory *m)
{
    if (m->used)
        sim_fail("%u pages were never given back", m->used);
    put_arena(m->arena, m->page_count);
    free(m->free_pages);
    free(m->in_use);
}

static bool refuse(struct sim_memory *m)
{
    if (!m->fail_at)
        return false;
    if (m->fail_at > 1) {
        m->fail_at--;
        return false;
    }
    m->failed = true;
    if (!m->fail_on)
        m->fail_at = 0;
    return true;
}

void *sim_memory_alloc(struct sim_memory *m)
{
    uint32_t page;

    if (refuse(m))
        return NULL;
    if (!m->free_count && m->may_run_out)
        return NULL;
    if (!m->free_count)
        sim_fail("the simulated machine has no page left: make it larger, or a leak is at work");
    page = m->free_pages[m->free_head];
    m->free_head = (m->free_head + 1) % m->page_count;
    m->free_count--;
    m->in_use[page] = true;
    m->used++;
    m->allocated++;
    ASAN_UNPOISON_MEMORY_REGION(page_address(m, page), ALTP2M_PAGE_SIZE);
    memset(page_address(m, page), FRESH_PATTERN, ALTP2M_PAGE_SIZE);
    return page_address(m, page);
}

void sim_memory_free(struct sim_memory *m, void *address)
{
    uint32_t page = sim_memory_page_of(m, address);

    if (!m->in_use[page])
        sim_fail("page %u is freed twice", page);
    m->in_use[page] = false;
    m->used--;
    ASAN_POISON_MEMORY_REGION(address, ALTP2M_PAGE_SIZE);
    m->free_pages[(m->free_head + m->free_count) % m->page_count] = page;
    m->free_count++;
}

void sim_memory_fail_at(struct sim_memory *m, uint32_t n, bool on)
{
    m->fail_at = n;
    m->fail_on = on;
    m->failed = false;
}

uintptr_t sim_memory_direct_map(const struct sim_memory *m)
{
    return (uintptr_t)m->arena - SIM_PHYSICAL_BASE;
}

uint32_t sim_memory_page_at(const struct sim_memory *m, uint64_t physical)
{
    uint64_t page = (physical - SIM_PHYSICAL_BASE) / ALTP2M_PAGE_SIZE;

    if (physical < SIM_PHYSICAL_BASE || page >= m->page_count)
        sim_fail("physical address %#llx is outside memory", (unsigned long long)physical);
    if (!m->in_use[page])
        sim_fail("page %u is used although it is free", (unsigned int)page);
    return page;
}

uint64_t *sim_memory_table(const struct sim_memory *m, uint32_t page)
{
    return (uint64_t *)page_address(m, page);
}

uint32_t sim_memory_page_of(const struct sim_memory *m, const void *address)
{
    uint64_t offset = (uint64_t)((const uint8_t *)address - m->arena);

    if (offset % ALTP2M_PAGE_SIZE || offset / ALTP2M_PAGE_SIZE >= m->page_count)
        sim_fail("%p is not the address of a page", address);
    return offset / ALTP2M_PAGE_SIZE;
}
