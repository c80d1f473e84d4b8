/* SPDX-License-Identifier: BSD-2-Clause */
/* The overrides of a view. The walk skips what the view shares with the base. */
#include "engine.h"

#define LOOKS 2048 /* reads per call: each is of a leaf, or of a whole region without own tables */

static struct altp2m_override describe(const struct altp2m_domain *d, const struct altp2m_view *v,
                                       uint64_t gfn, uint64_t leaf)
{
    bool remapped = leaf & ENTRY_REMAP;

    return (struct altp2m_override){
        .gfn = gfn,
        .nr = 1,
        .target = remapped ? remap_find(d, view_index(d, v), gfn)->target : ALTP2M_INVALID_GFN,
        .access = (uint16_t)entry_access(leaf),
        .rights = entry_rights(d, leaf),
        .suppress_ve = leaf & ENTRY_SET_SVE,
    };
}

static bool continues(const struct altp2m_override *run, const struct altp2m_override *next)
{
    bool remapped = run->target != ALTP2M_INVALID_GFN;

    return next->target == (remapped ? run->target + run->nr : run->target) &&
           next->access == run->access && next->rights == run->rights &&
           next->suppress_ve == run->suppress_ve;
}

/* Does the gfn of the path continue the range that was found? */
static bool extend(const struct altp2m_domain *d, const struct altp2m_view *v, const struct path *p,
                   struct altp2m_override *found)
{
    uint64_t leaf = p->bottom ? 0 : path_leaf(d, v, p);
    if (!entry_is_override(leaf))
        return false;

    struct altp2m_override next = describe(d, v, p->gfn, leaf);
    if (!found->nr)
        *found = next;
    else if (continues(found, &next))
        found->nr++;
    else
        return false;
    return true;
}

bool altp2m_next_override(const struct altp2m_domain *d, unsigned int view, uint64_t *from,
                          struct altp2m_override *found)
{
    const struct altp2m_view *v = view_get(d, view);

    *found = (struct altp2m_override){.nr = 0};
    if (!v)
        return false;
    for (unsigned int looks = 0; looks < LOOKS && gfn_in_range(d, *from); looks++) {
        struct path p;
        path_walk(d, v, *from, &p);
        if (!extend(d, v, &p, found) && found->nr)
            return true;
        *from = (*from | (level_pages(p.bottom) - 1)) + 1;
    }
    return found->nr || gfn_in_range(d, *from);
}
