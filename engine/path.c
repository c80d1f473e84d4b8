/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walks down the base, and along a view's own tables. They find, make and free these tables.
 */
#include "engine.h"

#define COUNTERS (ALTP2M_PAGE_SIZE / sizeof(uint32_t))

uint64_t base_entry_at(const struct altp2m_domain *d, uint64_t gfn, unsigned int level)
{
    const uint64_t *table = d->base;

    for (unsigned int at = LEVEL_ROOT;; at--) {
        uint64_t entry = table[index_of(gfn, at)];
        if (at == level)
            return entry;
        if (!entry_is_table(entry))
            return entry_slice(entry, at, level, gfn);
        table = entry_table(d, entry);
    }
}

struct altp2m_mapping altp2m_host_lookup(const struct altp2m_domain *d, uint64_t gfn)
{
    return entry_mapping(gfn_in_range(d, gfn) ? base_entry_at(d, gfn, 0) : ENTRY_EMPTY, 0, gfn);
}

/* From the slot of `level` to the slot below it, if the view has its own table there. */
static inline bool step_down(const struct altp2m_domain *d, struct path *p, unsigned int level,
                             uint64_t gfn)
{
    uint64_t entry = *p->slot[level];

    if (!entry_is_own_table(entry))
        return false;
    p->slot[level - 1] = &entry_table(d, entry)[index_of(gfn, level - 1)];
    return true;
}

/* Three steps at most, each with its own constants. */
void path_walk(const struct altp2m_domain *d, const struct altp2m_view *v, uint64_t gfn,
               struct path *p)
{
    _Static_assert(LEVEL_ROOT == 3, "each level is walked");
    p->gfn = gfn;
    p->slot[3] = &v->root[index_of(gfn, 3)];
    if (!step_down(d, p, 3, gfn))
        p->bottom = 3;
    else if (!step_down(d, p, 2, gfn))
        p->bottom = 2;
    else
        p->bottom = step_down(d, p, 1, gfn) ? 0 : 1;
}

/* From a view's entry of `level` down to the leaf, as an entry of level 0. */
static uint64_t descend(const struct altp2m_domain *d, const struct altp2m_view *v, uint64_t entry,
                        unsigned int level, uint64_t gfn)
{
    while (entry_is_table(entry))
        entry = entry_table(d, entry)[index_of(gfn, --level)];
    if (level)
        entry = entry_slice(entry, level, 0, gfn);
    return entry_is_override(entry) ? entry : view_mirror(d, v, entry);
}

uint64_t path_leaf_below(const struct altp2m_domain *d, const struct altp2m_view *v,
                         const struct path *p)
{
    return descend(d, v, *p->slot[p->bottom], p->bottom, p->gfn);
}

uint64_t view_leaf(const struct altp2m_domain *d, const struct altp2m_view *v, uint64_t gfn)
{
    if (!gfn_in_range(d, gfn))
        return ENTRY_EMPTY;
    return descend(d, v, v->root[index_of(gfn, LEVEL_ROOT)], LEVEL_ROOT, gfn);
}

/* From a root down to the leaf, as an entry of level 0. The entry's level gives the size of its
 * region. */
static uint64_t root_leaf(const struct altp2m_domain *d, const uint64_t *table, uint64_t gfn,
                          uint64_t *nr)
{
    unsigned int level = LEVEL_ROOT;
    uint64_t entry = table[index_of(gfn, level)];

    while (entry_is_table(entry))
        entry = entry_table(d, entry)[index_of(gfn, --level)];
    *nr = level_pages(level) - (gfn & (level_pages(level) - 1));
    return level ? entry_slice(entry, level, 0, gfn) : entry;
}

static struct altp2m_mapping stretch(const struct altp2m_domain *d, const uint64_t *root,
                                     uint64_t gfn, uint64_t *nr)
{
    return entry_mapping(root_leaf(d, root, gfn, nr), 0, gfn);
}

struct altp2m_mapping altp2m_host_stretch(const struct altp2m_domain *d, uint64_t gfn, uint64_t *nr)
{
    *nr = 1;
    return gfn_in_range(d, gfn) ? stretch(d, d->base, gfn, nr) : entry_mapping(ENTRY_EMPTY, 0, gfn);
}

