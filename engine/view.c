/* SPDX-License-Identifier: BSD-2-Clause */
/* Views come and go, vCPUs move between them. */
#include "engine.h"

bool altp2m_view_is_live(const struct altp2m_domain *d, unsigned int view)
{
    return view < d->config.view_count && d->master_list[view_slot(view)] != EPTP_INVALID;
}

/* The lowest bit set in the words of `existing`, each inverted by `invert`, from `from` upwards. */
static unsigned int next_bit(const struct altp2m_domain *d, unsigned int from, uint64_t invert)
{
    uint64_t below = (UINT64_C(1) << from % 64) - 1;

    for (unsigned int word = from / 64; word < ALTP2M_MAX_VIEWS / 64; word++, below = 0) {
        uint64_t existing = __atomic_load_n(&d->existing[word], __ATOMIC_RELAXED);
        uint64_t bits = (existing ^ invert) & ~below;
        if (bits)
            return word * 64 + (unsigned int)__builtin_ctzll(bits);
    }
    return ALTP2M_MAX_VIEWS;
}

unsigned int view_next(const struct altp2m_domain *d, unsigned int from)
{
    return next_bit(d, from, 0);
}

unsigned int view_next_free(const struct altp2m_domain *d, unsigned int from)
{
    return next_bit(d, from, ~UINT64_C(0));
}

static void mark(struct altp2m_domain *d, unsigned int view)
{
    uint64_t *word = &d->existing[view / 64];

    __atomic_store_n(word, *word ^ UINT64_C(1) << view % 64, __ATOMIC_RELAXED);
}

uint64_t altp2m_view_eptp(const struct altp2m_domain *d, unsigned int view)
{
    return entry_eptp(d, d->views[view].root);
}

/* Without the lock, as views come and go: the one asked for stays, the others are only looked at.
 */
unsigned int altp2m_view_by_eptp(const struct altp2m_domain *d, uint64_t eptp)
{
    if (eptp == altp2m_view_eptp(d, 0))
        return 0;
    unsigned int view = view_next(d, 1);

    while (view < ALTP2M_MAX_VIEWS && entry_read(&d->master_list[view]) != eptp)
        view = view_next(d, view + 1);
    return view;
}

void view_mirror_table(const struct altp2m_view *v, uint64_t *table, const uint64_t *base,
                       unsigned int used)
{
    struct page {
        uint64_t entry[ALTP2M_ENTRIES];
    };

    *(struct page *)table = *(const struct page *)base;
    if (v->default_rights == ENTRY_RIGHTS)
        return;
    for (unsigned int i = 0; i < used; i++)
        table[i] = view_mirror(v, table[i]);
}

/* A complete view: a root of its own, everything below shared with the base. */
void view_init(struct altp2m_domain *d, unsigned int index, unsigned int access, uint64_t *root)
{
    struct altp2m_view *v = &d->views[index];

    *v = (struct altp2m_view){
        .root = root,
        .table_pages = 1,
        .default_access = (uint8_t)access,
        .default_rights = (uint8_t)access_rights(d, access),
    };
    view_mirror_table(v, root, d->base,
                      index_of((UINT64_C(1) << d->config.gfn_bits) - 1, LEVEL_ROOT) + 1);
    mark(d, index);
}

/* `count` entries of the table lead to tables of the view's own. */
static void free_own_tables(struct altp2m_domain *d, const uint64_t *table, unsigned int level,
                            uint64_t gfn, unsigned int count)
{
    for (unsigned int i = 0; count; i++, gfn += level_pages(level)) {
        if (!entry_is_own_table(table[i]))
            continue;
        count--;
        uint64_t *below = entry_table(d, table[i]);
        if (level > 1)
            free_own_tables(d, below, level - 1, gfn, entry_count(table[i]));
        presence_add(d, level - 1, gfn, -1);
        page_free(d, below);
    }
}

