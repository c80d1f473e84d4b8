/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which views a vCPU may reach with VMFUNC. Each vCPU has its own visible list, the page whose
 * address is in its VMCS. An entry of it is that of the master list, or invalid.
 */
#include "engine.h"

uint64_t altp2m_visible_list_address(const struct altp2m_domain *d, const struct altp2m_vcpu *vcpu)
{
    return table_phys(d, vcpu->visible_list);
}

bool altp2m_view_is_visible_to(const struct altp2m_domain *d, const struct altp2m_vcpu *vcpu,
                               unsigned int view)
{
    return view < d->config.view_count && vcpu->visible_list[view_slot(view)] != ROOT_INVALID;
}

bool altp2m_view_is_visible(const struct altp2m_domain *d, unsigned int view)
{
    const struct altp2m_vcpu *vcpu = d->config.vcpus, *end = vcpu + d->config.vcpu_count;

    while (vcpu < end && vcpu->visible_list[view_slot(view)] != ROOT_INVALID)
        vcpu++;
    return vcpu == end && view < d->config.view_count;
}

enum altp2m_visibility altp2m_view_visibility(const struct altp2m_domain *d, unsigned int view)
{
    for (unsigned int i = 0; i < d->config.vcpu_count; i++)
        if (altp2m_view_is_visible_to(d, &d->config.vcpus[i], view))
            return altp2m_view_is_visible(d, view) ? ALTP2M_VISIBLE : ALTP2M_VISIBLE_TO_SOME;
    return ALTP2M_HIDDEN;
}

static void list_for_all(struct altp2m_domain *d, unsigned int view, uint64_t eptp)
{
    struct altp2m_vcpu *vcpu = d->config.vcpus, *end = vcpu + d->config.vcpu_count;

    for (; vcpu < end; vcpu++)
        list_write(d, &vcpu->visible_list[view], eptp);
}

void view_list(struct altp2m_domain *d, unsigned int view, uint64_t eptp)
{
    list_write(d, &d->master_list[view], eptp);
    list_for_all(d, view, eptp);
}

/* Xen: p2m_set_altp2m_view_visibility. */
int altp2m_set_visibility(struct altp2m_domain *d, unsigned int view, bool visible)
{
    unsigned int slot = view_slot(view);

    if (view >= d->config.view_count || d->master_list[slot] == ROOT_INVALID)
        return -XEN_EINVAL;
    list_for_all(d, slot, visible ? d->master_list[slot] : ROOT_INVALID);
    return 0;
}

int altp2m_set_visibility_for(struct altp2m_domain *d, struct altp2m_vcpu *vcpu, unsigned int view,
                              bool visible)
{
    unsigned int slot = view_slot(view);

    if (view >= d->config.view_count || d->master_list[slot] == ROOT_INVALID)
        return -XEN_EINVAL;
    list_write(d, &vcpu->visible_list[slot], visible ? d->master_list[slot] : ROOT_INVALID);
    return 0;
}

/* A vCPU that only visits the view for an instruction executes that instruction in `to`, and then
 * goes home. */
static void evict(struct altp2m_domain *d, struct altp2m_vcpu *vcpu, unsigned int view,
                  unsigned int to)
{
    list_write(d, &vcpu->visible_list[view], ROOT_INVALID);
    if (vcpu->home == view)
        vcpu->home = (uint16_t)to;
    if (vcpu->view == view)
        vcpu_enter(d, vcpu, to);
}

void view_evict_all(struct altp2m_domain *d, unsigned int view, unsigned int to)
{
    for (unsigned int i = 0; i < d->config.vcpu_count; i++)
        evict(d, &d->config.vcpus[i], view, to);
}

int altp2m_evict(struct altp2m_domain *d, struct altp2m_vcpu *vcpu, unsigned int view,
                 unsigned int to)
{
    bool visible = vcpu ? altp2m_view_is_visible_to(d, vcpu, to) : altp2m_view_is_visible(d, to);

    if (!altp2m_view_is_live(d, view) || !visible || to == view)
        return -XEN_EINVAL;
    view = view_slot(view);
    to = view_slot(to);
    altp2m_quiesce(d);
    if (vcpu)
        evict(d, vcpu, view, to);
    else
        view_evict_all(d, view, to);
    return 0;
}
