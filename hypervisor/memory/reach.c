/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory/reach.h"

#define LEAST_BITS  32
#define TABLE_BITS  9
#define PART        8  /* the part of the pages that may be used */
#define BITS_BY_4K  21 /* the size that a table of the lowest needed level maps */
#define BITS_BY_2M  30
#define BITS_BY_1G  39
#define BITS_BY_TOP 48

static uint64_t tables_for(unsigned int bits, unsigned int by_table)
{
    uint64_t tables = 0;

    for (; by_table < BITS_BY_TOP; by_table += TABLE_BITS) {
        tables += bits > by_table ? UINT64_C(1) << (bits - by_table) : 1;
    }
    return tables;
}

unsigned int reach_bits(unsigned int width, bool has_2m, bool has_1g, uint64_t pages)
{
    unsigned int by_table = has_1g ? BITS_BY_1G : has_2m ? BITS_BY_2M : BITS_BY_4K;

    while (width > LEAST_BITS && tables_for(width, by_table) > pages / PART) {
        width--;
    }
    return width;
}
