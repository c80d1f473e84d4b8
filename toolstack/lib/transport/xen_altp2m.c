/* SPDX-License-Identifier: BSD-2-Clause */
/* HVMOP_altp2m, as callers build it. */
#include "xen.h"

#include <stdbool.h>

int xen_call_altp2m(struct xen *xen, struct xen_hvm_altp2m_op *op)
{
    return xencall_make(&xen->call, __HYPERVISOR_hvm_op, HVMOP_altp2m, op);
}

struct xen_hvm_altp2m_op *xen_new_altp2m(struct xen *xen, uint32_t cmd, size_t size)
{
    struct xen_hvm_altp2m_op *op = xencall_buffer(&xen->call, size);

    if (op) {
        op->version = HVMOP_ALTP2M_INTERFACE_VERSION;
        op->cmd = cmd;
        op->domain = xen->domid;
    }
    return op;
}

static bool is_inside(uint64_t offset, uint64_t length, size_t size)
{
    return offset <= size && length <= size - offset;
}

static bool lists_are_inside(const struct xen_lists *l, size_t size)
{
    return is_inside(l->gfns, (uint64_t)l->nr * sizeof(uint64_t), size) &&
           is_inside(l->accesses, l->nr, size);
}

/* A caller's guest handles are offsets into its memory. `buffer` is a copy of that memory. */
void xen_point_at(struct xen_hvm_altp2m_set_mem_access_multi *multi, const struct xen_lists *l,
                  uint8_t *buffer)
{
    set_xen_guest_handle(multi->pfn_list, (const uint64_t *)(buffer + l->gfns));
    set_xen_guest_handle(multi->access_list, buffer + l->accesses);
}

static void point_back(struct xen_hvm_altp2m_set_mem_access_multi *multi, const struct xen_lists *l)
{
    set_xen_guest_handle(multi->pfn_list, (const uint64_t *)(uintptr_t)l->gfns);
    set_xen_guest_handle(multi->access_list, (const uint8_t *)(uintptr_t)l->accesses);
}

static struct xen_lists lists_of(const struct xen_hvm_altp2m_set_mem_access_multi *multi)
{
    return (struct xen_lists){.gfns = (uintptr_t)multi->pfn_list.p,
                              .accesses = (uintptr_t)multi->access_list.p,
                              .nr = multi->nr};
}

static int call_with_lists(struct xen *xen, struct xen_hvm_altp2m_op *op, size_t size)
{
    struct xen_hvm_altp2m_set_mem_access_multi *multi = &op->u.set_mem_access_multi;
    const struct xen_lists lists = lists_of(multi);
    int rc;

    if (!lists_are_inside(&lists, size)) {
        return -EFAULT;
    }
    xen_point_at(multi, &lists, (uint8_t *)op);
    rc = xen_call_altp2m(xen, op);
    point_back(multi, &lists);
    return rc;
}

/* The caller's structure, with another domain: this program runs in domain 0, for which DOMID_SELF
 * means domain 0. */
static int call_as_built(struct xen *xen, struct xen_hvm_altp2m_op *op, size_t size)
{
    domid_t named = op->domain;
    int rc;

    if (named != DOMID_SELF && named != xen->domid) {
        return -ESRCH;
    }
    op->domain = xen->domid;
    rc = op->cmd == HVMOP_altp2m_set_mem_access_multi ? call_with_lists(xen, op, size)
                                                      : xen_call_altp2m(xen, op);
    op->domain = named;
    return rc;
}

int xen_hvmop(struct xen *xen, struct xen_exchange *x)
{
    struct xen_hvm_altp2m_op *op;
    int rc, replied;

    if (x->size < sizeof(*op)) {
        return -EINVAL;
    }
    op = xencall_buffer(&xen->call, x->size);
    if (!op) {
        return -ENOMEM;
    }
    memcpy(op, x->payload, x->size);
    rc = call_as_built(xen, op, x->size);
    replied = reply_with(x, op, sizeof(*op));
    xencall_free(&xen->call, op);
    return replied ? replied : rc;
}
