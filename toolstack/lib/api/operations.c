/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls that Xen has operations for, too. */
#include "../handle.h"

int altview_set_active(altview *h, bool on)
{
    union altp2m_arguments a = {.op.u.domain_state.state = on};

    return ask_altp2m(h, HVMOP_altp2m_set_domain_state, &a, &(struct about){0});
}

int altview_create_view(altview *h, unsigned int access, unsigned int *view)
{
    union altp2m_arguments a = {.op.u.view.hvmmem_default_access = narrow(access)};
    const struct about about = {.has = ABOUT_ACCESS | ABOUT_SLOT, .access = access};
    int rc = ask_altp2m(h, HVMOP_altp2m_create_p2m, &a, &about);

    if (!rc) {
        *view = a.op.u.view.view;
    }
    return rc;
}

int altview_destroy_view(altview *h, unsigned int view)
{
    union altp2m_arguments a = {.op.u.view.view = narrow(view)};
    const struct about about = {.has = ABOUT_VIEW | ABOUT_UNUSED, .view = view};

    return ask_altp2m(h, HVMOP_altp2m_destroy_p2m, &a, &about);
}

int altview_switch_to_view(altview *h, unsigned int view)
{
    union altp2m_arguments a = {.op.u.view.view = narrow(view)};
    const struct about about = {.has = ABOUT_VIEW | ABOUT_VISIBLE, .view = view};

    return ask_altp2m(h, HVMOP_altp2m_switch_p2m, &a, &about);
}

int altview_set_visibility(altview *h, unsigned int view, bool visible)
{
    union altp2m_arguments a = {
        .op.u.set_visibility = {.altp2m_idx = narrow(view), .visible = visible}};
    const struct about about = {.has = ABOUT_VIEW, .view = view};

    return ask_altp2m(h, HVMOP_altp2m_set_visibility, &a, &about);
}

int altview_set_visibility_for(altview *h, unsigned int vcpu, unsigned int view, bool visible)
{
    union altp2m_arguments a = {.own.u.set_visibility = {.view = narrow(view),
                                                         .visible = visible,
                                                         .vcpu_id = vcpu,
                                                         .evict_to = ALTVIEW_EVICT_NONE}};
    const struct about about = {.has = ABOUT_VCPU | ABOUT_VIEW, .vcpu = vcpu, .view = view};

    return ask_altp2m(h, HVMOP_altview_set_visibility, &a, &about);
}

int altview_evict(altview *h, unsigned int vcpu, unsigned int view, unsigned int to)
{
    union altp2m_arguments a = {
        .own.u.set_visibility = {.view = narrow(view), .vcpu_id = vcpu, .evict_to = narrow(to)}};
    const struct about about = {
        .has = ABOUT_VCPU | ABOUT_VIEW | ABOUT_EVICT, .vcpu = vcpu, .view = view, .to = to};

    return ask_altp2m(h, HVMOP_altview_set_visibility, &a, &about);
}

int altview_remap(altview *h, unsigned int view, uint64_t gfn, uint64_t target)
{
    union altp2m_arguments a = {
        .op.u.change_gfn = {.view = narrow(view), .old_gfn = gfn, .new_gfn = target}};
    const struct about about = {
        .has = ABOUT_VIEW | ABOUT_GFN | (target == ALTVIEW_NO_GFN ? 0 : ABOUT_TARGET),
        .view = view,
        .gfn = gfn,
        .nr = 1,
        .target = target,
    };

    return ask_altp2m(h, HVMOP_altp2m_change_gfn, &a, &about);
}

int altview_set_suppress_ve(altview *h, unsigned int view, uint64_t gfn, bool suppress)
{
    union altp2m_arguments a = {
        .op.u.suppress_ve = {.view = narrow(view), .suppress_ve = suppress, .gfn = gfn}};
    const struct about about = {.has = ABOUT_VIEW | ABOUT_GFN, .view = view, .gfn = gfn, .nr = 1};

    return ask_altp2m(h, HVMOP_altp2m_set_suppress_ve, &a, &about);
}

int altview_set_vmfunc(altview *h, unsigned int vcpu, bool on)
{
    union altp2m_arguments a = {.own.u.set_vmfunc = {.vcpu_id = vcpu, .enable = on}};
    const struct about about = {.has = ABOUT_VCPU, .vcpu = vcpu};

    return ask_altp2m(h, HVMOP_altview_set_vmfunc, &a, &about);
}

int altview_clone_view(altview *h, unsigned int from, unsigned int *view)
{
    union altp2m_arguments a = {.own.u.clone_view.from = narrow(from)};
    const struct about about = {.has = ABOUT_VIEW | ABOUT_SLOT, .view = from};
    int rc = ask_altp2m(h, HVMOP_altview_clone_view, &a, &about);

    if (!rc) {
        *view = a.own.u.clone_view.view;
    }
    return rc;
}
