/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ending views: one, or all when altp2m is turned off. After the first call no vCPU is in the view,
 * and no caller finds it. Freeing the view's tables and remaps may take many calls.
 */
#include "engine.h"

/* Remaps and tables that a call frees. Tests use a smaller number. */
#ifndef ALTP2M_BATCH
#define ALTP2M_BATCH 1024
#endif

void view_end(struct altp2m_domain *d, unsigned int index)
{
    struct altp2m_view *v = &d->views[index];

    moves_begin(d);
    flush(d, entry_root(d, v->root));
    v->dying = v->root;
    v->root = NULL;
    view_mark(d->existing, index, false);
}

static bool free_remaps(struct altp2m_domain *d, struct altp2m_view *v, unsigned int *budget)
{
    for (; v->remap_list && *budget; --*budget, v->remaps--)
        remap_remove(d, remap_first(v));
    return !v->remap_list;
}

static bool free_tables(struct altp2m_domain *d, struct altp2m_view *v, uint64_t *table,
                        unsigned int level, uint64_t gfn, unsigned int *budget);

/* The table below the slot, and those below that. */
static bool free_table(struct altp2m_domain *d, struct altp2m_view *v, uint64_t *slot,
                       unsigned int level, uint64_t gfn, unsigned int *budget)
{
    uint64_t *below = entry_table(d, *slot);

    if (level > 1 && !free_tables(d, v, below, level - 1, gfn, budget))
        return false;
    if (!*budget)
        return false;
    --*budget;
    presence_add(d, level - 1, gfn, -1);
    page_free(d, below);
    v->table_pages--;
    *slot = ENTRY_EMPTY;
    return true;
}

static bool free_tables(struct altp2m_domain *d, struct altp2m_view *v, uint64_t *table,
                        unsigned int level, uint64_t gfn, unsigned int *budget)
{
    /* If only the root is left, there is nothing more to free. */
    for (unsigned int i = 0; v->table_pages > 1 && i < ALTP2M_ENTRIES;
         i++, gfn += level_pages(level))
        if (entry_is_own_table(table[i]) && !free_table(d, v, &table[i], level, gfn, budget))
            return false;
    return true;
}

bool view_free(struct altp2m_domain *d, unsigned int index, unsigned int *budget)
{
    struct altp2m_view *v = &d->views[index];

    if (!free_remaps(d, v, budget) || !free_tables(d, v, v->dying, LEVEL_ROOT, 0, budget))
        return false;
    page_free(d, v->dying);
    view_mark(d->taken, index, false);
    *v = (struct altp2m_view){.root = NULL};
    return true;
}

/* Does a vCPU use it: is in it, or will come back to it? */
static bool in_use(const struct altp2m_domain *d, unsigned int view)
{
    const struct altp2m_vcpu *vcpu = d->config.vcpus, *end = vcpu + d->config.vcpu_count;

    while (vcpu < end && vcpu->view != view && !(vcpu->away && vcpu->home == view))
        vcpu++;
    return vcpu < end;
}

static void begin_to_destroy(struct altp2m_domain *d, unsigned int view)
{
    static const char no_name[ALTP2M_NAME_SIZE];

    view_list(d, view, ROOT_INVALID);
    if (d->policies)
        policy_forget(d, view);
    __builtin_memcpy(d->views[view].name, no_name, sizeof(no_name));
    d->views[view].violations = 0;
    view_end(d, view);
}

/* -EBUSY for every error: Xen p2m_destroy_altp2m_by_id. */
int altp2m_view_destroy(struct altp2m_domain *d, unsigned int view)
{
    unsigned int budget = ALTP2M_BATCH, slot = view_slot(view);
    bool goes_on = view < d->config.view_count && d->views[slot].dying;

    if (!goes_on) {
        if (!view || !altp2m_view_is_live(d, view))
            return -XEN_EBUSY;
        altp2m_quiesce(d);
        if (in_use(d, view))
            return -XEN_EBUSY;
        begin_to_destroy(d, slot);
    }
    return view_free(d, slot, &budget) ? 0 : -ALTP2M_ERESTART;
}

int altp2m_view_retire(struct altp2m_domain *d, unsigned int view)
{
    unsigned int slot = view_slot(view);

    if (!view || !altp2m_view_is_live(d, view))
        return -XEN_EINVAL;
    altp2m_quiesce(d);
    view_evict_all(d, slot, 0);
    begin_to_destroy(d, slot);
    return 0;
}

/* A remap is an altp2m matter; access settings of view 0 are the host's and outlive altp2m. */
static bool drop_remaps(struct altp2m_domain *d, unsigned int *budget)
{
    struct altp2m_view *v = &d->views[0];

    for (; v->remap_list && *budget; --*budget) {
        struct path p;
        path_walk(d, v, remap_first(v)->gfn, &p);
        override_drop(d, v, &p);
    }
    return !v->remap_list;
}

static void deactivate(struct altp2m_domain *d)
{
    static const char no_name[ALTP2M_NAME_SIZE];

    altp2m_quiesce(d);
    d->active = false;
    d->ending = true;
    for (unsigned int i = 0; i < d->config.vcpu_count; i++)
        vcpu_reset(d, &d->config.vcpus[i]);
    for (unsigned int i = view_next(d, 1); i < ALTP2M_MAX_VIEWS; i = view_next(d, i + 1))
        begin_to_destroy(d, i);
    policy_forget(d, 0);
    altp2m_view_set_name(d, 0, no_name);
    d->views[0].violations = 0;
    view_list(d, 0, ROOT_INVALID);
}

/* The tables and remaps that altp2m has left. */
static bool clear_away(struct altp2m_domain *d)
{
    unsigned int budget = ALTP2M_BATCH;

    for (unsigned int i = view_next_dying(d, 1); i < ALTP2M_MAX_VIEWS;
         i = view_next_dying(d, i + 1))
        if (!view_free(d, i, &budget))
            return false;
    d->ending = !drop_remaps(d, &budget);
    return !d->ending;
}

int altp2m_set_active(struct altp2m_domain *d, bool on)
{
    if (d->active && !on)
        deactivate(d);
    if (d->ending && !clear_away(d))
        return -ALTP2M_ERESTART;
    if (on && !d->active) {
        view_publish(d, 0);
        d->active = true;
    }
    return 0;
}

uint64_t altp2m_left(const struct altp2m_domain *d)
{
    uint64_t left = d->ending ? d->views[0].remaps : 0;

    for (unsigned int i = view_next_dying(d, 1); i < ALTP2M_MAX_VIEWS;
         i = view_next_dying(d, i + 1))
        left += d->views[i].remaps + d->views[i].table_pages;
    return left;
}