struct altp2m_mapping altp2m_stretch(const struct altp2m_domain *d, unsigned int view, uint64_t gfn,
                                     uint64_t *nr)
{
    const struct altp2m_view *v = view_get(d, view);

    *nr = 1;
    return v && gfn_in_range(d, gfn) ? stretch(d, v->root, gfn, nr)
                                     : entry_mapping(ENTRY_EMPTY, 0, gfn);
}

struct altp2m_mapping altp2m_reached(const struct altp2m_domain *d, uint64_t eptp, uint64_t gfn,
                                     unsigned int *rights)
{
    uint64_t nr, leaf = ENTRY_EMPTY;

    if (gfn_in_range(d, gfn))
        leaf = root_leaf(d, entry_table(d, eptp), gfn, &nr);
    *rights = entry_rights(d, leaf);
    return entry_mapping(leaf, 0, gfn);
}

/*
 * A host change must reach every view that has its own table there, and should cost nothing where
 * no view has one. So there is a page of counters, one per hash of (level, region). A counter is
 * the number of views' own tables of that level for regions with that hash. Zero means that there
 * is none.
 */
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

void view_mirror_table(const struct altp2m_domain *d, const struct altp2m_view *v, uint64_t *table,
                       unsigned int used)
{
    const struct altp2m_restriction to = d->encoding.restriction[v->default_rights];

    for (unsigned int i = 0; i < used; i++)
        table[i] &= to.kept;
    for (unsigned int i = 0; to.added && i < used; i++)
        table[i] |= to.added;
}

/* The parts of a leaf of `level`, as entries one level down. */
static void fill_from_leaf(uint64_t *table, uint64_t leaf, unsigned int level)
{
    uint64_t entry = entry_slice(leaf, level, level - 1, 0);
    uint64_t step = entry_slice(leaf, level, level - 1, level_pages(level - 1)) - entry;

    for (unsigned int i = 0; i < ALTP2M_ENTRIES; i++, entry += step)
        table[i] = entry;
}

/* The view's own tables contain its default access already. */
void table_fill(const struct altp2m_domain *d, const struct altp2m_view *v, uint64_t *table,
                uint64_t entry, unsigned int level)
{
    if (!entry_is_table(entry)) {
        fill_from_leaf(table, entry, level);
        return;
    }
    table_copy(table, entry_table(d, entry));
    if (!entry_is_own_table(entry) && v->default_rights != ALTP2M_RWX)
        view_mirror_table(d, v, table, ALTP2M_ENTRIES);
}

/* Down to a leaf slot. The reserve holds p->bottom pages. Nothing changes for the guest. */
void path_extend(struct altp2m_domain *d, struct altp2m_view *v, struct path *p, struct reserve *r)
{
    for (; p->bottom; p->bottom--) {
        unsigned int level = p->bottom;
        uint64_t *table = reserve_take(r);

        table_fill(d, v, table, *p->slot[level], level);
        entry_write(d, p->slot[level], entry_to_table(d, table) | ENTRY_OWN);
        path_count(d, v, p, level, 1);
        presence_add(d, level - 1, p->gfn, 1);
        v->table_pages++;
        p->slot[level - 1] = &table[index_of(p->gfn, level - 1)];
    }
}

/* Free the tables along the path that do not differ from the base. */
bool path_release(struct altp2m_domain *d, struct altp2m_view *v, struct path *p)
{
    void *freed[LEVEL_ROOT];
    unsigned int count = 0;

    for (unsigned int level = p->bottom + 1; level <= LEVEL_ROOT; level++) {
        uint64_t entry = *p->slot[level];
        if (entry_count(entry))
            break;
        freed[count++] = entry_table(d, entry);
        entry_write(d, p->slot[level], view_mirror(d, v, base_entry_at(d, p->gfn, level)));
        path_count(d, v, p, level, -1);
        presence_add(d, level - 1, p->gfn, -1);
        v->table_pages--;
        p->bottom = level;
    }
    if (!count)
        return false;
    flush(d, entry_root(d, v->root));
    while (count)
        page_free(d, freed[--count]);
    return true;
}
