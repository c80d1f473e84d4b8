/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_grant_table_op (Xen: xen/common/grant_table.c), as far as a guest without other
 * domains can use it: tables of version 1, which it may map (XENMAPSPACE_grant_table) and fill in.
 * No domain maps or copies what it grants.
 */
#include "xen/hypercall.h"

#include <stddef.h>
#include <stdint.h>
#include <xen/grant_table.h>
#include <xen/xen.h>

#define VERSION 1U

static int16_t status_of(uint16_t domid)
{
    switch (check_domain(domid, -XEN_EPERM)) {
    case 0:
        return GNTST_okay;
    case -XEN_EPERM:
        return GNTST_permission_denied;
    default:
        return GNTST_bad_domain;
    }
}

static long query_size(const struct hypercall *call, uint64_t arg, uint32_t count)
{
    struct gnttab_query_size a;

    if (count != 1) {
        return -XEN_EINVAL;
    }
    if (copy_in(call, &a, arg, sizeof(a))) {
        return -XEN_EFAULT;
    }
    a.status = status_of(a.dom);
    if (a.status == GNTST_okay) {
        a.nr_frames = a.max_nr_frames = XEN_GRANT_FRAMES;
    }
    return copy_out(call, arg, &a, sizeof(a));
}

/* The structure always has its version. */
static long set_version(const struct hypercall *call, uint64_t arg, uint32_t count)
{
    struct gnttab_set_version a;
    long rc = 0;

    (void)count;
    if (copy_in(call, &a, arg, sizeof(a))) {
        return -XEN_EFAULT;
    }
    if (a.version != VERSION) {
        rc = a.version == 2 ? -XEN_ENOSYS : -XEN_EINVAL;
    }
    a.version = VERSION;
    return copy_out(call, arg, &a, sizeof(a)) ? -XEN_EFAULT : rc;
}

static long get_version(const struct hypercall *call, uint64_t arg, uint32_t count)
{
    static const uint32_t version = VERSION;
    struct gnttab_get_version a;
    int rc;

    (void)count;
    if (copy_in(call, &a, arg, sizeof(a))) {
        return -XEN_EFAULT;
    }
    rc = check_domain(a.dom, -XEN_EPERM);
    return rc ? rc
              : copy_out(call, arg + offsetof(struct gnttab_get_version, version), &version,
                         sizeof(version));
}

/* Refuse a count larger than an int first. */
long hypercall_grant_table(const struct hypercall *call)
{
    uint64_t arg = argument(call, 1);
    uint32_t count = (uint32_t)argument(call, 2);

    if (count > INT32_MAX) {
        return -XEN_EINVAL;
    }
    switch ((uint32_t)argument(call, 0)) {
    case GNTTABOP_query_size:
        return query_size(call, arg, count);
    case GNTTABOP_set_version:
        return set_version(call, arg, count);
    case GNTTABOP_get_version:
        return get_version(call, arg, count);
    default:
        return -XEN_ENOSYS;
    }
}
