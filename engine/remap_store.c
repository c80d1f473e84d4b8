/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store of remaps. The cost of adding, finding and removing one does not grow with their
 * number, whatever gfns a guest chooses. A remap is in three lists: that of its view (to end the
 * view), that of the gfn it is at (to undo the remap; the list has at most one for each view), and
 * that of the gfn it shows (to follow a host change). The heads of the latter two are in two trees
 * with the gfn as the key. A tree has a table only where gfns that have a list differ. So one gfn
 * alone takes no table, and one more takes at most one. A slot that leads to a table holds, in the
 * bits that its alignment leaves free, the table's level and the number of its slots in use. The
 * store frees a table when no slot is in use. It does the same with a page of nodes.
 */
#include "engine.h"

#include <stddef.h>

#define LEVEL_BITS  8
#define LEVELS_MOST 5 /* a gfn has 36 bits at most */
#define SLOTS       (1u << LEVEL_BITS)

#define LEVEL_MASK ((uintptr_t)7) /* 0: a list, or nothing */
#define COUNT_ONE  ((uintptr_t)8)
#define COUNT_MASK ((uintptr_t)ALTP2M_PAGE_SIZE - COUNT_ONE)

_Static_assert(SLOTS * sizeof(struct altp2m_remap_slot) == ALTP2M_PAGE_SIZE, "a table is a page");
_Static_assert(SLOTS *COUNT_ONE <= COUNT_MASK && LEVELS_MOST <= LEVEL_MASK, "both fit");

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

static struct altp2m_remap_slot *by_source(const struct altp2m_domain *d)
{
    return (struct altp2m_remap_slot *)&d->remaps.trees[0];
}

static struct altp2m_remap_slot *by_target(const struct altp2m_domain *d)
{
    return (struct altp2m_remap_slot *)&d->remaps.trees[1];
}

/* Level of the table that the slot leads to: the table distinguishes gfns by the LEVEL_BITS from
 * here on. */
static unsigned int shift(const struct altp2m_remap_slot *slot)
{
    return ((slot->table & LEVEL_MASK) - 1) * LEVEL_BITS;
}

static bool is_table(const struct altp2m_remap_slot *slot)
{
    return slot->table & LEVEL_MASK;
}

static struct altp2m_remap_slot *below(const struct altp2m_remap_slot *slot, uint64_t gfn)
{
    struct altp2m_remap_slot *table =
        (struct altp2m_remap_slot *)(slot->table & ~(uintptr_t)(ALTP2M_PAGE_SIZE - 1));

    return &table[(gfn >> shift(slot)) % SLOTS];
}

/* Does the list or table that the slot leads to have a place for the gfn? */
static bool has_place(const struct altp2m_remap_slot *slot, uint64_t gfn)
{
    uint64_t apart = slot->gfn ^ gfn;

    return is_table(slot) ? !(apart >> shift(slot) >> LEVEL_BITS) : !slot->list || !apart;
}

/*
 * The slots on the way to the gfn's place, as far as there are any. Returns the number of the last.
 */
static unsigned int descend(struct altp2m_remap_slot *root, uint64_t gfn,
                            struct altp2m_remap_slot *way[LEVELS_MOST + 1])
{
    unsigned int depth = 0;

    for (way[0] = root; is_table(way[depth]) && has_place(way[depth], gfn); depth++)
        way[depth + 1] = below(way[depth], gfn);
    return depth;
}

static unsigned int tables_missing(struct altp2m_remap_slot *root, uint64_t gfn)
{
    struct altp2m_remap_slot *way[LEVELS_MOST + 1];

    return !has_place(way[descend(root, gfn, way)], gfn);
}

static struct remap_link *list_find(const struct altp2m_remap_slot *slot, uint64_t gfn)
{
    while (is_table(slot))
        slot = below(slot, gfn);
    return slot->gfn == gfn ? slot->list : NULL;
}

/* Put a table between the slot and the list or table that it leads to. The new table has a place
 * for the gfn as well. */
