/* SPDX-License-Identifier: BSD-2-Clause */
/* Creating and retiring views, and moving vCPUs between them. */
#include "engine.h"

uint64_t altp2m_view_eptp(const struct altp2m_domain *d, unsigned int view)
{
    return entry_root(d, d->views[view].root);
}

/* Runs without the lock, while other views may begin and end. The view that it looks for stays. It
 * only reads the others. */
unsigned int altp2m_view_by_eptp(const struct altp2m_domain *d, uint64_t eptp)
{
    if (eptp == altp2m_view_eptp(d, 0))
        return 0;
    unsigned int view = view_next(d, 1);

    while (view < ALTP2M_MAX_VIEWS && entry_read(&d->master_list[view]) != eptp)
        view = view_next(d, view + 1);
    return view;
}

/* A complete view: its own root, with all tables below shared with the base. */
void view_init(struct altp2m_domain *d, unsigned int index, unsigned int access, uint64_t *root)
{
    struct altp2m_view *v = &d->views[index];

    *v = (struct altp2m_view){
        .root = root,
        .table_pages = 1,
        .default_access = (uint8_t)access,
        .default_rights = (uint8_t)access_rights(&d->config, access),
        .born = d->writes, /* which grows when the view is published */
    };
    table_copy(root, d->base);
    if (v->default_rights != ALTP2M_RWX)
        view_mirror_table(d, v, root,
                          index_of((UINT64_C(1) << d->config.gfn_bits) - 1, LEVEL_ROOT) + 1);
    view_mark(d->taken, index, true);
    view_mark(d->existing, index, true);
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

/* Xen: p2m_switch_domain_altp2m_by_id. */
int altp2m_switch_all(struct altp2m_domain *d, unsigned int view)
{
    if (!altp2m_view_is_visible(d, view))
        return -XEN_EINVAL;
    altp2m_quiesce(d);
    for (unsigned int i = 0; i < d->config.vcpu_count; i++)
        altp2m_vcpu_enter(d, &d->config.vcpus[i], view);
    return 0;
}

int altp2m_vcpu_enter(struct altp2m_domain *d, struct altp2m_vcpu *vcpu, unsigned int view)
{
    if (!view_get(d, view))
        return -XEN_EINVAL;
    vcpu->away = false;
    vcpu_enter(d, vcpu, view);
    return 0;
}

int altp2m_vcpu_go_away(struct altp2m_domain *d, struct altp2m_vcpu *vcpu, unsigned int view)
{
    if (!view_get(d, view))
        return -XEN_EINVAL;
    if (!vcpu->away)
        vcpu->home = vcpu->view;
    vcpu->away = true;
    vcpu_enter(d, vcpu, view);
    return 0;
}

void altp2m_vcpu_come_home(struct altp2m_domain *d, struct altp2m_vcpu *vcpu)
{
    if (vcpu->away)
        vcpu_enter(d, vcpu, vcpu->home);
    vcpu->away = false;
}
