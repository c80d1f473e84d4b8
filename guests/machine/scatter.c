/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One instruction that touches 32 pages, of which each is granted for that instruction only:
 * gathers and scatters whose elements all lie across a page end.
 */
#include "machine.h"

#define CR4_OSXSAVE   0x40000UL
#define CPUID_AVX512F (1U << 16)
#define XCR0_AVX512   0xe7

#define ELEMENTS 16
#define PAGES    (2 * ELEMENTS)
#define HOLE     UINT64_C(0x7000000000) /* no memory is there, nor far after it */
#define APART    UINT64_C(0x40400)      /* pages: no two in tables of one region */

struct vector {
    uint32_t words[ELEMENTS];
} __attribute__((aligned(64)));

static void gather(struct vector *to, const uint8_t *base, const struct vector *at)
{
    __asm__ volatile("vmovdqa32 %[at], %%zmm1\n\t"
                     "kxnorw %%k1, %%k1, %%k1\n\t"
                     "vpgatherdd (%[base], %%zmm1), %%zmm0%{%%k1%}\n\t"
                     "vmovdqa32 %%zmm0, %[to]"
                     : [to] "=m"(*to)
                     : [at] "m"(*at), [base] "r"(base)
                     : "memory");
}

static void scatter(const struct vector *from, uint8_t *base, const struct vector *at)
{
    __asm__ volatile("vmovdqa32 %[at], %%zmm1\n\t"
                     "vmovdqa32 %[from], %%zmm0\n\t"
                     "kxnorw %%k1, %%k1, %%k1\n\t"
                     "vpscatterdd %%zmm0, (%[base], %%zmm1)%{%%k1%}"
                     :
                     : [from] "m"(*from), [at] "m"(*at), [base] "r"(base)
                     : "memory");
}

static unsigned int differences(const struct vector *a, const struct vector *b)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < ELEMENTS; i++)
        count += a->words[i] != b->words[i];
    return count;
}

/* Reads see ones, writes vanish. */
static void check_holes(const struct vector *at)
{
    struct vector seen = {{0}}, ones;
    uint8_t *window = memory_window_map(0, HOLE / PAGE_SIZE);

    for (unsigned int i = 1; i < PAGES; i++)
        memory_window_map(i, HOLE / PAGE_SIZE + i * APART);
    memset(&ones, 0xff, sizeof(ones));
    scatter(&seen, window, at);
    gather(&seen, window, at);
    check_value("holes", 0, differences(&ones, &seen));
}

/* No entry can say that a page may only be written. */
static void check_write_only(uint16_t view, const struct vector *at)
{
    uint8_t *pages = memory_pages(PAGES);
    struct vector written, seen;

    for (unsigned int i = 0; i < ELEMENTS; i++)
        written.words[i] = 0x01010101 * (i + 1);
    for (unsigned int i = 0; i < PAGES; i++)
        altp2m_set_access(view, memory_gfn(pages) + i, XENMEM_access_w);
    altp2m_switch(view);
    scatter(&written, pages, at);
    altp2m_switch(0);
    gather(&seen, pages, at);
    check_value("write_only", 0, differences(&written, &seen));
}

void area_scatter(void)
{
    struct vector at;
    uint16_t view = 0;

    if (!(cpu_id(7, 0).ebx & CPUID_AVX512F))
        return;
    cpu_write_cr4(cpu_read_cr4() | CR4_OSXSAVE);
    __asm__ volatile("xsetbv" : : "c"(0), "a"(XCR0_AVX512), "d"(0));
    for (uint32_t i = 0; i < ELEMENTS; i++)
        at.words[i] = (2 * i + 1) * PAGE_SIZE - 2;
    altp2m_set_state(1);
    altp2m_create(XENMEM_access_rwx, &view);
    check_holes(&at);
    check_write_only(view, &at);
    altp2m_set_state(0);
    cpu_write_cr4(cpu_read_cr4() & ~CR4_OSXSAVE);
}
