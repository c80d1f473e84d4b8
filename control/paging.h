/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The meaning of entries of a guest's page tables: 32-bit, PAE, 4-level and 5-level (SDM Vol. 3A
 * 4.3 to 4.5). Both walks share these rules: that for a vCPU's access (the hypervisor's guestmem/)
 * and that for a monitor's request (translate.c). Inline: the number of instructions of the first
 * matters.
 */
#ifndef CONTROL_PAGING_H
#define CONTROL_PAGING_H

#include <stdbool.h>
#include <stdint.h>

#define PTE_PRESENT  (UINT64_C(1) << 0)
#define PTE_WRITE    (UINT64_C(1) << 1)
#define PTE_USER     (UINT64_C(1) << 2)
#define PTE_ACCESSED (UINT64_C(1) << 5)
#define PTE_DIRTY    (UINT64_C(1) << 6)
#define PTE_LARGE    (UINT64_C(1) << 7)
#define PTE_NX       (UINT64_C(1) << 63)
#define PTE_ADDRESS  UINT64_C(0x000ffffffffff000)

#define PTE_KEY(entry) ((entry) >> 59 & 0xf)

#define PAGING_PAGE_SHIFT 12

/* One paging mode. Level 1 is the last. */
struct paging_format {
    unsigned int levels, index_bits, entry_size;
    unsigned int large_levels; /* bit l: an entry of level l can map a large page */
    uint64_t reserved;         /* for any physical width */
};

/* For PAE the two levels that are tables. The four entries above them have another format. */
static const struct paging_format paging_legacy = {2, 10, 4, 1U << 2, 0};
static const struct paging_format paging_pae = {2, 9, 8, 1U << 2, UINT64_C(0x7ff) << 52};
static const struct paging_format paging_four_level = {4, 9, 8, 1U << 2 | 1U << 3, 0};
static const struct paging_format paging_five_level = {5, 9, 8, 1U << 2 | 1U << 3, 0};

/* A PAE entry of the third level: the bits that must be 0 below the address (SDM Vol. 3A table
 * 4-8). */
#define PAGING_PDPTE_RESERVED UINT64_C(0x1e6)

/* The number of low address bits that an entry of this level does not translate. */
static inline unsigned int paging_shift(const struct paging_format *f, unsigned int level)
{
    return PAGING_PAGE_SHIFT + (level - 1) * f->index_bits;
}

/* The index of this level's entry in its table. */
static inline unsigned int paging_offset(const struct paging_format *f, uint64_t linear,
                                         unsigned int level)
{
    return (unsigned int)(linear >> paging_shift(f, level) & ((1U << f->index_bits) - 1)) *
           f->entry_size;
}

/* All bits above those that the tables translate are equal (SDM Vol. 1 3.3.7.1). */
static inline bool paging_is_canonical(const struct paging_format *f, uint64_t linear)
{
    unsigned int unused = 64 - paging_shift(f, f->levels + 1);

    return (int64_t)(linear << unused) >> unused == (int64_t)linear;
}

/* The bits that must be 0 in every entry but a 32-bit one. `nx`: bit 63 forbids execution. */
static inline uint64_t paging_reserved(unsigned int physical_bits, bool nx)
{
    return (PTE_ADDRESS & ~((UINT64_C(1) << physical_bits) - 1)) | (nx ? 0 : PTE_NX);
}

/*
 * In an entry that maps a large page also the bits of its address below the page's size. Bits 20:13
 * of a 4 MiB page's entry are address bits 39:32, as far as the CPU has them (SDM Vol. 3A table
 * 4-4).
 */
static inline uint64_t paging_reserved_if_large(const struct paging_format *f, unsigned int level,
                                                unsigned int physical_bits)
{
    unsigned int low = 13;

    if (f->entry_size == 4) {
        low += physical_bits < 40 ? physical_bits - 32 : 8;
    }
    return (UINT64_C(1) << paging_shift(f, level)) - (UINT64_C(1) << low);
}

/* The bits that must be 0 in an entry of that level. `reserved`: paging_reserved, or 0 for a 32-bit
 * entry. */
static inline uint64_t paging_must_be_zero(const struct paging_format *f, uint64_t reserved,
                                           unsigned int level, bool large,
                                           unsigned int physical_bits)
{
    reserved |= f->reserved;
    if (large) {
        return reserved | paging_reserved_if_large(f, level, physical_bits);
    }
    return level > 2 ? reserved | PTE_LARGE : reserved;
}

/* Whether an entry of that level maps a page. `large_levels`: those of the format that the CPU
 * has. */
static inline bool paging_is_leaf(unsigned int large_levels, uint64_t entry, unsigned int level)
{
    return level == 1 || (entry & PTE_LARGE && large_levels >> level & 1);
}

/* The address of a large page of 1 << shift bytes. */
static inline uint64_t paging_large_address(const struct paging_format *f, uint64_t entry,
                                            unsigned int shift)
{
    uint64_t address = entry & PTE_ADDRESS & ~((UINT64_C(1) << shift) - 1);

    return f->entry_size == 4 ? address | (entry >> 13 & 0xff) << 32 : address; /* PSE-36 */
}

/* An entry of a table, which another CPU may write meanwhile. */
static inline uint64_t paging_read(const struct paging_format *f, const uint8_t *entry)
{
    return f->entry_size == 8 ? *(const volatile uint64_t *)entry
                              : *(const volatile uint32_t *)entry;
}

#endif
