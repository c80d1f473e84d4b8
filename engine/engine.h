/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of the engine that its other parts call. */
#ifndef ENGINE_H
#define ENGINE_H

#include "entry.h"

#include <xen/errno.h>
#include <xen/memory.h>

/* reserve.c: pages reserved before the operation changes anything. */
struct reserve {
    const struct altp2m_host *host;
    void *pages;
};
int reserve_fill(struct reserve *r, const struct altp2m_domain *d, uint64_t count);
void *reserve_take(struct reserve *r);
void reserve_put(struct reserve *r, void *page);
void reserve_release(struct reserve *r);

static inline void flush(const struct altp2m_domain *d, uint64_t eptp)
{
    d->host.flush(d->host.context, eptp);
}

static inline void *table_clear(void *page)
{
    for (unsigned int i = 0; i < ALTP2M_ENTRIES; i++)
        ((uint64_t *)page)[i] = 0;
    return page;
}

static inline void table_copy(uint64_t *table, const uint64_t *from)
{
    struct page {
        uint64_t entry[ALTP2M_ENTRIES];
    };

    *(struct page *)table = *(const struct page *)from;
}

static inline void page_free(const struct altp2m_domain *d, void *page)
{
    d->host.page_free(d->host.context, page);
}

/* frames.c: may entries of this type lead to `nr` frames from to.mfn on? */
bool frames_allow(const struct altp2m_domain *d, struct altp2m_mapping to, uint64_t nr);
bool frames_are_sane(const struct altp2m_config *config);

/* path.c: the regions for which views may have their own tables. */
void presence_add(struct altp2m_domain *d, unsigned int level, uint64_t gfn, int delta);
bool presence_maybe(const struct altp2m_domain *d, unsigned int level, uint64_t gfn);

/* path.c: the base's entry for the `level`-sized region that holds `gfn`. */
uint64_t base_entry_at(const struct altp2m_domain *d, uint64_t gfn, unsigned int level);
/* host.c */
void base_free(struct altp2m_domain *d);

/*
 * The index cut to the size of the arrays of views: a mispredicted check against view_count, which
 * may be less, reads nothing beyond them.
 */
static inline unsigned int view_slot(unsigned int index)
{
    return index % ALTP2M_MAX_VIEWS;
}

/* NULL unless the view is live, or 0. */
static inline struct altp2m_view *view_get(const struct altp2m_domain *d, unsigned int index)
{
    const struct altp2m_view *v = &d->views[view_slot(index)];

    return index < d->config.view_count && v->root ? (struct altp2m_view *)v : NULL;
}

/* slots.c: the lowest view at or above `from` that exists, or ALTP2M_MAX_VIEWS. A view that is
 * being destroyed no longer exists: it has no root to walk, and only view_end.c handles it. */
unsigned int view_next(const struct altp2m_domain *d, unsigned int from);
unsigned int view_next_dying(const struct altp2m_domain *d, unsigned int from);
/* The lowest slot that holds neither. */
unsigned int view_next_free(const struct altp2m_domain *d, unsigned int from);
/* In altp2m_domain.existing or taken. */
static inline void view_mark(uint64_t *words, unsigned int view, bool on)
{
    uint64_t *word = &words[view / 64], bit = UINT64_C(1) << view % 64;

    __atomic_store_n(word, on ? *word | bit : *word & ~bit, __ATOMIC_RELAXED);
}
/* view.c */
void view_init(struct altp2m_domain *d, unsigned int index, unsigned int access, uint64_t *root);
void view_publish(struct altp2m_domain *d, unsigned int index);
/* view_end.c: once no vCPU is in the view or can enter it, and the view is flushed: free up to
 * *budget of its remaps and tables, and count *budget down. True when all are freed. */
void view_end(struct altp2m_domain *d, unsigned int index);
bool view_free(struct altp2m_domain *d, unsigned int index, unsigned int *budget);
/* visibility.c: the entry of a view in all lists. */
void view_list(struct altp2m_domain *d, unsigned int view, uint64_t eptp);
/* altp2m_evict for all vCPUs, without its checks; all must be out of the guest. */
void view_evict_all(struct altp2m_domain *d, unsigned int view, unsigned int to);

