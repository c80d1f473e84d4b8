/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory/mtrr.h"

#include <stdbool.h>

#define DEFAULT_ENABLED (UINT64_C(1) << 11)
#define DEFAULT_FIXED   (UINT64_C(1) << 10)
#define TYPE            0xff
#define MASK_VALID      (UINT64_C(1) << 11)
#define PAGE_MASK       (~UINT64_C(0xfff))

#define FIXED_END   0x100000
#define FIXED_TYPES 8 /* in a register */

/* SDM Vol. 3A 12.11.2.2: registers from `first` on, whose types are for `unit` bytes each. */
static const struct {
    uint64_t start, unit;
    unsigned int first;
} fixed_groups[] = {{0xc0000, 0x1000, 3}, {0x80000, 0x4000, 1}, {0, 0x10000, 0}};

static void lower(uint64_t *end, uint64_t to)
{
    *end = to < *end ? to : *end;
}

static enum mtrr_type fixed_type(const struct mtrrs *mtrrs, uint64_t address, uint64_t *end)
{
    unsigned int group = 0;
    uint64_t unit;

    while (address < fixed_groups[group].start) {
        group++;
    }
    unit = (address - fixed_groups[group].start) / fixed_groups[group].unit;
    lower(end, fixed_groups[group].start + (unit + 1) * fixed_groups[group].unit);
    return mtrrs->fixed[fixed_groups[group].first + unit / FIXED_TYPES] >>
               (unit % FIXED_TYPES * 8) &
           TYPE;
}

/* Is the address in the range, and up to which address does the answer hold? A mask may have gaps
 * (12.11.3.1). */
static bool in_range(const struct mtrrs *mtrrs, unsigned int i, uint64_t address, uint64_t *end)
{
    uint64_t all = (UINT64_C(1) << mtrrs->physical_bits) - 1;
    uint64_t mask = mtrrs->variable[i].mask & PAGE_MASK & all;
    uint64_t base = mtrrs->variable[i].base & mask, unit = mask & -mask;
    bool inside = (address & mask) == base;

    if (!mask) {
        return true;
    }
    if (mask + unit != all + 1) {
        lower(end, (address & -unit) + unit);
    } else if (inside) {
        lower(end, base + unit);
    } else if (address < base) {
        lower(end, base);
    }
    return inside;
}

/* Of two ranges that overlap (12.11.4.1). */
static enum mtrr_type both(enum mtrr_type a, enum mtrr_type b)
{
    if (a == b) {
        return a;
    }
    return (a == MTRR_WT && b == MTRR_WB) || (a == MTRR_WB && b == MTRR_WT) ? MTRR_WT : MTRR_UC;
}

static enum mtrr_type variable_type(const struct mtrrs *mtrrs, uint64_t address, uint64_t *end)
{
    enum mtrr_type type = mtrrs->default_type & TYPE;
    bool found = false;

    for (unsigned int i = 0; i < mtrrs->variable_count; i++) {
        enum mtrr_type own = mtrrs->variable[i].base & TYPE;

        if (mtrrs->variable[i].mask & MASK_VALID && in_range(mtrrs, i, address, end)) {
            type = found ? both(type, own) : own;
            found = true;
        }
    }
    return type;
}

enum mtrr_type mtrr_type(const struct mtrrs *mtrrs, uint64_t address, uint64_t *end)
{
    if (!(mtrrs->default_type & DEFAULT_ENABLED)) {
        return MTRR_UC;
    }
    if (address < FIXED_END && mtrrs->default_type & DEFAULT_FIXED) {
        return fixed_type(mtrrs, address, end);
    }
    if (address < FIXED_END) {
        lower(end, FIXED_END);
    }
    return variable_type(mtrrs, address, end);
}
