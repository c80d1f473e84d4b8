/* SPDX-License-Identifier: BSD-2-Clause */
/* Access of gfns: view 0 is Xen's host p2m, which XENMEM_access_op is about. */
#include "xen.h"

#include <stdbool.h>
#include <xen/memory.h>

#define LIST_MAX 512                 /* gfns in one hypercall for a range in a view */
#define NR_MAX   (UINT32_C(1) << 30) /* in the host p2m */

static struct xen_mem_access_op *new_access_op(struct xen *xen, uint8_t op, size_t size)
{
    struct xen_mem_access_op *a = xencall_buffer(&xen->call, size);

    if (a) {
        a->op = op;
        a->domid = xen->domid;
    }
    return a;
}

static int access_call(struct xen *xen, struct xen_mem_access_op *a)
{
    return xencall_make(&xen->call, __HYPERVISOR_memory_op, XENMEM_access_op, a);
}

static int set_host_range(struct xen *xen, const struct altview_set_access *set, uint32_t nr)
{
    struct xen_mem_access_op *a =
        new_access_op(xen, XENMEM_access_op_set_access, sizeof(struct xen_mem_access_op));
    int rc;

    if (!a) {
        return -ENOMEM;
    }
    a->access = (uint8_t)set->access;
    a->pfn = set->gfn + set->done;
    a->nr = nr;
    rc = access_call(xen, a);
    xencall_free(&xen->call, a);
    return rc;
}

static int set_host_list(struct xen *xen, const uint8_t *gfns, const uint8_t *accesses, uint32_t nr)
{
    size_t gfns_size = nr * sizeof(uint64_t);
    struct xen_mem_access_op *a =
        new_access_op(xen, XENMEM_access_op_set_access_multi, sizeof(*a) + gfns_size + nr);
    int rc;

    if (!a) {
        return -ENOMEM;
    }
    a->nr = nr;
    memcpy(a + 1, gfns, gfns_size);
    memcpy((uint8_t *)(a + 1) + gfns_size, accesses, nr);
    set_xen_guest_handle(a->pfn_list, (const uint64_t *)(a + 1));
    set_xen_guest_handle(a->access_list, (const uint8_t *)(a + 1) + gfns_size);
    rc = access_call(xen, a);
    xencall_free(&xen->call, a);
    return rc;
}

static int set_view_list(struct xen *xen, uint16_t view, const uint8_t *gfns,
                         const uint8_t *accesses, uint32_t nr)
{
    size_t gfns_size = nr * sizeof(uint64_t);
    struct xen_hvm_altp2m_op *op =
        xen_new_altp2m(xen, HVMOP_altp2m_set_mem_access_multi, sizeof(*op) + gfns_size + nr);
    const struct xen_lists lists = {sizeof(*op), sizeof(*op) + gfns_size, nr};
    int rc;

    if (!op) {
        return -ENOMEM;
    }
    op->u.set_mem_access_multi.view = view;
    op->u.set_mem_access_multi.nr = nr;
    memcpy(op + 1, gfns, gfns_size);
    memcpy((uint8_t *)(op + 1) + gfns_size, accesses, nr);
    xen_point_at(&op->u.set_mem_access_multi, &lists, (uint8_t *)op);
    rc = xen_call_altp2m(xen, op);
    xencall_free(&xen->call, op);
    return rc;
}

/* Sends a list, in which Xen skips holes. So -ESRCH can only mean the domain. */
static int set_view_range(struct xen *xen, const struct altview_set_access *set, uint32_t nr)
{
    uint64_t gfns[LIST_MAX];
    uint8_t accesses[LIST_MAX];

    for (uint32_t i = 0; i < nr; i++) {
        gfns[i] = set->gfn + set->done + i;
        accesses[i] = (uint8_t)set->access;
    }
    return set_view_list(xen, set->view, (const uint8_t *)gfns, accesses, nr);
}

/* The value for "default" in each of the two interfaces. */
static int set_default(struct xen *xen, const struct altview_set_access *set)
{
    struct xen_hvm_altp2m_op *op;
    int rc;

    if (!set->view) {
        return set_host_range(xen, set, 1);
    }
    op = xen_new_altp2m(xen, HVMOP_altp2m_set_mem_access, sizeof(*op));
    if (!op) {
        return -ENOMEM;
    }
    op->u.mem_access.view = set->view;
    op->u.mem_access.access = set->access;
    op->u.mem_access.gfn = set->gfn;
    rc = xen_call_altp2m(xen, op);
    xencall_free(&xen->call, op);
    return rc;
}

