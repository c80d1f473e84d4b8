/* SPDX-License-Identifier: BSD-2-Clause */
/* Repeatable random numbers: Marsaglia's xorshift, with a multiplication to whiten the low bits. */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct sim_random {
    uint64_t state;
};

static inline struct sim_random sim_random_seed(uint64_t seed)
{
    return (struct sim_random){.state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1};
}

static inline uint64_t sim_random_next(struct sim_random *r)
{
    r->state ^= r->state >> 12;
    r->state ^= r->state << 25;
    r->state ^= r->state >> 27;
    return r->state * UINT64_C(0x2545f4914f6cdd1d);
}

/* 0 to limit - 1. */
static inline uint64_t sim_random_below(struct sim_random *r, uint64_t limit)
{
    return (sim_random_next(r) >> 11) % limit;
}

static inline bool sim_random_one_in(struct sim_random *r, unsigned int n)
{
    return sim_random_below(r, n) == 0;
}

#endif
