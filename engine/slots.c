/* SPDX-License-Identifier: BSD-2-Clause */
/* Which slots hold a view. */
#include "engine.h"

bool altp2m_view_is_live(const struct altp2m_domain *d, unsigned int view)
{
    return view < d->config.view_count && d->master_list[view_slot(view)] != ROOT_INVALID;
}

/* The lowest bit set in `words`, each inverted by `invert`, from `from` upwards. */
static unsigned int next_bit(const uint64_t *words, unsigned int from, uint64_t invert)
{
    uint64_t below = (UINT64_C(1) << from % 64) - 1;

    for (unsigned int word = from / 64; word < ALTP2M_MAX_VIEWS / 64; word++, below = 0) {
        uint64_t bits = (__atomic_load_n(&words[word], __ATOMIC_RELAXED) ^ invert) & ~below;
        if (bits)
            return word * 64 + (unsigned int)__builtin_ctzll(bits);
    }
    return ALTP2M_MAX_VIEWS;
}

unsigned int view_next(const struct altp2m_domain *d, unsigned int from)
{
    return next_bit(d->existing, from, 0);
}

unsigned int view_next_free(const struct altp2m_domain *d, unsigned int from)
{
    return next_bit(d->taken, from, ~UINT64_C(0));
}

unsigned int view_next_dying(const struct altp2m_domain *d, unsigned int from)
{
    unsigned int view = next_bit(d->taken, from, 0);

    while (view < ALTP2M_MAX_VIEWS && !d->views[view].dying)
        view = next_bit(d->taken, view + 1, 0);
    return view;
}
