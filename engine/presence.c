/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host change must reach every view that has a table of its own there, and should cost nothing
 * where no view has one. So there is a page of counters, one per hash of (level, region): the
 * number of own tables of that level for a region with that hash. Zero means surely none.
 */
#include "engine.h"

#define COUNTERS (ALTP2M_PAGE_SIZE / sizeof(uint32_t))

static uint32_t *counter(const struct altp2m_domain *d, unsigned int level, uint64_t gfn)
{
    uint64_t region = gfn >> (9 * (level + 1));
    uint64_t hash = (region * (LEVEL_ROOT + 1) + level) * UINT64_C(0x9e3779b97f4a7c15);
    return &d->presence[(hash >> 32) % COUNTERS];
}

void presence_add(struct altp2m_domain *d, unsigned int level, uint64_t gfn, int delta)
{
    *counter(d, level, gfn) += (uint32_t)delta;
}

bool presence_maybe(const struct altp2m_domain *d, unsigned int level, uint64_t gfn)
{
    return *counter(d, level, gfn) != 0;
}
