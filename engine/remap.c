/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Remaps, found by where they are (to undo them) and by what they show (to follow a host change).
 * Nodes come from pages of their own; a page goes back when its last node does.
 */
#include "engine.h"

struct remap_page {
    struct remap_page *next, *previous; /* in the list of pages with room */
    struct remap *free;                 /* nodes that were in use, chained by next_source */
    unsigned int used, fresh;           /* nodes in use; nodes that ever were */
};

#define NODES_PER_PAGE ((ALTP2M_PAGE_SIZE - sizeof(struct remap_page)) / sizeof(struct remap))

_Static_assert(sizeof(struct altp2m_remaps) <= ALTP2M_PAGE_SIZE, "the buckets fit a page");

static struct remap **source_bucket(const struct altp2m_domain *d, unsigned int view, uint64_t gfn)
{
    return &d->remaps->by_source[(gfn * ALTP2M_MAX_VIEWS + view) % REMAP_BUCKETS];
}

static struct remap **target_bucket(const struct altp2m_domain *d, uint64_t target)
{
    return &d->remaps->by_target[target % REMAP_BUCKETS];
}

static struct remap_page *page_of(struct remap *node)
{
    return (struct remap_page *)((uintptr_t)node & ~(uintptr_t)(ALTP2M_PAGE_SIZE - 1));
}

unsigned int remaps_pages_needed(const struct altp2m_domain *d)
{
    return d->remaps->with_room ? 0 : 1;
}

unsigned int remaps_pages_for(unsigned int count)
{
    return (unsigned int)((count + NODES_PER_PAGE - 1) / NODES_PER_PAGE);
}

static void page_link(struct altp2m_remaps *remaps, struct remap_page *page)
{
    page->previous = NULL;
    page->next = remaps->with_room;
    if (page->next)
        page->next->previous = page;
    remaps->with_room = page;
}

static void page_unlink(struct altp2m_remaps *remaps, struct remap_page *page)
{
    if (page->next)
        page->next->previous = page->previous;
    if (page->previous)
        page->previous->next = page->next;
    else
        remaps->with_room = page->next;
}

static struct remap *node_alloc(struct altp2m_remaps *remaps)
{
    struct remap_page *page = remaps->with_room;
    struct remap *node = page->free;

    if (node)
        page->free = node->next_source;
    else
        node = (struct remap *)(page + 1) + page->fresh++;
    if (++page->used == NODES_PER_PAGE)
        page_unlink(remaps, page);
    remaps->count++;
    return node;
}

static void node_free(struct altp2m_domain *d, struct remap *node)
{
    struct remap_page *page = page_of(node);

    if (page->used-- == NODES_PER_PAGE)
        page_link(d->remaps, page);
    node->next_source = page->free;
    page->free = node;
    d->remaps->count--;
    if (!page->used) {
        page_unlink(d->remaps, page);
        page_free(d, page);
    }
}

struct remap *remap_find(const struct altp2m_domain *d, unsigned int view, uint64_t gfn)
{
    struct remap *node = *source_bucket(d, view, gfn);

    while (node && (node->gfn != gfn || node->view != view))
        node = node->next_source;
    return node;
}

static void target_link(const struct altp2m_domain *d, struct remap *node, uint64_t target)
{
    struct remap **bucket = target_bucket(d, target);

    node->target = target;
    node->next_target = *bucket;
    *bucket = node;
}

static void target_unlink(const struct altp2m_domain *d, const struct remap *node)
{
    struct remap **link = target_bucket(d, node->target);

    while (*link != node)
        link = &(*link)->next_target;
    *link = node->next_target;
}

void remap_add(struct altp2m_domain *d, unsigned int view, uint64_t gfn, uint64_t target,
               struct reserve *r)
{
    if (remaps_pages_needed(d)) {
        struct remap_page *page = reserve_take(r);
        *page = (struct remap_page){.used = 0};
        page_link(d->remaps, page);
    }

    struct remap **bucket = source_bucket(d, view, gfn);
    struct remap *node = node_alloc(d->remaps);

    *node = (struct remap){.next_source = *bucket, .gfn = gfn, .view = (uint16_t)view};
    *bucket = node;
    target_link(d, node, target);
}

void remap_remove(struct altp2m_domain *d, unsigned int view, uint64_t gfn)
{
    struct remap *node = remap_find(d, view, gfn);
    struct remap **link = source_bucket(d, view, gfn);

    while (*link != node)
        link = &(*link)->next_source;
    *link = node->next_source;
    target_unlink(d, node);
    node_free(d, node);
}

void remaps_each_target(struct altp2m_domain *d, uint64_t first, uint64_t end,
                        void (*each)(struct altp2m_domain *d, const struct remap *remap))
{
    if (!d->remaps->count)
        return;

    uint64_t buckets = end - first < REMAP_BUCKETS ? end - first : REMAP_BUCKETS;
    for (uint64_t i = 0; i < buckets; i++)
        for (const struct remap *node = *target_bucket(d, first + i); node;
             node = node->next_target)
            if (node->target >= first && node->target < end)
                each(d, node);
}

const struct remap *remaps_next(const struct altp2m_domain *d, unsigned int view,
                                unsigned int *cursor)
{
    for (; *cursor < REMAP_BUCKETS; ++*cursor)
        for (const struct remap *node = d->remaps->by_source[*cursor]; node;
             node = node->next_source)
            if (node->view == view)
                return node;
    return NULL;
}

/* Forget what the view has set for the gfn. */
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
    uint64_t pages = p->bottom + (remapped ? 0 : remaps_pages_needed(d));

    if (pages && reserve_fill(&reserve, d, pages))
        return -XEN_ENOMEM;
    if (p->bottom)
        path_extend(d, v, p, &reserve);
    if (remapped) {
        struct remap *known = remap_find(d, view, p->gfn);
        target_unlink(d, known);
        target_link(d, known, target);
    } else {
        remap_add(d, view, p->gfn, target, &reserve);
    }
    override_set(d, v, p, leaf);
    return 0;
}

/* Can the view show another page here? Also where a remap's target has gone but the host has RAM.
 */
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
    uint64_t leaf = entry_override(shown | ENTRY_REMAP, entry_settings(d, access, suppress));
    /* A remap of a remap follows the first one's target. */
    if (shown & ENTRY_REMAP)
        target = remap_find(d, view, target)->target;
    return show(d, v, &p, target, leaf);
}
