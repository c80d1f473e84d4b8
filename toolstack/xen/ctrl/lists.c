/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of gfns, and of an access for each, cut into pieces that fit a frame. The first bad element
 * ends the call, and the elements before it stay done, as in Xen. */
#include "xc.h"

#include <string.h>

#define ELEMENT (sizeof(uint64_t) + sizeof(uint8_t))

struct list {
    uint16_t view;
    const uint64_t *gfns;
    const uint8_t *accesses;
    uint32_t nr;
};

/* A request: its head, and from `offset` on a piece of the list. */
union request {
    union altp2m_arguments altp2m;
    struct altview_access_list list;
    uint8_t bytes[ALTVIEW_CONTROL_MAX_PAYLOAD];
};

/* The first `nr` elements; returns where they end. */
static size_t put_elements(union request *r, size_t offset, const struct list *l, uint32_t nr)
{
    size_t accesses = offset + nr * sizeof(uint64_t);

    if (nr) {
        memcpy(r->bytes + offset, l->gfns, nr * sizeof(uint64_t));
        memcpy(r->bytes + accesses, l->accesses, nr);
    }
    return accesses + nr;
}

/* Explain an error by the first element: the domain does not tell which one it was. */
static struct about about_list(const struct list *l)
{
    return (struct about){.has = ABOUT_VIEW, .view = l->view};
}

static int set_in_view(altview *h, const struct list *l, uint32_t nr)
{
    union request r = {.bytes = {0}};
    struct xen_hvm_altp2m_set_mem_access_multi *set = &r.altp2m.op.u.set_mem_access_multi;
    const size_t offset = sizeof(r.altp2m.op);
    const struct about about = about_list(l);

    set->view = l->view;
    set->nr = nr;
    /* Guest handles are offsets into the request. */
    set_xen_guest_handle_raw(set->pfn_list, (const uint64_t *)offset);
    set_xen_guest_handle_raw(set->access_list, (const uint8_t *)(offset + nr * sizeof(uint64_t)));
    return ask_altp2m_list(h, HVMOP_altp2m_set_mem_access_multi, &r.altp2m,
                           put_elements(&r, offset, l, nr), &about);
}

static int set_in_host(altview *h, const struct list *l, uint32_t nr)
{
    union request r = {.list = {.view = 0, .nr = nr}};
    const struct about about = about_list(l);
    size_t size = put_elements(&r, sizeof(r.list), l, nr);

    return ask_in_steps(h, ALTVIEW_ACCESS_LIST, &r, size, &r.list.done, nr, &about);
}

/* Ask at least once: for an empty list too the domain checks the view. */
static int set_all(altview *h, struct list *l, size_t head,
                   int (*set)(altview *h, const struct list *l, uint32_t nr))
{
    const uint32_t most = (uint32_t)((ALTVIEW_CONTROL_MAX_PAYLOAD - head) / ELEMENT);
    uint32_t nr;
    int rc;

    do {
        nr = l->nr < most ? l->nr : most;
        rc = set(h, l, nr);
        l->nr -= nr;
        if (l->nr) {
            l->gfns += nr;
            l->accesses += nr;
        }
    } while (!rc && l->nr);
    return xc_result(rc);
}

int xc_altp2m_set_mem_access_multi(xc_interface *handle, uint32_t domid, uint16_t view_id,
                                   uint8_t *access, uint64_t *gfns, uint32_t nr)
{
    altview *h = xc_domain(handle, domid);
    struct list l = {.view = view_id, .gfns = gfns, .accesses = access, .nr = nr};

    return h ? set_all(h, &l, sizeof(struct xen_hvm_altp2m_op), set_in_view) : -1;
}

int xc_set_mem_access_multi(xc_interface *xch, uint32_t domain_id, uint8_t *access, uint64_t *pages,
                            uint32_t nr)
{
    altview *h = xc_domain(xch, domain_id);
    struct list l = {.gfns = pages, .accesses = access, .nr = nr};

    return h ? set_all(h, &l, sizeof(struct altview_access_list), set_in_host) : -1;
}

/* The operation goes on after an error and reports the first. That alone is no failure. */
int xc_altp2m_set_supress_ve_multi(xc_interface *handle, uint32_t domid, uint16_t view_id,
                                   xen_pfn_t first_gfn, xen_pfn_t last_gfn, bool sve,
                                   xen_pfn_t *error_gfn, int32_t *error_code)
{
    union altp2m_arguments a = {
        .op.u.suppress_ve_multi = {
            .view = view_id, .suppress_ve = sve, .first_gfn = first_gfn, .last_gfn = last_gfn}};
    const struct about about = {.has = ABOUT_VIEW, .view = view_id};
    int rc = xc_altp2m(handle, domid, HVMOP_altp2m_set_suppress_ve_multi, &a, &about);

    if (a.op.u.suppress_ve_multi.first_error) {
        *error_gfn = a.op.u.suppress_ve_multi.first_error_gfn;
        *error_code = a.op.u.suppress_ve_multi.first_error;
    }
    return rc;
}
