/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * altview only: a view is complete at creation, and so is one whose remap was undone. Xen fills
 * views fault by fault, and can't count exits for the guest.
 */
#include "areas.h"
#include "check.h"
#include "world.h"

/* VM exits since then, without those of VMFUNC itself. */
static long exits_beside(uint64_t start, unsigned int vmfuncs)
{
    return (long)(world_exits_end(start) - (uint64_t)vmfuncs * world.vmfunc_exits);
}

static long touch_all(uint16_t view)
{
    uint64_t start = world_exits_start();

    vmfunc(0, view);
    for (unsigned int page = 0; page < WORLD_PAGES; page++)
        world.pages[page * PAGE_SIZE + 64]++;
    vmfunc(0, 0);
    return exits_beside(start, 2);
}

static long count_nothing(void)
{
    return (long)world_exits_end(world_exits_start());
}

static void check_ways_back(uint16_t view)
{
    uint64_t start = world_exits_start();

    for (unsigned int i = 0; i < 100; i++) {
        vmfunc(0, view);
        vmfunc(0, 0);
    }
    check_result("hundred_times", 0, exits_beside(start, 200));
}

void area_fresh(void)
{
    uint16_t view;
    uint64_t count;

    if (!world.altview)
        return;
    world_reset_with_notify();
    check_result("count_itself", 0, count_nothing());
    view = world_view(XENMEM_access_rwx);
    check_result("first_visit", 0, touch_all(view));
    check_result("second_visit", 0, touch_all(view));
    check_result("no_ve", 0, ve_record()->count);
    check_ways_back(view);
    altp2m_set_access(view, world_gfn(0), XENMEM_access_rw);
    check_result("with_override", 0, touch_all(view));
    altp2m_change_gfn(view, world_gfn(1), world_gfn(2));
    check_result("with_remap", 0, touch_all(view));
    altp2m_change_gfn(view, world_gfn(1), GFN_NONE);
    check_result("remap_undone", 0, touch_all(view));
    check_result("remap_undone.no_ve", 0, ve_record()->count);
    altp2m_destroy(view);
    check_result("recreated", 0, touch_all(world_view(XENMEM_access_rwx)));
    check_result("reason_unknown", -XEN_EINVAL, altview_exit_count(0x1000, &count));
    altp2m_set_state(0);
}