/* The progress: to the end, or to the start of the next request. */
static int progress(struct xen_exchange *x, uint64_t done, uint64_t nr, int rc)
{
    const struct altview_progress reply = {.done = done};
    int replied = reply_with(x, &reply, sizeof(reply));

    if (replied || rc) {
        return replied ? replied : rc;
    }
    return done < nr ? -ERESTART : 0;
}

/* Xen reads 8 bits of an access, and would take this value for another access. */
static bool range_is_sane(const struct altview_set_access *set)
{
    return set->nr && set->done <= set->nr && set->nr - 1 <= UINT64_MAX - set->gfn &&
           set->access <= UINT8_MAX;
}

/* The part for one hypercall. */
static int set_range(struct xen *xen, const struct altview_set_access *set, struct xen_exchange *x)
{
    uint64_t left = set->nr - set->done, most = set->view ? LIST_MAX : NR_MAX;
    uint32_t nr = (uint32_t)(left < most ? left : most);
    int rc = set->view ? set_view_range(xen, set, nr) : set_host_range(xen, set, nr);

    return progress(x, rc ? set->done : set->done + nr, set->nr, rc);
}

int xen_set_access(struct xen *xen, struct xen_exchange *x)
{
    struct altview_set_access set;

    if (x->size != sizeof(set)) {
        return -EINVAL;
    }
    memcpy(&set, x->payload, sizeof(set));
    if (!range_is_sane(&set)) {
        return -EINVAL;
    }
    if (set.gfn == ALTVIEW_NO_GFN) {
        int rc = set_default(xen, &set);
        return progress(x, rc ? set.done : set.nr, set.nr, rc);
    }
    return set_range(xen, &set, x);
}

int xen_access_list(struct xen *xen, struct xen_exchange *x)
{
    struct altview_access_list list;
    const uint8_t *gfns = (const uint8_t *)x->payload + sizeof(list), *accesses;
    uint32_t left;
    int rc;

    if (x->size < sizeof(list)) {
        return -EINVAL;
    }
    memcpy(&list, x->payload, sizeof(list));
    if (x->size - sizeof(list) != (uint64_t)list.nr * (sizeof(uint64_t) + 1) ||
        list.done > list.nr) {
        return -EINVAL;
    }
    accesses = gfns + list.nr * sizeof(uint64_t) + list.done;
    gfns += list.done * sizeof(uint64_t);
    left = list.nr - (uint32_t)list.done;
    rc = list.view ? set_view_list(xen, list.view, gfns, accesses, left)
                   : set_host_list(xen, gfns, accesses, left);
    return progress(x, rc ? list.done : list.nr, list.nr, rc);
}

static int get_host_access(struct xen *xen, uint64_t gfn, uint16_t *access)
{
    struct xen_mem_access_op *a =
        new_access_op(xen, XENMEM_access_op_get_access, sizeof(struct xen_mem_access_op));
    int rc;

    if (!a) {
        return -ENOMEM;
    }
    a->pfn = gfn;
    rc = access_call(xen, a);
    *access = a->access;
    xencall_free(&xen->call, a);
    return rc;
}

static int get_view_access(struct xen *xen, uint16_t view, uint64_t gfn, uint16_t *access)
{
    struct xen_hvm_altp2m_op *op = xen_new_altp2m(xen, HVMOP_altp2m_get_mem_access, sizeof(*op));
    int rc;

    if (!op) {
        return -ENOMEM;
    }
    op->u.mem_access.view = view;
    op->u.mem_access.gfn = gfn;
    rc = xen_call_altp2m(xen, op);
    *access = op->u.mem_access.access;
    xencall_free(&xen->call, op);
    return rc;
}

int xen_get_access(struct xen *xen, struct xen_exchange *x)
{
    struct altview_access reply = {0};
    struct altview_gfn get;
    int rc;

    if (x->size != sizeof(get)) {
        return -EINVAL;
    }
    memcpy(&get, x->payload, sizeof(get));
    rc = get.view ? get_view_access(xen, get.view, get.gfn, &reply.access)
                  : get_host_access(xen, get.gfn, &reply.access);
    return rc ? rc : reply_with(x, &reply, sizeof(reply));
}
