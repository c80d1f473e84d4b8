/* SPDX-License-Identifier: BSD-2-Clause */
/* The host p2m: the base that all views share. */
#include "engine.h"

/* A change in progress: it maps the gfns from `start` on to the pages from `to` on. */
struct change {
    struct altp2m_domain *d;
    uint64_t start;
    struct altp2m_mapping to;
    struct reserve reserve;
    bool lost; /* a CPU may hold a translation that is no longer true */
};

static struct altp2m_mapping target_of(const struct change *c, uint64_t gfn)
{
    struct altp2m_mapping to = c->to;
    to.mfn += gfn - c->start;
    return to;
}

/* Can one entry of `level` map [gfn, end)? */
static bool fits(const struct change *c, unsigned int level, uint64_t gfn, uint64_t end)
{
    const bool has_leaf[LEVEL_ROOT + 1] = {true, c->d->config.has_2m, c->d->config.has_1g, false};
    uint64_t pages = level_pages(level);

    if (end - gfn != pages)
        return false;
    if (c->to.type == ALTP2M_TYPE_NONE)
        return true;
    return has_leaf[level] && !(target_of(c, gfn).mfn & (pages - 1));
}

/* A hole in a hole needs no table to say so. */
static bool already_so(const struct change *c, uint64_t entry)
{
    return c->to.type == ALTP2M_TYPE_NONE && !entry_is_table(entry) &&
           entry_type(entry) == ALTP2M_TYPE_NONE;
}

static uint64_t part_end(uint64_t gfn, uint64_t end, unsigned int level)
{
    uint64_t next = (gfn | (level_pages(level) - 1)) + 1;
    return next < end ? next : end;
}

/* How many new tables [gfn, end) needs below `entry` of level `level + 1`. */
static uint64_t tables_needed(const struct change *c, uint64_t entry, unsigned int level,
                              uint64_t gfn, uint64_t end)
{
    const uint64_t *table = entry_is_table(entry) ? entry_table(c->d, entry) : NULL;
    uint64_t needed = table ? 0 : 1;

    for (uint64_t next; gfn < end; gfn = next) {
        uint64_t below = table ? table[index_of(gfn, level)] : entry;
        next = part_end(gfn, end, level);
        if (!fits(c, level, gfn, next) && !already_so(c, below))
            needed += tables_needed(c, below, level - 1, gfn, next);
    }
    return needed;
}

static void free_tables(struct altp2m_domain *d, uint64_t entry, unsigned int level)
{
    uint64_t *table = entry_table(d, entry);

    for (unsigned int i = 0; level > 1 && i < ALTP2M_ENTRIES; i++)
        if (entry_is_table(table[i]))
            free_tables(d, table[i], level - 1);
    d->base_pages--;
    page_free(d, table);
}

static void replace(struct change *c, uint64_t *slot, unsigned int level, uint64_t gfn)
{
    uint64_t old = *slot, new = entry_base_leaf(c->d, target_of(c, gfn), level);

    entry_write(c->d, slot, new);
    sync_views(c->d, gfn, level);
    c->lost |= entry_needs_flush(c->d, old, new);
    if (entry_is_table(old)) {
        flush(c->d, ALTP2M_EPTP_ALL);
        free_tables(c->d, old, level);
    }
}

/* Replace the leaf in `slot` by a table of smaller leaves with the same mapping. */
static void split(struct change *c, uint64_t *slot, unsigned int level, uint64_t gfn)
{
    uint64_t *table = reserve_take(&c->reserve);

    for (unsigned int i = 0; i < ALTP2M_ENTRIES; i++)
        table[i] = entry_slice(*slot, level, level - 1, i * level_pages(level - 1));
    c->d->base_pages++;
    entry_write(c->d, slot, entry_to_table(c->d, table));
    sync_views(c->d, gfn, level);
}

static void set_range(struct change *c, uint64_t *table, unsigned int level, uint64_t gfn,
                      uint64_t end)
{
    for (uint64_t next; gfn < end; gfn = next) {
        uint64_t *slot = &table[index_of(gfn, level)];
        next = part_end(gfn, end, level);
        if (already_so(c, *slot))
            continue;
        if (fits(c, level, gfn, next)) {
            replace(c, slot, level, gfn);
            continue;
        }
        if (!entry_is_table(*slot))
            split(c, slot, level, gfn);
        set_range(c, entry_table(c->d, *slot), level - 1, gfn, next);
    }
}

static void follow_target(struct altp2m_domain *d, const struct remap *remap)
{
    const struct altp2m_view *v = &d->views[remap->view];
    struct path p;

    if (!v->root) /* it is being destroyed */
        return;
    path_walk(d, v, remap->gfn, &p);
    entry_write(d, p.slot[0], override_refresh(d, *p.slot[0], remap->target));
}

/* The base's slot for one page, if it has one. Then a change of one page needs no tables. */
static uint64_t *leaf_slot(const struct altp2m_domain *d, uint64_t gfn)
{
    uint64_t *table = d->base;

    for (unsigned int level = LEVEL_ROOT; level; level--) {
        uint64_t entry = table[index_of(gfn, level)];
        if (!entry_is_table(entry))
            return NULL;
        table = entry_table(d, entry);
    }
    return &table[index_of(gfn, 0)];
}

static int change_range(struct altp2m_domain *d, uint64_t gfn, uint64_t nr,
                        struct altp2m_mapping to)
{
    uint64_t limit = UINT64_C(1) << d->config.gfn_bits;
    if (!nr || gfn >= limit || nr > limit - gfn)
        return -XEN_EINVAL;
    if (to.type != ALTP2M_TYPE_NONE && !frames_allow(d, to, nr))
        return -XEN_EPERM;

    struct change c = {.d = d, .start = gfn, .to = to};
    uint64_t *slot = nr == 1 ? leaf_slot(d, gfn) : NULL;
    moves_begin(d);
    if (slot) {
        replace(&c, slot, 0, gfn);
    } else {
        uint64_t root = entry_to_table(d, d->base);
        int rc = reserve_fill(&c.reserve, d, tables_needed(&c, root, LEVEL_ROOT, gfn, gfn + nr));
        if (rc)
            return rc;
        set_range(&c, d->base, LEVEL_ROOT, gfn, gfn + nr);
    }
    remaps_each_target(d, gfn, gfn + nr, follow_target);
    if (c.lost)
        flush(d, ALTP2M_EPTP_ALL);
    vcpus_check_notify(d);
    return 0;
}

int altp2m_host_map(struct altp2m_domain *d, uint64_t gfn, uint64_t nr, struct altp2m_mapping to)
{
    if (to.type == ALTP2M_TYPE_NONE || to.type > ALTP2M_TYPE_MMIO || to.mfn >= MFN_LIMIT ||
        nr > MFN_LIMIT - to.mfn)
        return -XEN_EINVAL;
    return change_range(d, gfn, nr, to);
}

int altp2m_host_unmap(struct altp2m_domain *d, uint64_t gfn, uint64_t nr)
{
    return change_range(d, gfn, nr, (struct altp2m_mapping){.type = ALTP2M_TYPE_NONE});
}

/* Free the whole base; no vCPU runs on it any more. */
void base_free(struct altp2m_domain *d)
{
    flush(d, ALTP2M_EPTP_ALL);
    free_tables(d, entry_to_table(d, d->base), LEVEL_ROOT + 1);
}
