/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest frames that the tests check. A guest's address space is far too large to check all of
 * it. These are dense around every boundary at which tables change, and sparse where superpages are
 * needed. The tests call them by their number in this list, a "sample".
 */
#ifndef SIM_GFNS_H
#define SIM_GFNS_H

#include <stdint.h>

#define SIM_GFN_BITS    36
#define SIM_MAX_SAMPLES 512

struct sim_gfns {
    unsigned int count;
    uint64_t gfn[SIM_MAX_SAMPLES]; /* ascending */
    /* The first sample in the same region as a sample; [1]: 2 MiB, [2]: 1 GiB, [3]: 512 GiB. */
    uint16_t region[4][SIM_MAX_SAMPLES];
};

void sim_gfns_init(struct sim_gfns *g);
/* The first sample whose gfn is not below `gfn`; g->count if there is none. */
unsigned int sim_gfns_from(const struct sim_gfns *g, uint64_t gfn);

#endif
