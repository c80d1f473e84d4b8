/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The base has changed one entry. Views that share its table see the change. In a view with its own
 * table there, the engine updates copies. Overrides keep their settings but take the new page.
 */
#include "engine.h"

static void sync_entry(struct altp2m_domain *d, const struct altp2m_view *v, uint64_t *slot,
                       unsigned int level, uint64_t gfn)
{
    uint64_t entry = *slot;

    if (entry_is_own_table(entry)) {
        uint64_t first = gfn & ~(level_pages(level) - 1);
        uint64_t *table = entry_table(d, entry);
        for (unsigned int i = 0; i < ALTP2M_ENTRIES; i++)
            sync_entry(d, v, &table[i], level - 1, first + i * level_pages(level - 1));
    } else if (!entry_is_override(entry)) {
        entry_write(d, slot, view_mirror(d, v, base_entry_at(d, gfn, level)));
    } else if (!(entry & ENTRY_REMAP)) {
        entry_write(d, slot, override_refresh(d, entry, gfn));
    }
}

void sync_views(struct altp2m_domain *d, uint64_t gfn, unsigned int level)
{
    if (level < LEVEL_ROOT && !presence_maybe(d, level, gfn))
        return;
    for (unsigned int i = view_next(d, 0); i < ALTP2M_MAX_VIEWS; i = view_next(d, i + 1)) {
        struct altp2m_view *v = &d->views[i];
        struct path p;
        path_walk(d, v, gfn, &p);
        if (p.bottom <= level)
            sync_entry(d, v, p.slot[level], level, gfn);
    }
}
