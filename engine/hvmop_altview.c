/* SPDX-License-Identifier: BSD-2-Clause */
/* altview's own sub-operations: <altview/hvmop.h>. */
#include "hvmop.h"

long hvmop_altview_set_vmfunc(struct hvmop_call *c)
{
    const struct altview_set_vmfunc *args = &c->op.altview.u.altview_set_vmfunc;
    struct altp2m_vcpu *vcpu = hvmop_vcpu(c->d, args->vcpu_id);

    if (args->pad[0] || args->pad[1] || args->pad[2] || !vcpu)
        return -XEN_EINVAL;
    altp2m_set_vmfunc(c->d, vcpu, args->enable);
    return 0;
}

_Static_assert((int)ALTVIEW_VISIBLE == ALTP2M_VISIBLE &&
                   (int)ALTVIEW_VISIBLE_TO_SOME == ALTP2M_VISIBLE_TO_SOME,
               "one number each");

static uint32_t vcpus_in(const struct altp2m_domain *d, unsigned int view)
{
    uint32_t count = 0;

    for (unsigned int i = 0; i < d->config.vcpu_count; i++)
        count += d->config.vcpus[i].view == view;
    return count;
}

long hvmop_altview_view_info(struct hvmop_call *c)
{
    struct altview_view_info *args = &c->op.altview.u.altview_view_info;
    unsigned int view = args->view;

    if (args->pad)
        return -XEN_EINVAL;
    if (view >= c->d->config.view_count)
        return -XEN_ERANGE;
    *args = (struct altview_view_info){.view = (uint16_t)view};
    if (!altp2m_view_is_live(c->d, view))
        return 0;

    const struct altp2m_view *v = &c->d->views[view_slot(view)];
    altp2m_quiesce(c->d);
    args->live = 1;
    args->visible = (uint8_t)altp2m_view_visibility(c->d, view);
    args->default_access = v->default_access;
    args->overrides = v->overrides;
    args->remaps = v->remaps;
    args->table_pages = v->table_pages;
    args->vcpus = vcpus_in(c->d, view);
    return 0;
}

long hvmop_altview_exit_count(struct hvmop_call *c)
{
    struct altview_exit_count *args = &c->op.altview.u.altview_exit_count;
    const struct altp2m_host *host = &c->d->host;

    if (!host->exit_count)
        return -XEN_EOPNOTSUPP;
    return host->exit_count(host->context, args->vcpu_id, args->reason, &args->count);
}

long hvmop_altview_clone_view(struct hvmop_call *c)
{
    struct altview_clone_view *args = &c->op.altview.u.altview_clone_view;

    return args->pad ? -XEN_EINVAL : altp2m_view_clone(c->d, args->from, &args->view);
}

/* `vcpu` NULL: all. */
static int hide_or_show(struct hvmop_call *c, struct altp2m_vcpu *vcpu)
{
    const struct altview_set_visibility *args = &c->op.altview.u.altview_set_visibility;

    if (args->evict_to != ALTVIEW_EVICT_NONE)
        return args->visible ? -XEN_EINVAL : altp2m_evict(c->d, vcpu, args->view, args->evict_to);
    return vcpu ? altp2m_set_visibility_for(c->d, vcpu, args->view, args->visible)
                : altp2m_set_visibility(c->d, args->view, args->visible);
}

long hvmop_altview_set_visibility(struct hvmop_call *c)
{
    const struct altview_set_visibility *args = &c->op.altview.u.altview_set_visibility;
    struct altp2m_vcpu *vcpu = hvmop_vcpu(c->d, args->vcpu_id);

    if (args->pad1 || args->pad2[0] || args->pad2[1] || args->pad2[2] ||
        (!vcpu && args->vcpu_id != ALTVIEW_VCPU_ALL))
        return -XEN_EINVAL;
    return hide_or_show(c, vcpu);
}
