/* SPDX-License-Identifier: BSD-2-Clause */
/* xc_altp2m_*, except the two on many gfns. altview's own interface has half of them. */
#include "xc.h"

#include <errno.h>

int xc_altp2m_get_domain_state(xc_interface *handle, uint32_t dom, bool *state)
{
    union altp2m_arguments a = {.op.cmd = 0};
    int rc = xc_altp2m(handle, dom, HVMOP_altp2m_get_domain_state, &a, &(struct about){0});

    if (!rc) {
        *state = a.op.u.domain_state.state;
    }
    return rc;
}

int xc_altp2m_set_domain_state(xc_interface *handle, uint32_t dom, bool state)
{
    altview *h = xc_domain(handle, dom);

    return h ? xc_result(altview_set_active(h, state)) : -1;
}

int xc_altp2m_set_vcpu_enable_notify(xc_interface *handle, uint32_t domid, uint32_t vcpuid,
                                     xen_pfn_t gfn)
{
    static const struct hint hints[] = {
        {EEXIST, "#VE is on for that vCPU already: disable it first"},
        {EINVAL, "the gfn of the #VE information page is not plain RAM"},
        {0, NULL},
    };
    union altp2m_arguments a = {.op.u.enable_notify = {.vcpu_id = vcpuid, .gfn = gfn}};
    const struct about about = {
        .has = ABOUT_VCPU | ABOUT_GFN, .vcpu = vcpuid, .gfn = gfn, .nr = 1, .hints = hints};

    return xc_altp2m(handle, domid, HVMOP_altp2m_vcpu_enable_notify, &a, &about);
}

int xc_altp2m_set_vcpu_disable_notify(xc_interface *handle, uint32_t domid, uint32_t vcpuid)
{
    union altp2m_arguments a = {.op.u.disable_notify.vcpu_id = vcpuid};
    const struct about about = {.has = ABOUT_VCPU, .vcpu = vcpuid};

    return xc_altp2m(handle, domid, HVMOP_altp2m_vcpu_disable_notify, &a, &about);
}

int xc_altp2m_create_view(xc_interface *handle, uint32_t domid, xenmem_access_t default_access,
                          uint16_t *view_id)
{
    altview *h = xc_domain(handle, domid);
    unsigned int view;
    int rc = h ? xc_result(altview_create_view(h, default_access, &view)) : -1;

    if (!rc) {
        *view_id = (uint16_t)view;
    }
    return rc;
}

int xc_altp2m_destroy_view(xc_interface *handle, uint32_t domid, uint16_t view_id)
{
    altview *h = xc_domain(handle, domid);

    return h ? xc_result(altview_destroy_view(h, view_id)) : -1;
}

int xc_altp2m_switch_to_view(xc_interface *handle, uint32_t domid, uint16_t view_id)
{
    altview *h = xc_domain(handle, domid);

    return h ? xc_result(altview_switch_to_view(h, view_id)) : -1;
}

int xc_altp2m_set_suppress_ve(xc_interface *handle, uint32_t domid, uint16_t view_id, xen_pfn_t gfn,
                              bool sve)
{
    altview *h = xc_domain(handle, domid);

    return h ? xc_result(altview_set_suppress_ve(h, view_id, gfn, sve)) : -1;
}

int xc_altp2m_get_suppress_ve(xc_interface *handle, uint32_t domid, uint16_t view_id, xen_pfn_t gfn,
                              bool *sve)
{
    union altp2m_arguments a = {.op.u.suppress_ve = {.view = view_id, .gfn = gfn}};
    const struct about about = {
        .has = ABOUT_VIEW | ABOUT_GFN, .view = view_id, .gfn = gfn, .nr = 1};
    int rc = xc_altp2m(handle, domid, HVMOP_altp2m_get_suppress_ve, &a, &about);

    if (!rc) {
        *sve = a.op.u.suppress_ve.suppress_ve;
    }
    return rc;
}

int xc_altp2m_set_mem_access(xc_interface *handle, uint32_t domid, uint16_t view_id, xen_pfn_t gfn,
                             xenmem_access_t access)
{
    union altp2m_arguments a = {
        .op.u.mem_access = {.view = view_id, .access = narrow(access), .gfn = gfn}};
    const struct about about = {.has = ABOUT_VIEW | ABOUT_ACCESS | ABOUT_GFN,
                                .view = view_id,
                                .access = access,
                                .gfn = gfn,
                                .nr = 1};

    return xc_altp2m(handle, domid, HVMOP_altp2m_set_mem_access, &a, &about);
}

int xc_altp2m_get_mem_access(xc_interface *handle, uint32_t domid, uint16_t view_id, xen_pfn_t gfn,
                             xenmem_access_t *access)
{
    union altp2m_arguments a = {.op.u.mem_access = {.view = view_id, .gfn = gfn}};
    const struct about about = {
        .has = ABOUT_VIEW | ABOUT_GFN, .view = view_id, .gfn = gfn, .nr = 1};
    int rc = xc_altp2m(handle, domid, HVMOP_altp2m_get_mem_access, &a, &about);

    if (!rc) {
        *access = (xenmem_access_t)a.op.u.mem_access.access;
    }
    return rc;
}

int xc_altp2m_change_gfn(xc_interface *handle, uint32_t domid, uint16_t view_id, xen_pfn_t old_gfn,
                         xen_pfn_t new_gfn)
{
    altview *h = xc_domain(handle, domid);

    return h ? xc_result(altview_remap(h, view_id, old_gfn, new_gfn)) : -1;
}

int xc_altp2m_get_vcpu_p2m_idx(xc_interface *handle, uint32_t domid, uint32_t vcpuid,
                               uint16_t *p2midx)
{
    union altp2m_arguments a = {.op.u.get_vcpu_p2m_idx.vcpu_id = vcpuid};
    const struct about about = {.has = ABOUT_VCPU, .vcpu = vcpuid};
    int rc = xc_altp2m(handle, domid, HVMOP_altp2m_get_p2m_idx, &a, &about);

    if (!rc) {
        *p2midx = a.op.u.get_vcpu_p2m_idx.altp2m_idx;
    }
    return rc;
}

/* In mixed mode this does not protect: the guest can make the view visible again. */
int xc_altp2m_set_visibility(xc_interface *handle, uint32_t domid, uint16_t view_id, bool visible)
{
    altview *h = xc_domain(handle, domid);

    return h ? xc_result(altview_set_visibility(h, view_id, visible)) : -1;
}