static void part(struct altp2m_remap_slot *slot, uint64_t gfn, void *page)
{
    const struct altp2m_remap_slot old = *slot;
    unsigned int level = (63 - (unsigned int)__builtin_clzll(old.gfn ^ gfn)) / LEVEL_BITS;

    slot->table = (uintptr_t)table_clear(page) | (level + 1) | COUNT_ONE;
    *below(slot, old.gfn) = old;
    if (!is_table(&old))
        old.list->from = &below(slot, old.gfn)->list;
}

/* Find or make the gfn's list, with the table that it needs. The caller then adds to it. */
static struct remap_link **list_make(struct altp2m_remap_slot *root, uint64_t gfn,
                                     struct reserve *r)
{
    struct altp2m_remap_slot *way[LEVELS_MOST + 1];
    unsigned int depth = descend(root, gfn, way);
    struct altp2m_remap_slot *slot = way[depth], *above = depth ? way[depth - 1] : NULL;

    if (!has_place(slot, gfn)) {
        part(slot, gfn, reserve_take(r));
        above = slot;
        slot = below(slot, gfn);
    }
    if (above && !slot->list)
        above->table += COUNT_ONE;
    slot->gfn = gfn;
    return &slot->list;
}

/* If the gfn's list has become empty, free the tables that no other list needs. */
static void release_if_empty(const struct altp2m_domain *d, struct altp2m_remap_slot *root,
                             uint64_t gfn)
{
    struct altp2m_remap_slot *way[LEVELS_MOST + 1];
    unsigned int depth = descend(root, gfn, way);

    if (way[depth]->list)
        return;
    while (depth-- && !((way[depth]->table -= COUNT_ONE) & COUNT_MASK)) {
        page_free(d, (void *)(way[depth]->table & ~LEVEL_MASK));
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
    return !d->remaps.with_room + tables_missing(by_source(d), gfn) +
           remaps_pages_for_target(d, target);
}

unsigned int remaps_pages_for_target(const struct altp2m_domain *d, uint64_t target)
{
    return tables_missing(by_target(d), target);
}

unsigned int remaps_pages_for_clone(unsigned int count)
{
    return (unsigned int)((count + NODES_PER_PAGE - 1) / NODES_PER_PAGE);
}

struct remap *remap_find(const struct altp2m_domain *d, unsigned int view, uint64_t gfn)
{
    for (struct remap_link *link = list_find(by_source(d), gfn); link; link = link->next)
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
    link_add(list_make(by_source(d), gfn, r), &node->at_source);
    link_add(list_make(by_target(d), target, r), &node->at_target);
    link_add(&d->views[view].remap_list, &node->in_view);
}

/* Free the old list's table last: the count of reserved pages assumes that it exists. */
void remap_retarget(struct altp2m_domain *d, struct remap *node, uint64_t target, struct reserve *r)
{
    uint64_t before = node->target;
    struct remap_link **list;

    if (before == target)
        return;
    list = list_make(by_target(d), target, r);
    link_remove(&node->at_target);
    node->target = target;
    link_add(list, &node->at_target);
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

static void each_in_list(struct altp2m_domain *d, const struct altp2m_remap_slot *slot,
                         const struct range *range)
{
    if (slot->gfn < range->first || slot->gfn > range->last)
        return;
    for (const struct remap_link *link = slot->list; link; link = link->next)
        range->each(d, NODE(link, at_target));
}

/* Five deep at most. */
static void each_below(struct altp2m_domain *d, const struct altp2m_remap_slot *slot,
                       const struct range *range)
{
    if (!is_table(slot)) {
        each_in_list(d, slot, range);
        return;
    }

    uint64_t size = UINT64_C(1) << shift(slot), covers = size << LEVEL_BITS;
    uint64_t base = slot->gfn & ~(covers - 1), last = base + covers - 1;
    uint64_t gfn = range->first > base ? range->first : base;
    for (last = range->last < last ? range->last : last; gfn <= last; gfn = (gfn | (size - 1)) + 1)
        each_below(d, below(slot, gfn), range);
}

void remaps_each_target(struct altp2m_domain *d, uint64_t first, uint64_t end,
                        void (*each)(struct altp2m_domain *d, const struct remap *remap))
{
    const struct range range = {first, end - 1, each};

    each_below(d, by_target(d), &range);
}
