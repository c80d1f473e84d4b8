/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/gfns.h"

#include "sim/fail.h"

#include <stddef.h>

/* Ascending, without overlaps. */
static const struct {
    uint64_t first;
    unsigned int count, stride;
} stretches[] = {
    {0x0, 64, 1},             /* low memory, mapped page by page */
    {0x1f8, 16, 1},           /* the first 2 MiB boundary */
    {0x3f8, 16, 1},           /* the second */
    {0x600, 12, 73},          /* inside one 2 MiB page, and the next */
    {0x3fff8, 16, 1},         /* the first 1 GiB boundary */
    {0x40100, 60, 0x200 + 7}, /* one or two in each of many 2 MiB pages */
    {0x7fff8, 16, 1},         /* the second 1 GiB boundary */
    {0xc0000, 40, 6553},      /* sparse over 1 GiB */
    {0xfec00, 2, 1},          /* the usual place of devices */
    {0xfee00, 1, 1},
    {0x100000, 40, 0x5003}, /* sparse over 3 GiB */
    {0x7fffff8, 16, 1},     /* the 512 GiB boundary */
    {0xfffffffe0, 32, 1},   /* the end of the 36-bit guest frame space */
};

static void add(struct sim_gfns *g, uint64_t gfn)
{
    unsigned int n = g->count++;

    if (n >= SIM_MAX_SAMPLES || (n && gfn <= g->gfn[n - 1]))
        sim_fail("the list of guest frames is too long or not ascending at %u", n);
    g->gfn[n] = gfn;
    for (unsigned int level = 1; level <= 3; level++) {
        unsigned int shift = 9 * level;

        if (n && gfn >> shift == g->gfn[n - 1] >> shift)
            g->region[level][n] = g->region[level][n - 1];
        else
            g->region[level][n] = (uint16_t)n;
    }
}

void sim_gfns_init(struct sim_gfns *g)
{
    g->count = 0;
    for (size_t i = 0; i < sizeof(stretches) / sizeof(stretches[0]); i++)
        for (unsigned int k = 0; k < stretches[i].count; k++)
            add(g, stretches[i].first + (uint64_t)k * stretches[i].stride);
}

unsigned int sim_gfns_from(const struct sim_gfns *g, uint64_t gfn)
{
    unsigned int low = 0, high = g->count;

    while (low < high) {
        unsigned int middle = (low + high) / 2;

        if (g->gfn[middle] < gfn)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