void view_free(struct altp2m_domain *d, unsigned int index)
{
    struct altp2m_view *v = &d->views[index];
    const struct remap *remap;

    flush(d, entry_eptp(d, v->root));
    for (unsigned int cursor = 0; v->remaps; v->remaps--) {
        remap = remaps_next(d, index, &cursor);
        remap_remove(d, index, remap->gfn);
    }
    if (v->own_entries)
        free_own_tables(d, v->root, LEVEL_ROOT, 0, v->own_entries);
    page_free(d, v->root);
    mark(d, index);
    *v = (struct altp2m_view){.root = NULL};
}

void view_publish(struct altp2m_domain *d, unsigned int index)
{
    view_list(d, index, altp2m_view_eptp(d, index));
}

int altp2m_view_create(struct altp2m_domain *d, uint16_t access, uint16_t *view)
{
    unsigned int resolved, slot = view_next_free(d, 0);

    if (!access_resolve(d, access, &resolved) || slot >= d->config.view_count)
        return -XEN_EINVAL;

    uint64_t *root = d->host.page_alloc(d->host.context);
    if (!root)
        return -XEN_ENOMEM;
    view_init(d, slot, resolved, root);
    view_publish(d, slot);
    *view = (uint16_t)slot;
    return 0;
}

static bool in_use(const struct altp2m_domain *d, unsigned int view)
{
    for (unsigned int i = 0; i < d->config.vcpu_count; i++)
        if (d->config.vcpus[i].view == view)
            return true;
    return false;
}

static void destroy(struct altp2m_domain *d, unsigned int view)
{
    view_list(d, view, EPTP_INVALID);
    if (d->policies)
        policy_forget(d, view);
    view_free(d, view);
}

/* -EBUSY for everything that is wrong: Xen p2m_destroy_altp2m_by_id. */
int altp2m_view_destroy(struct altp2m_domain *d, unsigned int view)
{
    if (!view || !altp2m_view_is_live(d, view))
        return -XEN_EBUSY;
    altp2m_quiesce(d);
    if (in_use(d, view))
        return -XEN_EBUSY;
    destroy(d, view_slot(view));
    return 0;
}

/* Xen: p2m_switch_domain_altp2m_by_id. */
int altp2m_switch_all(struct altp2m_domain *d, unsigned int view)
{
    if (!altp2m_view_is_visible(d, view))
        return -XEN_EINVAL;
    altp2m_quiesce(d);
    for (unsigned int i = 0; i < d->config.vcpu_count; i++)
        vcpu_enter(d, &d->config.vcpus[i], view);
    return 0;
}

int altp2m_vcpu_enter(struct altp2m_domain *d, struct altp2m_vcpu *vcpu, unsigned int view)
{
    if (!view_get(d, view))
        return -XEN_EINVAL;
    vcpu_enter(d, vcpu, view);
    return 0;
}

/* A remap is an altp2m matter; access settings of view 0 are the host's and outlive altp2m. */
static void drop_remaps(struct altp2m_domain *d, unsigned int index)
{
    struct altp2m_view *v = &d->views[index];

    for (unsigned int cursor = 0; v->remaps;) {
        struct path p;
        path_walk(d, v, remaps_next(d, index, &cursor)->gfn, &p);
        override_drop(d, v, &p);
    }
}

static void deactivate(struct altp2m_domain *d)
{
    static const char no_name[ALTP2M_NAME_SIZE];

    altp2m_quiesce(d);
    d->active = false;
    for (unsigned int i = 0; i < d->config.vcpu_count; i++)
        vcpu_reset(d, &d->config.vcpus[i]);
    for (unsigned int i = view_next(d, 1); i < ALTP2M_MAX_VIEWS; i = view_next(d, i + 1))
        destroy(d, i);
    policy_forget(d, 0);
    altp2m_view_set_name(d, 0, no_name);
    d->views[0].violations = 0;
    view_list(d, 0, EPTP_INVALID);
    drop_remaps(d, 0);
}

void altp2m_set_active(struct altp2m_domain *d, bool on)
{
    if (on == d->active)
        return;
    if (!on) {
        deactivate(d);
        return;
    }
    view_publish(d, 0);
    d->active = true;
}
