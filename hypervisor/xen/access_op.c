/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XENMEM_access_op (Xen: xen/common/mem_access.c, mem_access_memop): access in view 0, Xen's host
 * p2m. Xen serves remote domains only: a domain that names itself gets -EPERM, and DOMID_SELF names
 * no domain there. In mixed mode, where a guest can do the same through HVMOP_altp2m, altview
 * allows it.
 */
#include "xen/hypercall.h"

#include <stddef.h>
#include <stdint.h>
#include <xen/memory.h>
#include <xen/xen.h>

/* struct xen_mem_access_op, whose two handles follow the caller's width. */
struct access_op {
    uint8_t op, access;
    uint16_t domid;
    uint32_t nr;
    uint64_t pfn;
    uint64_t pfns, accesses;
};

#define HEAD_SIZE offsetof(struct access_op, pfns)

static int fetch(const struct hypercall *call, struct access_op *a)
{
    uint64_t arg = argument(call, 1), handles = arg + HEAD_SIZE;

    return copy_in(call, a, arg, HEAD_SIZE) || copy_in_word(call, &a->pfns, handles, 0) ||
                   copy_in_word(call, &a->accesses, handles, 1)
               ? -XEN_EFAULT
               : 0;
}

static int allowed(const struct hypercall *call, uint16_t domid)
{
    int rc = check_domain(domid, -XEN_EINVAL); /* no HVM domain: p2m_mem_access_sanity_check */

    if (rc) {
        return rc;
    }
    if (call->vcpu->domain->altp2m.config.mode == ALTP2M_MODE_MIXED) {
        return 0;
    }
    return domid == DOMAIN_ID ? -XEN_EPERM : -XEN_ESRCH;
}

/* Progress: go on from `done`, or from a little before, as far as the command can express it. */
static long finish(const struct hypercall *call, int rc, uint64_t done)
{
    if (rc == -ALTP2M_ERESTART) {
        set_argument(call, 0,
                     (argument(call, 0) & COMMAND_MASK) | (done & ~(uint64_t)COMMAND_MASK));
    }
    return rc;
}

static long set_access(const struct hypercall *call, const struct access_op *a, uint64_t done)
{
    int rc =
        altp2m_set_access_range(&call->vcpu->domain->altp2m, 0, a->pfn, a->nr, a->access, &done);

    return finish(call, rc, done);
}

static long get_access(const struct hypercall *call, const struct access_op *a)
{
    const struct altp2m_domain *altp2m = &call->vcpu->domain->altp2m;
    uint16_t access;
    int rc;

    if (a->pfn >> call->vcpu->domain->gfn_bits && a->pfn != ALTP2M_INVALID_GFN) {
        return -XEN_EINVAL;
    }
    rc = altp2m_get_access(altp2m, 0, a->pfn, &access);
    if (rc) {
        return rc;
    }
    return copy_out(call, argument(call, 1) + offsetof(struct access_op, access), &access, 1);
}

static long set_access_multi(const struct hypercall *call, const struct access_op *a, uint64_t done)
{
    struct vcpu *vcpu = call->vcpu;
    int rc = altp2m_set_access_list(&vcpu->domain->altp2m, &vcpu->as_caller, 0, a->pfns,
                                    a->accesses, a->nr, &done);

    return finish(call, rc, done);
}

long memory_access_op(const struct hypercall *call)
{
    uint64_t done = argument(call, 0) & ~(uint64_t)COMMAND_MASK;
    struct access_op a;
    int rc = fetch(call, &a);

    if (!rc) {
        rc = allowed(call, a.domid);
    }
    if (rc) {
        return rc;
    }
    switch (a.op) {
    case XENMEM_access_op_set_access:
        return set_access(call, &a, done);
    case XENMEM_access_op_get_access:
        return done ? -XEN_ENOSYS : get_access(call, &a);
    case XENMEM_access_op_set_access_multi:
        return set_access_multi(call, &a, done);
    default:
        return -XEN_ENOSYS;
    }
}
