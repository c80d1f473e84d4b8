/* SPDX-License-Identifier: BSD-2-Clause */
/* Separate mappings, in a part of the address space that no other code uses. */
#include "buffer.h"

#include "cpu.h"
#include "memory.h"
#include "string.h"

#define SPACES  8 /* root tables: more than a hypervisor keeps walks of one page */
#define ENTRIES 512
#define BASE    (UINT64_C(1) << 39) /* the second entry of the root */

#define PRESENT  (1U << 0)
#define WRITABLE (1U << 1)
#define USER     (1U << 2)
#define LARGE    (1U << 7)

#define REGION  (UINT64_C(1) << 21)
#define PAGE(n) (BASE + REGION + (n) * (uint64_t)PAGE_SIZE)

const char *const buffer_names[BUFFER_PLACES] = {
    [BUFFER_LARGE] = "2m",      [BUFFER_SMALL] = "4k",  [BUFFER_USER] = "user",
    [BUFFER_ACROSS] = "across", [BUFFER_COLD] = "cold",
};

static enum buffer_place chosen;
static uint64_t addresses[BUFFER_PLACES];
static uint64_t *roots[SPACES];

static uint64_t read_cr3(void)
{
    uint64_t value;

    __asm__ volatile("mov %%cr3, %0" : "=r"(value));
    return value;
}

static void write_cr3(const void *root)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"(root) : "memory");
}

static uint64_t entry(const void *page, uint64_t flags)
{
    return (uintptr_t)page | flags | PRESENT | WRITABLE;
}

static void make_spaces(uint64_t first)
{
    const uint64_t *now = (const uint64_t *)(read_cr3() & ~(uint64_t)(PAGE_SIZE - 1));

    for (unsigned int i = 0; i < SPACES; i++) {
        roots[i] = memory_pages(1);
        memcpy(roots[i], now, PAGE_SIZE);
        roots[i][1] = first;
    }
    write_cr3(roots[0]);
}

/* Accessed and dirty, as tables in use are. */
static void use_spaces(void)
{
    for (unsigned int i = 0; i < SPACES; i++) {
        write_cr3(roots[i]);
        for (unsigned int place = 0; place < BUFFER_PLACES; place++)
            *(volatile uint64_t *)addresses[place] = 0;
    }
}

void buffer_init(void)
{
    uint64_t *third = memory_pages(1), *second = memory_pages(1), *table = memory_pages(1);
    uint8_t *pages = memory_pages(2);
    uint64_t low = (uintptr_t)pages % REGION;

    third[0] = entry(second, USER);
    second[0] = entry(pages - low, LARGE);
    second[1] = entry(table, USER);
    table[0] = entry(pages, 0);
    table[1] = entry(pages + PAGE_SIZE, 0);
    table[2] = entry(pages, USER);
    make_spaces(entry(third, USER));
    addresses[BUFFER_LARGE] = addresses[BUFFER_COLD] = BASE + low;
    addresses[BUFFER_SMALL] = PAGE(0);
    addresses[BUFFER_USER] = PAGE(2);
    addresses[BUFFER_ACROSS] = PAGE(1) - 8;
    use_spaces();
}

void buffer_choose(enum buffer_place place)
{
    chosen = place;
}

struct xen_hvm_altp2m_op *buffer(void)
{
    return (struct xen_hvm_altp2m_op *)addresses[chosen];
}

void buffer_prepare(unsigned int n)
{
    if (chosen == BUFFER_COLD)
        write_cr3(roots[n % SPACES]);
}
