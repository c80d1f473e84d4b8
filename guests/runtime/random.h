/* SPDX-License-Identifier: BSD-2-Clause */
/* Random numbers for tests: xorshift64*, with a preference for special values. */
#ifndef RUNTIME_RANDOM_H
#define RUNTIME_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t state; /* not 0 */
};

uint64_t random_word(struct random *r);
/* Below `limit`. */
uint64_t random_below(struct random *r, uint64_t limit);
/* True once in `n`. */
bool random_one_in(struct random *r, unsigned int n);
/* A word near a power of two, with few bits, with many, or any. */
uint64_t random_awkward(struct random *r);

#define RANDOM_OF(r, list) ((list)[random_below((r), sizeof(list) / sizeof((list)[0]))])

#endif
