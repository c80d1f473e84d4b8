/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames of the machine that are not the guest's. No entry may lead to one. */
#include "engine.h"

bool frames_are_sane(const struct altp2m_config *config)
{
    uint64_t behind = 0;

    for (unsigned int i = 0; i < config->kept_count; i++) {
        const struct altp2m_frames *f = &config->kept[i];
        if (f->first < behind || f->end <= f->first)
            return false;
        behind = f->end;
    }
    return true;
}

/* The lowest range that ends above the frame, or one past the last. */
static unsigned int find(const struct altp2m_config *config, uint64_t mfn)
{
    unsigned int low = 0, high = config->kept_count;

    while (low < high) {
        unsigned int middle = (low + high) / 2;
        if (config->kept[middle].end > mfn)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

bool frames_allow(const struct altp2m_domain *d, struct altp2m_mapping to, uint64_t nr)
{
    const struct altp2m_config *config = &d->config;
    bool special = to.type == ALTP2M_TYPE_SPECIAL;

    for (unsigned int i = find(config, to.mfn);
         i < config->kept_count && config->kept[i].first < to.mfn + nr; i++)
        if (!special || !config->kept[i].shared)
            return false;
    return true;
}

static void tell_leaf(const struct altp2m_domain *d, uint64_t leaf)
{
    struct altp2m_mapping to = entry_mapping(leaf, 0, 0);

    if (!entry_is_table(leaf) && to.type != ALTP2M_TYPE_NONE)
        d->host.reached(d->host.context, to);
}

/* The engine fills a table before it writes the entry that leads to it. So this entry makes the
 * table's leaves reachable, unless they were reachable before. */
void frames_tell(const struct altp2m_domain *d, uint64_t old, uint64_t entry)
{
    const uint64_t *table = entry_is_table(entry) ? entry_table(d, entry) : &entry;

    if (entry_is_table(old) && entry_table(d, old) == table)
        return;
    for (unsigned int i = 0; i < (table == &entry ? 1 : ALTP2M_ENTRIES); i++)
        tell_leaf(d, table[i]);
}
