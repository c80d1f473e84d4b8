/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where remaps are kept: what each costs to add, to find and to remove does not grow with their
 * number, whatever gfns a guest picks. A remap hangs in three lists: of its view (to end that), of
 * the gfn it is at (to undo it; as long as there are views, at most), and of the gfn it shows (to
 * follow a host change). The heads of the latter two stand in trees with the gfn as the key, built
 * as page tables are. An entry that leads to a table counts, in the bits its alignment leaves, how
 * many entries there are in use; a table goes back when that comes to 0. So does a page of nodes.
 */
#include "engine.h"

#include <stddef.h>

union remap_slot {
    uintptr_t table; /* with the count */
    struct remap_link *list;
};

#define COUNT_BITS  ((uintptr_t)ALTP2M_PAGE_SIZE - 1)
#define LEVEL_BITS  9
#define LEVELS_MOST 4 /* a gfn has 36 bits at most */

_Static_assert(ALTP2M_ENTRIES * sizeof(union remap_slot) == ALTP2M_PAGE_SIZE, "a table is a page");

struct remap_page {
    struct remap_page *next, *previous; /* in the list of pages with room */
    struct remap_link *free;            /* nodes that were in use */
    unsigned int used, fresh;           /* nodes in use; nodes that ever were */
};

#define NODES_PER_PAGE ((ALTP2M_PAGE_SIZE - sizeof(struct remap_page)) / sizeof(struct remap))

#define NODE(link, member) ((struct remap *)((uintptr_t)(link)-offsetof(struct remap, member)))

static void link_add(struct remap_link **head, struct remap_link *link)
{
    *link = (struct remap_link){.next = *head, .from = head};
    if (link->next)
        link->next->from = &link->next;
    *head = link;
}

static void link_remove(const struct remap_link *link)
{
    *link->from = link->next;
    if (link->next)
        link->next->from = link->from;
}

/* Trees: a slot each, in which their root is. */

static union remap_slot *by_source(const struct altp2m_domain *d)
{
    return (union remap_slot *)&d->remaps.trees[0];
}

static union remap_slot *by_target(const struct altp2m_domain *d)
{
    return (union remap_slot *)&d->remaps.trees[1];
}

static unsigned int levels(const struct altp2m_domain *d)
{
    return (d->config.gfn_bits + LEVEL_BITS - 1) / LEVEL_BITS;
}

static union remap_slot *below(const union remap_slot *slot, uint64_t gfn, unsigned int level)
{
    union remap_slot *table = (union remap_slot *)(slot->table & ~COUNT_BITS);

    return &table[index_of(gfn, level)];
}

/* Tables that are missing on the way to the gfn's list. */
static unsigned int tables_missing(const struct altp2m_domain *d, const union remap_slot *slot,
                                   uint64_t gfn)
{
    unsigned int level = levels(d);

    for (; level && slot->table; level--)
        slot = below(slot, gfn, level - 1);
    return level;
}

static struct remap_link **list_find(const struct altp2m_domain *d, union remap_slot *root,
                                     uint64_t gfn)
{
    union remap_slot *slot = root;

    for (unsigned int level = levels(d); level; level--) {
        if (!slot->table)
            return NULL;
        slot = below(slot, gfn, level - 1);
    }
    return &slot->list;
}

/* With the tables it takes. The caller is about to add to it. */
static struct remap_link **list_make(const struct altp2m_domain *d, union remap_slot *root,
                                     uint64_t gfn, struct reserve *r)
{
    union remap_slot *slot = root, *above = NULL;

    for (unsigned int level = levels(d); level; level--) {
        if (!slot->table) {
            slot->table = (uintptr_t)table_clear(reserve_take(r));
            if (above)
                above->table++;
        }
        above = slot;
        slot = below(slot, gfn, level - 1);
    }
    if (above && !slot->list)
        above->table++;
    return &slot->list;
}

/* Where the gfn's list has come to be empty: give back the tables that nothing else needs. */
static void release_if_empty(const struct altp2m_domain *d, union remap_slot *root, uint64_t gfn)
{
    union remap_slot *way[LEVELS_MOST + 1] = {root};
    unsigned int depth = 0;

    for (unsigned int level = levels(d); level; level--, depth++)
        way[depth + 1] = below(way[depth], gfn, level - 1);
    if (way[depth]->list)
        return;
    while (depth-- && !(--way[depth]->table & COUNT_BITS)) {
        page_free(d, (void *)way[depth]->table);
        way[depth]->table = 0;
    }
}

/* Nodes. */

static struct remap_page *page_of(const struct remap *node)
{
    return (struct remap_page *)((uintptr_t)node & ~(uintptr_t)(ALTP2M_PAGE_SIZE - 1));
}

static void page_link(struct altp2m_remaps *remaps, struct remap_page *page)
{
    page->previous = NULL;
    page->next = remaps->with_room;
    if (page->next)
        page->next->previous = page;
    remaps->with_room = page;
}

