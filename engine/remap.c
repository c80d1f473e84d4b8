/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Remaps, found by where they are (to undo them) and by what they show (to follow a host change).
 * Nodes come from pages of their own; a page goes back when its last node does.
 */
#include "engine.h"

struct remap_page {
    struct remap_page *next, *previous;
    struct remap *free; /* chained by next_source */
    unsigned int used;
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

/* Pages with a free node stand at the front of the list. */
unsigned int remaps_pages_needed(const struct altp2m_domain *d)
{
    return d->remaps->pages && d->remaps->pages->free ? 0 : 1;
}

static void page_link(struct altp2m_remaps *remaps, struct remap_page *page)
{
    page->previous = NULL;
    page->next = remaps->pages;
    if (page->next)
        page->next->previous = page;
    remaps->pages = page;
}

static void page_unlink(struct altp2m_remaps *remaps, struct remap_page *page)
{
    if (page->next)
        page->next->previous = page->previous;
    if (page->previous)
        page->previous->next = page->next;
    else
        remaps->pages = page->next;
}

static void page_add(struct altp2m_remaps *remaps, struct remap_page *page)
{
    struct remap *nodes = (struct remap *)(page + 1);

    *page = (struct remap_page){.free = NULL};
    for (size_t i = 0; i < NODES_PER_PAGE; i++) {
        nodes[i].next_source = page->free;
        page->free = &nodes[i];
    }
    page_link(remaps, page);
}

static struct remap *node_alloc(struct altp2m_remaps *remaps)
{
    struct remap_page *page = remaps->pages;
    struct remap *node = page->free;

    page->free = node->next_source;
    page->used++;
    if (!page->free && page->next) {
        struct remap_page *last = page->next;
        while (last->next)
            last = last->next;
        page_unlink(remaps, page);
        last->next = page;
        page->previous = last;
        page->next = NULL;
    }
    return node;
}

static void node_free(struct altp2m_domain *d, struct remap *node)
{
    struct remap_page *page = page_of(node);

    page_unlink(d->remaps, page);
    if (!--page->used) {
        page_free(d, page);
        return;
    }
    node->next_source = page->free;
    page->free = node;
    page_link(d->remaps, page);
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
    if (remaps_pages_needed(d))
        page_add(d->remaps, reserve_take(r));

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
    if (!d->remaps->pages)
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

/* The gfn whose host page a view shows at `gfn`: a remap of a remap follows the first one's target.
 */
static uint64_t shown_gfn(const struct altp2m_domain *d, unsigned int view, uint64_t gfn,
                          bool remapped)
{
    return remapped ? remap_find(d, view, gfn)->target : gfn;
}

static int undo(struct altp2m_domain *d, struct altp2m_view *v, uint64_t gfn)
{
    if (gfn_in_range(d, gfn)) {
        struct path p = path_walk(d, v, gfn);
        override_drop(d, v, &p);
    }
    return 0;
}

static int show(struct altp2m_domain *d, struct altp2m_view *v, uint64_t gfn, uint64_t target,
                uint64_t settings)
{
    struct path p = path_walk(d, v, gfn);
    struct remap *known = remap_find(d, view_index(d, v), gfn);
    struct reserve reserve;
    int rc = reserve_fill(&reserve, d, p.bottom + (known ? 0 : remaps_pages_needed(d)));

    if (rc)
        return rc;
    path_extend(d, v, &p, &reserve);
    if (known) {
        target_unlink(d, known);
        target_link(d, known, target);
    } else {
        remap_add(d, view_index(d, v), gfn, target, &reserve);
    }
    override_set(d, v, &p, leaf_refresh(d, v, settings, gfn));
    return 0;
}

/* Xen: p2m_change_altp2m_gfn. */
int altp2m_remap(struct altp2m_domain *d, unsigned int view, uint64_t gfn, uint64_t target,
                 bool suppress)
{
    if (!altp2m_view_is_live(d, view))
        return -XEN_EINVAL;

    struct altp2m_view *v = view_get(d, view);
    if (target == ALTP2M_INVALID_GFN)
        return undo(d, v, gfn);

    struct altp2m_translation from = altp2m_translate(d, view, target);
    if (!type_is_ram(from.to.type) || (!type_is_ram(altp2m_translate(d, view, gfn).to.type) &&
                                       !type_is_ram(altp2m_host_lookup(d, gfn).type)))
        return -XEN_ESRCH;

    uint64_t settings = ENTRY_OWN | ENTRY_REMAP | (uint64_t)from.access << ENTRY_ACCESS_SHIFT |
                        (suppress ? ENTRY_SET_SVE : 0);
    return show(d, v, gfn, shown_gfn(d, view, target, from.remapped), settings);
}