static inline unsigned int view_index(const struct altp2m_domain *d, const struct altp2m_view *v)
{
    return (unsigned int)(v - d->views);
}

/* The view's copy of an entry of the base: the same, with the view's default access. */
static inline uint64_t view_mirror(const struct altp2m_domain *d, const struct altp2m_view *v,
                                   uint64_t base)
{
    return entry_restrict(d, base, v->default_rights);
}

/*
 * path.c: the slots a walk for one gfn passes in a view's own tables, root first. `bottom` is the
 * lowest level among them. 0 means that the view has its own leaf slot.
 */
struct path {
    uint64_t gfn;
    uint64_t *slot[LEVEL_ROOT + 1];
    unsigned int bottom;
};
void path_walk(const struct altp2m_domain *d, const struct altp2m_view *v, uint64_t gfn,
               struct path *p);
/* view_mirror for each of the first `used` entries; the others lead nowhere. */
void view_mirror_table(const struct altp2m_domain *d, const struct altp2m_view *v, uint64_t *table,
                       unsigned int used);
/* Fill a new table of `level - 1` with the content of the view's entry of `level`. */
void table_fill(const struct altp2m_domain *d, const struct altp2m_view *v, uint64_t *table,
                uint64_t entry, unsigned int level);
void path_extend(struct altp2m_domain *d, struct altp2m_view *v, struct path *p, struct reserve *r);
/* The view's leaf for p->gfn, from its own table or the base's, as an entry of level 0. */
uint64_t path_leaf_below(const struct altp2m_domain *d, const struct altp2m_view *v,
                         const struct path *p);
static inline uint64_t path_leaf(const struct altp2m_domain *d, const struct altp2m_view *v,
                                 const struct path *p)
{
    return p->bottom ? path_leaf_below(d, v, p) : *p->slot[0];
}
/* The same without a path; empty for a gfn out of range. */
uint64_t view_leaf(const struct altp2m_domain *d, const struct altp2m_view *v, uint64_t gfn);
/* slot[level] has begun (1) or ceased (-1) to differ from the base. */
static inline void path_count(struct altp2m_domain *d, struct altp2m_view *v, struct path *p,
                              unsigned int level, int delta)
{
    if (level == LEVEL_ROOT)
        v->own_entries += (uint32_t)delta;
    else
        entry_write(d, p->slot[level + 1], *p->slot[level + 1] + (uint64_t)delta * ENTRY_COUNT_ONE);
}
/* True if tables were freed: then the view has been flushed. */
bool path_release(struct altp2m_domain *d, struct altp2m_view *v, struct path *p);

/* override.c: a view's settings for one gfn. `leaf` is path_leaf's result for the path. */
int override_change(struct altp2m_domain *d, struct altp2m_view *v, struct path *p, uint64_t leaf,
                    unsigned int access, bool suppress);
/* The path must have been extended to the leaf. */
void override_set(struct altp2m_domain *d, struct altp2m_view *v, struct path *p, uint64_t leaf);
void override_drop(struct altp2m_domain *d, struct altp2m_view *v, struct path *p);
/* The gfn has a remap in the view, and will show its own page again. */
void override_forget_remap(struct altp2m_domain *d, const struct altp2m_view *v, uint64_t gfn);
/* Write an override again, with the base's current page for `source`: its own gfn, or the gfn that
 * it shows. */
uint64_t override_refresh(const struct altp2m_domain *d, uint64_t leaf, uint64_t source);

static inline unsigned int leaf_access(const struct altp2m_view *v, uint64_t leaf)
{
    return entry_is_override(leaf) ? entry_access(leaf) : v->default_access;
}

/* policy.c: end a view's policy, and the policies that name the view. Called only when there are
 * policies. */
void policy_forget(struct altp2m_domain *d, unsigned int view);

