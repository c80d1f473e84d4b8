/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine.h"

#include <xen/memory.h>

const uint8_t access_table[ALTP2M_ACCESSES] = {
    [XENMEM_access_n] = 0,
    [XENMEM_access_r] = ALTP2M_R,
    [XENMEM_access_w] = ALTP2M_W,
    [XENMEM_access_rw] = ALTP2M_R | ALTP2M_W,
    [XENMEM_access_x] = ALTP2M_X,
    [XENMEM_access_rx] = ALTP2M_R | ALTP2M_X,
    [XENMEM_access_wx] = ALTP2M_W | ALTP2M_X,
    [XENMEM_access_rwx] = ALTP2M_RWX,
    [XENMEM_access_rx2rw] = ALTP2M_R | ALTP2M_X,
    [XENMEM_access_n2rwx] = 0,
};

/* View 0 is Xen's host p2m, which notes what is set for a hole, up to the width of its tables
 * (ept_set_entry); an altp2m finds a hole (altp2m_get_effective_entry). */
static int gfn_beyond(const struct altp2m_domain *d, const struct altp2m_view *v, uint64_t gfn)
{
    if (v != &d->views[0])
        return -XEN_ESRCH;
    return gfn >> GFN_BITS_MAX ? -XEN_EINVAL : 0;
}

int access_set_one(struct altp2m_domain *d, struct altp2m_view *v, uint64_t gfn,
                   unsigned int access)
{
    if (!gfn_in_range(d, gfn))
        return gfn_beyond(d, v, gfn);

    struct path p;
    path_walk(d, v, gfn, &p);
    uint64_t leaf = path_leaf(d, v, &p);

    if (!type_is_ram(entry_type(leaf)))
        return -XEN_ESRCH;
    return override_change(d, v, &p, leaf, access, leaf & ENTRY_SET_SVE);
}

int altp2m_set_access(struct altp2m_domain *d, unsigned int view, uint64_t gfn, uint16_t access)
{
    struct altp2m_view *v = view_get(d, view);
    unsigned int resolved;

    if (!v || !access_resolve(d, access, &resolved))
        return -XEN_EINVAL;
    if (gfn != ALTP2M_INVALID_GFN)
        return access_set_one(d, v, gfn, resolved);
    d->default_access = (uint8_t)resolved;
    return 0;
}

int altp2m_get_access(const struct altp2m_domain *d, unsigned int view, uint64_t gfn,
                      uint16_t *access)
{
    const struct altp2m_view *v = view_get(d, view);

    if (!v)
        return -XEN_EINVAL;
    if (gfn == ALTP2M_INVALID_GFN) {
        *access = view ? v->default_access : d->default_access;
        return 0;
    }

    uint64_t leaf = view_leaf(d, v, gfn);
    if (entry_type(leaf) == ALTP2M_TYPE_NONE)
        return -XEN_ESRCH;
    *access = (uint16_t)leaf_access(v, leaf);
    return 0;
}

bool altp2m_restricts(const struct altp2m_domain *d, unsigned int view, uint64_t gfn)
{
    const struct altp2m_view *v = &d->views[view];

    if (!v->overrides && v->default_access == XENMEM_access_rwx)
        return false;

    uint64_t leaf = view_leaf(d, v, gfn);
    return leaf_access(v, leaf) != XENMEM_access_rwx || (leaf & ENTRY_REMAP);
}

bool altp2m_guest_may_change(const struct altp2m_domain *d, unsigned int view, uint64_t gfn)
{
    if (d->config.mode == ALTP2M_MODE_MIXED)
        return !altp2m_restricts(d, view, gfn);

    unsigned int i = view_next(d, 0);
    while (i < ALTP2M_MAX_VIEWS && !altp2m_restricts(d, i, gfn))
        i = view_next(d, i + 1);
    return i == ALTP2M_MAX_VIEWS;
}

int altp2m_set_suppress_ve(struct altp2m_domain *d, unsigned int view, uint64_t gfn, bool suppress)
{
    struct altp2m_view *v = view_get(d, view);

    if (!v)
        return -XEN_EINVAL;
    if (!gfn_in_range(d, gfn))
        return gfn_beyond(d, v, gfn);

    struct path p;
    path_walk(d, v, gfn, &p);
    uint64_t leaf = path_leaf(d, v, &p);

    return override_change(d, v, &p, leaf, leaf_access(v, leaf), suppress);
}

int altp2m_get_suppress_ve(const struct altp2m_domain *d, unsigned int view, uint64_t gfn,
                           bool *suppress)
{
    const struct altp2m_view *v = view_get(d, view);

    if (!v)
        return -XEN_EINVAL;

    uint64_t leaf = view_leaf(d, v, gfn);
    if (entry_type(leaf) == ALTP2M_TYPE_NONE)
        return -XEN_ESRCH;
    *suppress = leaf & ENTRY_SET_SVE;
    return 0;
}

struct altp2m_translation altp2m_translate(const struct altp2m_domain *d, unsigned int view,
                                           uint64_t gfn)
{
    const struct altp2m_view *v = &d->views[view];
    uint64_t leaf = view_leaf(d, v, gfn);
    bool overridden = entry_is_override(leaf);

    return (struct altp2m_translation){
        .to = entry_mapping(leaf, 0, gfn),
        .access = (uint16_t)leaf_access(v, leaf),
        .rights = entry_rights(d, leaf),
        .suppress_ve = leaf & ENTRY_SET_SVE,
        .overridden = overridden,
        .remapped = overridden && (leaf & ENTRY_REMAP),
    };
}
