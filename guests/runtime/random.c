/* SPDX-License-Identifier: BSD-2-Clause */
#include "random.h"

uint64_t random_word(struct random *r)
{
    r->state ^= r->state >> 12;
    r->state ^= r->state << 25;
    r->state ^= r->state >> 27;
    return r->state * UINT64_C(0x2545f4914f6cdd1d);
}

uint64_t random_below(struct random *r, uint64_t limit)
{
    return (random_word(r) >> 16) % limit;
}

bool random_one_in(struct random *r, unsigned int n)
{
    return random_below(r, n) == 0;
}

uint64_t random_awkward(struct random *r)
{
    uint64_t few, power = UINT64_C(1) << random_below(r, 64);

    switch (random_below(r, 6)) {
    case 0:
        return power;
    case 1:
        return power - 1;
    case 2:
        return -power;
    case 3:
        return random_below(r, 20);
    case 4: /* few bits */
        few = random_word(r);
        few &= random_word(r);
        return few & random_word(r);
    default:
        return random_word(r);
    }
}
