/* SPDX-License-Identifier: BSD-2-Clause */
/* An entry that holds for one instruction: the hardware's part of a leaf, with our part kept. */
#include "engine.h"

#define KEPT (ENTRY_OWN | ENTRY_ACCESS | ENTRY_SET_SVE | ENTRY_TYPE | ENTRY_REMAP)

static void leaf_write(struct altp2m_domain *d, struct altp2m_view *v, uint64_t *slot,
                       uint64_t leaf)
{
    uint64_t old = *slot;

    entry_write(slot, leaf);
    if (entry_loses(old, leaf))
        flush(d, entry_eptp(d, v->root));
}

int altp2m_begin_step(struct altp2m_domain *d, unsigned int view, uint64_t gfn,
                      struct altp2m_mapping to, unsigned int rights)
{
    struct altp2m_view *v = &d->views[view];
    struct path p;
    path_walk(d, v, gfn, &p);
    struct reserve reserve;
    int rc = reserve_fill(&reserve, d, p.bottom);

    if (rc)
        return rc;
    path_extend(d, v, &p, &reserve);

    uint64_t hardware = entry_base_leaf(to, 0) & (ENTRY_ADDRESS | ENTRY_MEMTYPE);
    leaf_write(d, v, p.slot[0], hardware | rights | ENTRY_SVE | ENTRY_STEP | (*p.slot[0] & KEPT));
    return 0;
}

void altp2m_end_step(struct altp2m_domain *d, unsigned int view, uint64_t gfn)
{
    struct altp2m_view *v = &d->views[view];
    if (!v->root)
        return;

    struct path p;
    path_walk(d, v, gfn, &p);
    if (p.bottom)
        return;
    leaf_write(d, v, p.slot[0], leaf_refresh(d, v, *p.slot[0], gfn));
    path_release(d, v, &p);
}