static void page_unlink(struct altp2m_remaps *remaps, const struct remap_page *page)
{
    if (page->next)
        page->next->previous = page->previous;
    if (page->previous)
        page->previous->next = page->next;
    else
        remaps->with_room = page->next;
}

static struct remap *node_alloc(struct altp2m_remaps *remaps, struct reserve *r)
{
    struct remap_page *page = remaps->with_room;
    struct remap *node;

    if (!page) {
        page = reserve_take(r);
        *page = (struct remap_page){.used = 0};
        page_link(remaps, page);
    }
    node = page->free ? NODE(page->free, in_view) : (struct remap *)(page + 1) + page->fresh++;
    if (page->free)
        page->free = page->free->next;
    if (++page->used == NODES_PER_PAGE)
        page_unlink(remaps, page);
    return node;
}

static void node_free(struct altp2m_domain *d, struct remap *node)
{
    struct remap_page *page = page_of(node);

    if (page->used-- == NODES_PER_PAGE)
        page_link(&d->remaps, page);
    node->in_view.next = page->free;
    page->free = &node->in_view;
    if (!page->used) {
        page_unlink(&d->remaps, page);
        page_free(d, page);
    }
}

/* Remaps. */

unsigned int remaps_pages_needed(const struct altp2m_domain *d, uint64_t gfn, uint64_t target)
{
    return !d->remaps.with_room + tables_missing(d, by_source(d), gfn) +
           remaps_pages_for_target(d, target);
}

unsigned int remaps_pages_for_target(const struct altp2m_domain *d, uint64_t target)
{
    return tables_missing(d, by_target(d), target);
}

unsigned int remaps_pages_for_clone(unsigned int count)
{
    return (unsigned int)((count + NODES_PER_PAGE - 1) / NODES_PER_PAGE);
}

struct remap *remap_find(const struct altp2m_domain *d, unsigned int view, uint64_t gfn)
{
    struct remap_link *const *list = list_find(d, by_source(d), gfn);

    for (struct remap_link *link = list ? *list : NULL; link; link = link->next)
        if (NODE(link, at_source)->view == view)
            return NODE(link, at_source);
    return NULL;
}

struct remap *remap_first(const struct altp2m_view *v)
{
    return v->remap_list ? NODE(v->remap_list, in_view) : NULL;
}

struct remap *remap_next(const struct remap *node)
{
    return node->in_view.next ? NODE(node->in_view.next, in_view) : NULL;
}

void remap_add(struct altp2m_domain *d, unsigned int view, uint64_t gfn, uint64_t target,
               struct reserve *r)
{
    struct remap *node = node_alloc(&d->remaps, r);

    *node = (struct remap){.gfn = gfn, .target = target, .view = (uint16_t)view};
    link_add(list_make(d, by_source(d), gfn, r), &node->at_source);
    link_add(list_make(d, by_target(d), target, r), &node->at_target);
    link_add(&d->views[view].remap_list, &node->in_view);
}

/* The old list's tables go last: the pages reserved are those that were missing beside them. */
void remap_retarget(struct altp2m_domain *d, struct remap *node, uint64_t target, struct reserve *r)
{
    uint64_t before = node->target;

    if (before == target)
        return;
    link_remove(&node->at_target);
    node->target = target;
    link_add(list_make(d, by_target(d), target, r), &node->at_target);
    release_if_empty(d, by_target(d), before);
}

void remap_remove(struct altp2m_domain *d, struct remap *node)
{
    link_remove(&node->at_target);
    release_if_empty(d, by_target(d), node->target);
    link_remove(&node->at_source);
    release_if_empty(d, by_source(d), node->gfn);
    link_remove(&node->in_view);
    node_free(d, node);
}

struct range {
    uint64_t first, last;
    void (*each)(struct altp2m_domain *d, const struct remap *remap);
};

/* `slot` is for `level` levels of tables, the gfns from `base` on. */
static void each_below(struct altp2m_domain *d, const union remap_slot *slot, unsigned int level,
                       uint64_t base, const struct range *range)
{
    if (!level) {
        for (const struct remap_link *link = slot->list; link; link = link->next)
            range->each(d, NODE(link, at_target));
        return;
    }

    uint64_t covers = level_pages(level), part = level_pages(level - 1);
    uint64_t first = range->first > base ? range->first - base : 0;
    uint64_t last = range->last - base < covers ? range->last - base : covers - 1;
    for (uint64_t i = first / part; slot->table && i <= last / part; i++)
        each_below(d, below(slot, i * part, level - 1), level - 1, base + i * part, range);
}

void remaps_each_target(struct altp2m_domain *d, uint64_t first, uint64_t end,
                        void (*each)(struct altp2m_domain *d, const struct remap *remap))
{
    const struct range range = {first, end - 1, each};

    each_below(d, by_target(d), levels(d), 0, &range);
}
