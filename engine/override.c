/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine.h"

uint64_t override_refresh(const struct altp2m_domain *d, uint64_t leaf, uint64_t source)
{
    return entry_override(d, base_entry_at(d, source, 0) | (leaf & ENTRY_REMAP),
                          entry_settings(d, entry_access(leaf), leaf & ENTRY_SET_SVE));
}

void override_set(struct altp2m_domain *d, struct altp2m_view *v, struct path *p, uint64_t leaf)
{
    uint64_t old = *p->slot[0];

    if (entry_is_override(old)) {
        v->remaps -= !!(old & ENTRY_REMAP);
    } else {
        v->overrides++;
        path_count(d, v, p, 0, 1);
    }
    v->remaps += !!(leaf & ENTRY_REMAP);
    entry_write(d, p->slot[0], leaf);
    if (entry_needs_flush(d, old, leaf))
        flush(d, entry_root(d, v->root));
}

void override_forget_remap(struct altp2m_domain *d, const struct altp2m_view *v, uint64_t gfn)
{
    moves_begin(d);
    remap_remove(d, remap_find(d, view_index(d, v), gfn));
}

void override_drop(struct altp2m_domain *d, struct altp2m_view *v, struct path *p)
{
    if (p->bottom || !entry_is_override(*p->slot[0]))
        return;

    uint64_t old = *p->slot[0];
    uint64_t base = old & ENTRY_REMAP ? base_entry_at(d, p->gfn, 0) : entry_underneath(d, old);
    uint64_t new = view_mirror(d, v, base);

    if (old & ENTRY_REMAP) {
        override_forget_remap(d, v, p->gfn);
        v->remaps--;
    }
    v->overrides--;
    entry_write(d, p->slot[0], new);
    path_count(d, v, p, 0, -1);
    if (!path_release(d, v, p) && entry_needs_flush(d, old, new))
        flush(d, entry_root(d, v->root));
}

/* A function of its own: only the first override in a region needs tables. */
__attribute__((noinline)) static int
override_set_below(struct altp2m_domain *d, struct altp2m_view *v, struct path *p, uint64_t leaf)
{
    struct reserve reserve;
    int rc = reserve_fill(&reserve, d, p->bottom);

    if (rc)
        return rc;
    path_extend(d, v, p, &reserve);
    override_set(d, v, p, leaf);
    return 0;
}

int override_change(struct altp2m_domain *d, struct altp2m_view *v, struct path *p, uint64_t leaf,
                    unsigned int access, bool suppress)
{
    if (access == v->default_access && suppress && !(leaf & ENTRY_REMAP)) {
        override_drop(d, v, p);
        return 0;
    }

    uint64_t new = entry_override(d, leaf, entry_settings(d, access, suppress));
    if (p->bottom)
        return override_set_below(d, v, p, new);
    override_set(d, v, p, new);
    return 0;
}
