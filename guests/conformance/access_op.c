/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XENMEM_access_op: access in view 0. Xen serves a domain's monitor, never the domain itself
 * (mem_access_memop, xen/common/mem_access.c); altview lets the guest do it in mixed mode, where
 * HVMOP_altp2m can do no less.
 */
#include "areas.h"
#include "check.h"
#include "cpu.h"
#include "world.h"

#define LIST_SIZE 1000

static uint64_t gfns[LIST_SIZE];
static uint8_t accesses[LIST_SIZE];

static long call(uint8_t op, uint8_t access, uint32_t nr, uint64_t pfn)
{
    struct xen_mem_access_op a = {
        .op = op,
        .access = access,
        .domid = DOMID_SELF,
        .nr = nr,
        .pfn = pfn,
    };
    long rc = xen_memory(XENMEM_access_op, &a);

    return op == XENMEM_access_op_get_access && !rc ? a.access : rc;
}

static long set(uint64_t pfn, uint32_t nr, uint8_t access)
{
    return call(XENMEM_access_op_set_access, access, nr, pfn);
}

static long get(uint64_t pfn)
{
    return call(XENMEM_access_op_get_access, 0xff, 0, pfn);
}

static long set_list(uint32_t nr, const uint64_t *pfns, const uint8_t *list)
{
    struct xen_mem_access_op a = {
        .op = XENMEM_access_op_set_access_multi,
        .domid = DOMID_SELF,
        .nr = nr,
    };

    set_xen_guest_handle(a.pfn_list, pfns);
    set_xen_guest_handle(a.access_list, list);
    return xen_memory(XENMEM_access_op, &a);
}

static long get_of_domain(domid_t domain)
{
    struct xen_mem_access_op a = {
        .op = XENMEM_access_op_get_access,
        .domid = domain,
        .pfn = world_gfn(0),
    };

    return xen_memory(XENMEM_access_op, &a);
}

static void check_callers(void)
{
    domid_t own = (domid_t)cpu_id(xen_cpuid_base() + 4, 0).ecx;
    bool mixed = world.mode == MODE_MIXED;

    check_result("pointer", -XEN_EFAULT, xen_memory(XENMEM_access_op, memory_window_clear(0)));
    check_result("unknown_domain", -XEN_ESRCH, get_of_domain(0x1234));
    check_result("domain_0", -XEN_EINVAL, get_of_domain(0));
    check_result_differs("self", mixed ? 0 : -XEN_ESRCH, -XEN_ESRCH, get_of_domain(DOMID_SELF));
    check_result_differs("own_domid", mixed ? 0 : -XEN_EPERM, -XEN_EPERM, get_of_domain(own));
}

static void check_range(void)
{
    check_result("set", 0, set(world_gfn(0), 3, XENMEM_access_rx));
    check_result("get.first", XENMEM_access_rx, get(world_gfn(0)));
    check_result("get.last", XENMEM_access_rx, get(world_gfn(2)));
    check_result("get.after", XENMEM_access_rwx, get(world_gfn(3)));
    check_trap("lifted.write", TRAP_NONE, probe_write(world.pages, 1));
    check_result("lifted", XENMEM_access_rwx, get(world_gfn(0)));
    check_result("set.default", 0, set(world_gfn(0), 3, XENMEM_access_default));
    check_result("get.default", XENMEM_access_rwx, get(world_gfn(2)));
    check_result("set.long", 0, set(world_gfn(0), 2000, XENMEM_access_rwx));
    check_result("set.none", 0, set(world_gfn(0), 0, XENMEM_access_r));
    check_result("set.none_sets_none", XENMEM_access_rwx, get(world_gfn(0)));
}

static void check_edges(void)
{
    check_result("set.hole", 0, set(world.hole, 1, XENMEM_access_r));
    check_result("get.hole", -XEN_ESRCH, get(world.hole));
    check_result("set.bad_access", -XEN_EINVAL, set(world_gfn(0), 1, 11));
    check_result("set.huge", -XEN_EINVAL, set(world.huge, 1, XENMEM_access_r));
    check_result("set.overflow", -XEN_EINVAL, set(GFN_NONE - 1, 3, XENMEM_access_rwx));
    check_result("get.huge", -XEN_EINVAL, get(world.huge));
    check_result("unknown_op", -XEN_ENOSYS, call(2, 0, 0, 0));
}

static void check_domain_default(void)
{
    check_result("domain_default.get", XENMEM_access_rwx, get(GFN_NONE));
    check_result("domain_default.set", 0, set(GFN_NONE, 0, XENMEM_access_rw));
    check_result("domain_default.get_set", XENMEM_access_rw, get(GFN_NONE));
    check_result("domain_default.back", 0, set(GFN_NONE, 0, XENMEM_access_rwx));
}

static void fill(uint8_t access)
{
    for (unsigned int i = 0; i < LIST_SIZE; i++) {
        gfns[i] = world_gfn(i % WORLD_PAGES);
        accesses[i] = access;
    }
}

static void check_list(void)
{
    fill(XENMEM_access_rx);
    check_result("list", 0, set_list(2, gfns, accesses));
    check_result("list.second", XENMEM_access_rx, get(world_gfn(1)));
    check_result("list.not_third", XENMEM_access_rwx, get(world_gfn(2)));
    accesses[0] = XENMEM_access_rw;
    accesses[1] = 11;
    check_result("list.bad_access", -XEN_EINVAL, set_list(2, gfns, accesses));
    check_result("list.bad_access.before", XENMEM_access_rw, get(world_gfn(0)));
    check_result("list.bad_access.itself", XENMEM_access_rx, get(world_gfn(1)));
    fill(XENMEM_access_rwx);
    check_result("list.long", 0, set_list(LIST_SIZE, gfns, accesses));
    check_result("list.long_sets", XENMEM_access_rwx, get(world_gfn(1)));
    check_result("list.pfns", -XEN_EFAULT, set_list(1, memory_window_clear(0), accesses));
    check_result("list.accesses", -XEN_EFAULT, set_list(1, gfns, memory_window_clear(0)));
}

void area_access_op(void)
{
    check_callers();
    if (world.mode != MODE_MIXED || !world.altview)
        return;
    check_range();
    check_edges();
    check_domain_default();
    check_list();
}
