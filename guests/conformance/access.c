/* SPDX-License-Identifier: BSD-2-Clause */
/* set_mem_access and get_mem_access: arguments and stored values (xen/arch/x86/mm/mem_access.c). */
#include "areas.h"
#include "check.h"
#include "world.h"

#define APIC_VERSION 0x30

static void check_values(uint16_t view)
{
    static const uint16_t bad[] = {11, 0xff, 0x100, 0xffff};
    uint64_t gfn = world_gfn(0);

    for (unsigned int access = 0; access < XENMEM_access_default; access++) {
        check_result(check_name("set.%s", access_name(access)), 0,
                     altp2m_set_access(view, gfn, access));
        check_result(check_name("get.%s", access_name(access)), access, world_access(view, gfn));
    }
    check_result("set.default", 0, altp2m_set_access(view, gfn, XENMEM_access_default));
    check_result("get.default", XENMEM_access_rwx, world_access(view, gfn));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        check_result(check_name("set.access_%#x", bad[i]), -XEN_EINVAL,
                     altp2m_set_access(view, gfn, bad[i]));
    check_result("set.bad_changes_nothing", XENMEM_access_rwx, world_access(view, gfn));
}

static void check_views(uint16_t view)
{
    for (unsigned int i = 0; i < WORLD_BAD_VIEWS; i++) {
        struct bad_view bad = world_bad_view(i, view);
        check_result(check_name("set.view_%s", bad.name), -XEN_EINVAL,
                     altp2m_set_access(bad.view, world_gfn(0), XENMEM_access_r));
        check_result(check_name("get.view_%s", bad.name), -XEN_EINVAL,
                     world_access(bad.view, world_gfn(0)));
    }
}

/* The call skips what is not RAM without an error. Only view 0 reports a gfn beyond the tables. */
static void check_gfns(uint16_t view)
{
    check_result("set.hole", 0, altp2m_set_access(view, world.hole, XENMEM_access_r));
    check_result("get.hole", -XEN_ESRCH, world_access(view, world.hole));
    check_result("set.unused", 0, altp2m_set_access(view, UNUSED_GFN, XENMEM_access_r));
    check_result("get.unused", -XEN_ESRCH, world_access(view, UNUSED_GFN));
    check_result("set.huge", 0, altp2m_set_access(view, world.huge, XENMEM_access_r));
    check_result("get.huge", -XEN_ESRCH, world_access(view, world.huge));
    check_result("set.mmio", 0, altp2m_set_access(view, GFN_APIC, XENMEM_access_r));
    check_result("set.view0_hole", 0, altp2m_set_access(0, world.hole, XENMEM_access_r));
    check_result("set.view0_unused", 0, altp2m_set_access(0, UNUSED_GFN, XENMEM_access_r));
    check_result("get.view0_unused", -XEN_ESRCH, world_access(0, UNUSED_GFN));
    check_result("set.view0_huge", -XEN_EINVAL, altp2m_set_access(0, world.huge, XENMEM_access_r));
    check_result("get.view0_huge", -XEN_ESRCH, world_access(0, world.huge));
    check_result("set.hole_bad_access", -XEN_EINVAL, altp2m_set_access(view, world.hole, 11));
}

/* A view can't restrict device memory: it works in every view. */
static void check_mmio(uint16_t view)
{
    volatile uint8_t *apic = (volatile uint8_t *)(uintptr_t)APIC_ADDRESS;
    uint8_t before = 0, after = 0;

    probe_read(apic + APIC_VERSION, &before);
    altp2m_set_access(view, GFN_APIC, XENMEM_access_n);
    altp2m_switch(view);
    check_trap("mmio.read", TRAP_NONE, probe_read(apic + APIC_VERSION, &after));
    altp2m_switch(0);
    check_value("mmio.reads_the_same", before, after);
}

static long set_padded(uint32_t command, uint16_t view)
{
    struct xen_hvm_altp2m_op op = altp2m_envelope(command);

    op.u.mem_access.view = view;
    op.u.mem_access.gfn = world_gfn(0);
    op.u.mem_access.pad = 1;
    return altp2m_call(&op);
}

/* gfn ~0: sets the meaning of "default" from now on. */
static void check_domain_default(uint16_t view)
{
    check_result("default.get", XENMEM_access_rwx, world_access(view, GFN_NONE));
    check_result("default.set", 0, altp2m_set_access(view, GFN_NONE, XENMEM_access_rx));
    check_result("default.get_set", XENMEM_access_rx, world_access(0, GFN_NONE));
    check_result("default.of_view_stays", XENMEM_access_rwx, world_access(view, GFN_NONE));
    check_result("default.used", 0, altp2m_set_access(view, world_gfn(1), XENMEM_access_default));
    check_result("default.used_get", XENMEM_access_rx, world_access(view, world_gfn(1)));
    check_result("default.old_pages_keep", XENMEM_access_rwx, world_access(view, world_gfn(2)));
    check_result("default.back", 0, altp2m_set_access(view, GFN_NONE, XENMEM_access_rwx));
}

static void check_default_of_view(void)
{
    for (unsigned int access = 0; access < XENMEM_access_default; access++) {
        uint16_t view;
        altp2m_create((uint16_t)access, &view);
        check_result_differs(check_name("view_default.%s", access_name(access)), access, -XEN_ESRCH,
                             world_access(view, world_gfn(0)));
        altp2m_destroy(view);
    }
}

static void check_independent(uint16_t view)
{
    uint16_t other = world_view(XENMEM_access_rwx);

    altp2m_set_access(view, world_gfn(3), XENMEM_access_r);
    check_result("independent.other", XENMEM_access_rwx, world_access(other, world_gfn(3)));
    check_result("independent.view0", XENMEM_access_rwx, world_access(0, world_gfn(3)));
    check_result("independent.set_view0", 0, altp2m_set_access(0, world_gfn(3), XENMEM_access_rx));
    check_result("independent.get_view0", XENMEM_access_rx, world_access(0, world_gfn(3)));
    check_result_differs("independent.keeps", XENMEM_access_r, XENMEM_access_rx,
                         world_access(view, world_gfn(3)));
    check_result("independent.reset_view0", 0,
                 altp2m_set_access(0, world_gfn(3), XENMEM_access_rwx));
}

void area_access(void)
{
    uint16_t view;

    world_reset();
    view = world_view(XENMEM_access_rwx);
    check_values(view);
    check_views(view);
    check_gfns(view);
    check_mmio(view);
    check_result("set.pad", -XEN_EINVAL, set_padded(HVMOP_altp2m_set_mem_access, view));
    check_result("get.pad", -XEN_EINVAL, set_padded(HVMOP_altp2m_get_mem_access, view));
    check_domain_default(view);
    check_default_of_view();
    check_independent(view);
    altp2m_set_state(0);
}
