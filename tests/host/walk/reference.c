/* SPDX-License-Identifier: BSD-2-Clause */
#include "walk/reference.h"

#include <string.h>

#define BIT(n)       (UINT64_C(1) << (n))
#define BITS(hi, lo) ((BIT(hi) - BIT(lo)) | BIT(hi))

#define CR0_WP   BIT(16)
#define CR0_PG   BIT(31)
#define CR4_PSE  BIT(4)
#define CR4_PAE  BIT(5)
#define CR4_LA57 BIT(12)
#define CR4_SMAP BIT(21)
#define CR4_PKE  BIT(22)
#define CR4_PKS  BIT(24)
#define LMA      BIT(10)
#define NXE      BIT(11)
#define AC       BIT(18)

enum mode { NO_PAGING, PAGING_32, PAGING_PAE, PAGING_4, PAGING_5 };

static enum mode mode_of(const struct reference_cpu *cpu)
{
    if (!(cpu->cr0 & CR0_PG))
        return NO_PAGING;
    if (cpu->efer & LMA)
        return cpu->cr4 & CR4_LA57 ? PAGING_5 : PAGING_4;
    return cpu->cr4 & CR4_PAE ? PAGING_PAE : PAGING_32;
}

static bool is_canonical(enum mode mode, uint64_t linear)
{
    switch (mode) {
    case PAGING_5:
        return linear >> 56 == 0 || linear >> 56 == 0xff;
    case PAGING_4:
        return linear >> 47 == 0 || linear >> 47 == 0x1ffff;
    default:
        return linear >> 32 == 0;
    }
}

static uint64_t load(const uint8_t *memory, uint64_t at, unsigned int size)
{
    uint64_t value = 0;

    if (at < REFERENCE_FRAMES * UINT64_C(4096))
        memcpy(&value, memory + at, size);
    return value;
}

static void flag(uint8_t *memory, uint64_t at, uint8_t bits)
{
    if (at < REFERENCE_FRAMES * UINT64_C(4096))
        memory[at] |= bits;
}

/* The place of each level's index in a linear address: 4.3, 4.4, 4.5. */
static unsigned int index_of(enum mode mode, uint64_t linear, unsigned int level)
{
    if (mode == PAGING_32)
        return level == 2 ? linear >> 22 & 1023 : linear >> 12 & 1023;
    switch (level) {
    case 5:
        return linear >> 48 & 511;
    case 4:
        return linear >> 39 & 511;
    case 3:
        return linear >> 30 & 511;
    case 2:
        return linear >> 21 & 511;
    default:
        return linear >> 12 & 511;
    }
}

/* Tables 4-4 to 4-6 and 4-8 to 4-11, 4-15 to 4-20: the bits that must be 0. */
static uint64_t must_be_zero(const struct reference_cpu *cpu, enum mode mode, unsigned int level,
                             bool leaf)
{
    uint64_t bits = cpu->efer & NXE ? 0 : BIT(63);
    unsigned int wide = cpu->physical_bits < 40 ? cpu->physical_bits : 40;

    if (mode == PAGING_32)
        return leaf && level == 2 ? BITS(21, wide - 19) : 0;
    if (cpu->physical_bits < 52)
        bits |= BITS(51, cpu->physical_bits);
    if (mode == PAGING_PAE)
        bits |= BITS(62, 52);
    if (leaf && level == 2)
        bits |= BITS(20, 13);
    if (leaf && level == 3)
        bits |= BITS(29, 13);
    if (level >= 4 || (level == 3 && !leaf))
        bits |= BIT(7);
    return bits;
}

static bool maps_page(const struct reference_cpu *cpu, enum mode mode, unsigned int level,
                      uint64_t entry)
{
    if (level == 1)
        return true;
    if (!(entry & BIT(7)))
        return false;
    if (level == 2)
        return mode != PAGING_32 || cpu->cr4 & CR4_PSE;
    return level == 3 && cpu->pages_1g;
}

static uint64_t page_address(enum mode mode, unsigned int level, uint64_t entry, uint64_t linear)
{
    if (mode == PAGING_32 && level == 2)
        return (entry & BITS(31, 22)) | (entry & BITS(20, 13)) >> 13 << 32 | (linear & BITS(21, 0));
    switch (level) {
    case 3:
        return (entry & BITS(51, 30)) | (linear & BITS(29, 0));
    case 2:
        return (entry & BITS(51, 21)) | (linear & BITS(20, 0));
    default:
        return (entry & BITS(51, 12)) | (linear & BITS(11, 0));
    }
}

/* 4.6.1 and 4.6.2, for an explicit access at CPL 0 or 3. */
static enum reference_end rights(const struct reference_cpu *cpu, enum mode mode, bool user,
                                 bool writable, uint64_t leaf, bool write)
{
    unsigned int key = leaf >> 59 & 15;
    bool keys = mode >= PAGING_4 && cpu->cr4 & (user ? CR4_PKE : CR4_PKS);
    uint32_t key_rights = (user ? cpu->pkru : cpu->pkrs) >> (2 * key) & 3;

    if (cpu->program && !user)
        return SUPERVISORS;
    if (write && !writable && (cpu->program || cpu->cr0 & CR0_WP))
        return READ_ONLY;
    if (user && !cpu->program && cpu->cr4 & CR4_SMAP && !(cpu->rflags & AC))
        return SMAP_FAULT;
    if (keys &&
        (key_rights & 1 || (key_rights & 2 && write && (cpu->program || cpu->cr0 & CR0_WP))))
        return KEY_FAULT;
    return TRANSLATED;
}

struct reference_walk reference_walk(const struct reference_cpu *cpu, uint8_t *memory,
                                     uint64_t linear, bool write)
{
    static const unsigned int levels[] = {0, 2, 2, 4, 5};
    enum mode mode = mode_of(cpu);
    unsigned int size = mode == PAGING_32 ? 4 : 8;
    uint64_t table = cpu->cr3 & BITS(51, 12);
    bool user = true, writable = true;

    if (!is_canonical(mode, linear))
        return (struct reference_walk){.end = NOT_CANONICAL};
    if (mode == NO_PAGING)
        return (struct reference_walk){TRANSLATED, linear, 0};
    if (mode == PAGING_PAE) {
        if (!(cpu->pdptes[linear >> 30] & 1))
            return (struct reference_walk){.end = NOT_PRESENT};
        table = cpu->pdptes[linear >> 30] & BITS(51, 12);
    }
    for (unsigned int level = levels[mode];; level--) {
        uint64_t at = table + index_of(mode, linear, level) * size;
        uint64_t entry = load(memory, at, size);
        bool leaf = maps_page(cpu, mode, level, entry);
        enum reference_end end = TRANSLATED;

        if (!(entry & 1))
            return (struct reference_walk){.end = NOT_PRESENT};
        if (entry & must_be_zero(cpu, mode, level, leaf))
            return (struct reference_walk){.end = RESERVED_BIT};
        writable &= entry >> 1 & 1;
        user &= entry >> 2 & 1;
        if (leaf)
            end = rights(cpu, mode, user, writable, entry, write);
        if (end != TRANSLATED)
            return (struct reference_walk){.end = end};
        flag(memory, at, leaf && write ? 0x60 : 0x20);
        if (leaf)
            return (struct reference_walk){TRANSLATED, page_address(mode, level, entry, linear),
                                           level};
        table = entry & BITS(51, 12);
    }
}
