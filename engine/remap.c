/* SPDX-License-Identifier: BSD-2-Clause */
/* One gfn shows the page of another, in one view. */
#include "engine.h"

/* Remove the view's settings for the gfn. */
static int undo(struct altp2m_domain *d, struct altp2m_view *v, uint64_t gfn)
{
    if (gfn_in_range(d, gfn)) {
        struct path p;
        path_walk(d, v, gfn, &p);
        override_drop(d, v, &p);
    }
    return 0;
}

/* Let p->gfn show `target` with the override `leaf`. */
static int show(struct altp2m_domain *d, struct altp2m_view *v, struct path *p, uint64_t target,
                uint64_t leaf)
{
    unsigned int view = view_index(d, v);
    bool remapped = !p->bottom && (*p->slot[0] & ENTRY_REMAP);
    struct reserve reserve;
    uint64_t pages = p->bottom + (remapped ? remaps_pages_for_target(d, target)
                                           : remaps_pages_needed(d, p->gfn, target));

    if (reserve_fill(&reserve, d, pages))
        return -XEN_ENOMEM;
    moves_begin(d);
    if (p->bottom)
        path_extend(d, v, p, &reserve);
    if (remapped)
        remap_retarget(d, remap_find(d, view, p->gfn), target, &reserve);
    else
        remap_add(d, view, p->gfn, target, &reserve);
    override_set(d, v, p, leaf);
    return 0;
}

/* Can the view show another page here? It can also if a remap's target no longer exists but the
 * host p2m has RAM. */
static bool is_ram(const struct altp2m_domain *d, const struct altp2m_view *v, const struct path *p)
{
    return type_is_ram(entry_type(path_leaf(d, v, p))) ||
           type_is_ram(altp2m_host_lookup(d, p->gfn).type);
}

/* Xen: p2m_change_altp2m_gfn. */
int altp2m_remap(struct altp2m_domain *d, unsigned int view, uint64_t gfn, uint64_t target,
                 bool suppress)
{
    struct altp2m_view *v = view_get(d, view);

    if (!v || !d->active)
        return -XEN_EINVAL;
    if (target == ALTP2M_INVALID_GFN)
        return undo(d, v, gfn);

    uint64_t shown = view_leaf(d, v, target);
    if (!type_is_ram(entry_type(shown)) || !gfn_in_range(d, gfn))
        return -XEN_ESRCH;
    struct path p;
    path_walk(d, v, gfn, &p);
    if (!is_ram(d, v, &p))
        return -XEN_ESRCH;

    unsigned int access = entry_is_override(shown) ? entry_access(shown) : v->default_access;
    uint64_t leaf = entry_override(d, shown | ENTRY_REMAP, entry_settings(d, access, suppress));
    /* A remap of a remap follows the first one's target. */
    if (shown & ENTRY_REMAP)
        target = remap_find(d, view, target)->target;
    return show(d, v, &p, target, leaf);
}

struct altp2m_setting altp2m_get_setting(const struct altp2m_domain *d, unsigned int view,
                                         uint64_t gfn)
{
    struct altp2m_translation t = altp2m_translate(d, view, gfn);

    return (struct altp2m_setting){
        .target = t.remapped ? remap_find(d, view, gfn)->target : ALTP2M_INVALID_GFN,
        .access = t.access,
        .suppress_ve = t.suppress_ve || !t.overridden,
    };
}

/* Write an override without a remap, where there may be a remap now. */
static int set_own(struct altp2m_domain *d, struct altp2m_view *v, struct path *p,
                   const struct altp2m_setting *s)
{
    uint64_t base = base_entry_at(d, p->gfn, 0);

    if (p->bottom || !(*p->slot[0] & ENTRY_REMAP))
        return override_change(d, v, p, base, s->access, s->suppress_ve);
    if (s->access == v->default_access && s->suppress_ve) {
        override_drop(d, v, p);
        return 0;
    }
    override_forget_remap(d, v, p->gfn);
    override_set(d, v, p, entry_override(d, base, entry_settings(d, s->access, s->suppress_ve)));
    return 0;
}

int altp2m_put_setting(struct altp2m_domain *d, unsigned int view, uint64_t gfn,
                       const struct altp2m_setting *s)
{
    struct altp2m_view *v = view_get(d, view);
    bool remaps = s->target != ALTP2M_INVALID_GFN;

    if (!v || !gfn_in_range(d, gfn) || (remaps && (!d->active || !gfn_in_range(d, s->target))))
        return -XEN_EINVAL;
    struct path p;
    path_walk(d, v, gfn, &p);
    if (!remaps)
        return set_own(d, v, &p, s);
    return show(d, v, &p, s->target,
                entry_override(d, base_entry_at(d, s->target, 0) | ENTRY_REMAP,
                               entry_settings(d, s->access, s->suppress_ve)));
}