/* sync.c: views follow a change of the base at one entry. */
void sync_views(struct altp2m_domain *d, uint64_t gfn, unsigned int level);

/* remap_store.c: which gfn shows which, for every view. */
struct remap_link {
    struct remap_link *next, **from; /* `from`: the remaps that show it */
};
struct remap {
    struct remap_link in_view, at_source, at_target;
    uint64_t gfn, target;
    uint16_t view;
};
/* The number of pages needed to add a remap, or to make a remap show another gfn. */
unsigned int remaps_pages_needed(const struct altp2m_domain *d, uint64_t gfn, uint64_t target);
unsigned int remaps_pages_for_target(const struct altp2m_domain *d, uint64_t target);
/* The most pages needed to add `count` remaps at gfns, and of targets, that have one already. */
unsigned int remaps_pages_for_clone(unsigned int count);
struct remap *remap_find(const struct altp2m_domain *d, unsigned int view, uint64_t gfn);
/* The remaps of a view, in any order; NULL at the end. */
struct remap *remap_first(const struct altp2m_view *v);
struct remap *remap_next(const struct remap *node);
void remap_add(struct altp2m_domain *d, unsigned int view, uint64_t gfn, uint64_t target,
               struct reserve *r);
void remap_retarget(struct altp2m_domain *d, struct remap *node, uint64_t target,
                    struct reserve *r);
void remap_remove(struct altp2m_domain *d, struct remap *node);
/* Calls back for each remap whose target lies in the range. The callback must not remove it. */
void remaps_each_target(struct altp2m_domain *d, uint64_t first, uint64_t end,
                        void (*each)(struct altp2m_domain *d, const struct remap *remap));

/* Call this before a gfn of the host p2m or of a view shows another page, or none. */
static inline void moves_begin(struct altp2m_domain *d)
{
    d->moves++;
    if (d->moves_told)
        __atomic_store_n(d->moves_told, d->moves, __ATOMIC_SEQ_CST);
}

/* vcpu.c */
void vcpu_changed(const struct altp2m_domain *d, struct altp2m_vcpu *vcpu);
void vcpu_reset(struct altp2m_domain *d, struct altp2m_vcpu *vcpu);
/* `home` stays. */
static inline void vcpu_enter(const struct altp2m_domain *d, struct altp2m_vcpu *vcpu,
                              unsigned int view)
{
    if (vcpu->view == view)
        return;
    vcpu->view = (uint16_t)view_slot(view);
    vcpu_changed(d, vcpu);
}
void vcpus_check_notify(struct altp2m_domain *d);

/* step.c: the tables of a vCPU's steps. */
unsigned int step_pages(const struct altp2m_config *config);  /* for each vCPU */
unsigned int spare_pages(const struct altp2m_config *config); /* for all */
void spare_init(struct altp2m_domain *d, struct reserve *r);
void spare_free(struct altp2m_domain *d);
void step_init(struct altp2m_domain *d, struct altp2m_step *s, struct reserve *r);
void step_free(struct altp2m_domain *d, struct altp2m_step *s);

/* xenmem_access_default resolved; false if there is no such access. */
static inline bool access_resolve(const struct altp2m_domain *d, uint16_t access,
                                  unsigned int *resolved)
{
    *resolved = access == XENMEM_access_default ? d->default_access : access;
    return access <= XENMEM_access_default;
}
/* access.c */
/* One element of a list: altp2m_set_access without the checks that are the same for all. */
int access_set_one(struct altp2m_domain *d, struct altp2m_view *v, uint64_t gfn,
                   unsigned int access);

static inline bool type_is_ram(enum altp2m_type type)
{
    return type == ALTP2M_TYPE_RAM || type == ALTP2M_TYPE_SPECIAL;
}

/* 4-level tables have 48 bits of address. Xen accepts a gfn of this many bits on any CPU. */
#define GFN_BITS_MAX 36

static inline bool gfn_in_range(const struct altp2m_domain *d, uint64_t gfn)
{
    return !(gfn >> d->config.gfn_bits);
}

#endif
