/* SPDX-License-Identifier: BSD-2-Clause */
/* A view with all settings of another. The clone copies that view's own tables. All others are
 * shared already. */
#include "engine.h"

struct clone {
    struct altp2m_domain *d;
    const struct altp2m_view *from;
    struct altp2m_view *to;
    struct reserve reserve;
};

static uint64_t clone_table(struct clone *c, uint64_t entry, unsigned int level, uint64_t gfn);

/* `level` is that of the entries. Returns how many differ from the base. */
static unsigned int clone_entries(struct clone *c, uint64_t *to, const uint64_t *from,
                                  unsigned int level, uint64_t gfn)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < ALTP2M_ENTRIES; i++, gfn += level_pages(level)) {
        if (entry_is_own_table(from[i]))
            to[i] = clone_table(c, from[i], level, gfn);
        else
            to[i] = from[i];
        count += !!(to[i] & ENTRY_OWN);
    }
    return count;
}

/* The table below an entry of `level`. Leaves out a table that exists for a step only. */
static uint64_t clone_table(struct clone *c, uint64_t entry, unsigned int level, uint64_t gfn)
{
    uint64_t *table = reserve_take(&c->reserve);
    unsigned int count = clone_entries(c, table, entry_table(c->d, entry), level - 1, gfn);

    if (!count) {
        reserve_put(&c->reserve, table);
        return view_mirror(c->d, c->to, base_entry_at(c->d, gfn, level));
    }
    presence_add(c->d, level - 1, gfn, 1);
    c->to->table_pages++;
    return entry_to_table(c->d, table) | ENTRY_OWN | count * ENTRY_COUNT_ONE;
}

static void clone_remaps(struct clone *c)
{
    unsigned int to = view_index(c->d, c->to);

    for (const struct remap *r = remap_first(c->from); r; r = remap_next(r))
        remap_add(c->d, to, r->gfn, r->target, &c->reserve);
}

int altp2m_view_clone(struct altp2m_domain *d, unsigned int from, uint16_t *view)
{
    unsigned int slot = view_next_free(d, 0);

    if (!altp2m_view_is_live(d, from) || slot >= d->config.view_count)
        return -XEN_EINVAL;

    struct clone c = {.d = d, .from = &d->views[view_slot(from)], .to = &d->views[slot]};
    uint64_t pages = c.from->table_pages + remaps_pages_for_clone(c.from->remaps);
    if (reserve_fill(&c.reserve, d, pages))
        return -XEN_ENOMEM;

    view_init(d, slot, c.from->default_access, reserve_take(&c.reserve));
    c.to->own_entries = clone_entries(&c, c.to->root, c.from->root, LEVEL_ROOT, 0);
    clone_remaps(&c);
    c.to->overrides = c.from->overrides;
    c.to->remaps = c.from->remaps;
    view_publish(d, slot);
    reserve_release(&c.reserve);
    *view = (uint16_t)slot;
    return 0;
}
