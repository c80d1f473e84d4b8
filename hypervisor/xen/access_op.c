/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XENMEM_access_op (Xen: xen/common/mem_access.c, mem_access_memop). It takes a *remote* domain:
 * one that names itself gets -EPERM, and DOMID_SELF names nobody
 * (rcu_lock_live_remote_domain_by_id). The guest is the only domain that calls, so this is all
 * there is until there is a toolstack.
 */
#include "xen/access_op.h"

#include <stdint.h>
#include <xen/xen.h>

/* The first words of struct xen_mem_access_op; the rest only has to be readable. */
struct access_head {
    uint8_t op, access;
    uint16_t domid;
    uint32_t nr;
    uint64_t pfn;
};

long memory_access_op(const struct hypercall *call)
{
    struct {
        struct access_head head;
        uint32_t lists[4];
    } a;
    size_t size = sizeof(a.head) + (call->compat ? 8 : 16);

    if (copy_in(call, &a, argument(call, 1), size)) {
        return -XEN_EFAULT;
    }
    return a.head.domid == DOMAIN_ID ? -XEN_EPERM : -XEN_ESRCH;
}
