/* SPDX-License-Identifier: BSD-2-Clause */
/* create_p2m, destroy_p2m, switch_p2m, get_p2m_idx: numbers, limits, order of reuse. */
#include "areas.h"
#include "check.h"
#include "world.h"

static void check_create_access(void)
{
    static const uint16_t bad[] = {11, 0xff, 0x100, 0xffff};
    uint16_t view;

    for (unsigned int access = 0; access <= XENMEM_access_default; access++) {
        check_result(check_name("create.%s", access_name(access)), 0, altp2m_create(access, &view));
        altp2m_destroy(view);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        check_result(check_name("create.access_%#x", bad[i]), -XEN_EINVAL,
                     altp2m_create(bad[i], &view));
    check_value("create.failed_writes_nothing", 0xffff, view);
}

/* Fill the table, then take from its middle: the lowest free slot comes first. */
static void check_numbers(void)
{
    uint16_t view, in_order = 0;

    for (uint16_t expected = 1; expected < world.views; expected++)
        in_order += !altp2m_create(XENMEM_access_rwx, &view) && view == expected;
    check_result("number.in_order", world.views - 1, in_order);
    check_result("number.table_full", -XEN_EINVAL, altp2m_create(XENMEM_access_rwx, &view));
    check_result("number.free_last", 0, altp2m_destroy(world.views - 1));
    check_result("number.free_3", 0, altp2m_destroy(3));
    check_result("number.reuse", 0, altp2m_create(XENMEM_access_rwx, &view));
    check_result("number.lowest_free", 3, view);
    check_result("number.reuse_again", 0, altp2m_create(XENMEM_access_rwx, &view));
    check_result("number.then_last", world.views - 1, view);
}

static const uint16_t beyond[] = {511, 512, 0x8000, 0xffff};

static void check_destroy(void)
{
    uint16_t view;

    world_reset();
    view = world_view(XENMEM_access_rwx);
    check_result("destroy.view_0", -XEN_EBUSY, altp2m_destroy(0));
    check_result("destroy.unused", -XEN_EBUSY, altp2m_destroy(view + 1));
    check_result("destroy.last_unused", -XEN_EBUSY, altp2m_destroy(world.views - 1));
    check_result("destroy.table_end", -XEN_EBUSY, altp2m_destroy(world.views));
    for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++)
        check_result(check_name("destroy.%#x", beyond[i]), -XEN_EBUSY, altp2m_destroy(beyond[i]));
    check_result("destroy.enter", 0, altp2m_switch(view));
    check_result("destroy.in_use", -XEN_EBUSY, altp2m_destroy(view));
    check_result("destroy.leave", 0, altp2m_switch(0));
    check_result("destroy.live", 0, altp2m_destroy(view));
    check_result("destroy.twice", -XEN_EBUSY, altp2m_destroy(view));
}

static void check_switch(void)
{
    uint16_t view;

    world_reset();
    view = world_view(XENMEM_access_rwx);
    check_result("switch.unused", -XEN_EINVAL, altp2m_switch(view + 1));
    check_result("switch.table_end", -XEN_EINVAL, altp2m_switch(world.views));
    for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++)
        check_result(check_name("switch.%#x", beyond[i]), -XEN_EINVAL, altp2m_switch(beyond[i]));
    check_result("switch.failed_stays", 0, world_index());
    check_result("switch.to", 0, altp2m_switch(view));
    check_result("switch.index", view, world_index());
    check_result("switch.to_same", 0, altp2m_switch(view));
    check_result("switch.unused_from_view", -XEN_EINVAL, altp2m_switch(view + 1));
    check_result("switch.failed_stays_in_view", view, world_index());
    check_result("switch.back", 0, altp2m_switch(0));
    check_result("switch.index_back", 0, world_index());
}

static void check_index(void)
{
    uint16_t view;

    check_result("index.vcpu_1", -XEN_EINVAL, altp2m_get_index(1, &view));
    check_result("index.vcpu_max", -XEN_EINVAL, altp2m_get_index(~0U, &view));
    check_value("index.failed_writes_nothing", 0xffff, view);
}

/* A new view in an old slot has no settings of the old view. */
static void check_recreated(void)
{
    uint16_t view;

    world_reset();
    view = world_view(XENMEM_access_rwx);
    altp2m_set_access(view, world_gfn(0), XENMEM_access_r);
    altp2m_change_gfn(view, world_gfn(1), world_gfn(2));
    altp2m_set_suppress_ve(view, world_gfn(3), 0);
    altp2m_destroy(view);
    check_result("recreated.same_number", view, world_view(XENMEM_access_rx));
    check_result_differs("recreated.default", XENMEM_access_rx, -XEN_ESRCH,
                         world_access(view, world_gfn(0)));
    check_result_differs("recreated.remap_gone", XENMEM_access_rx, -XEN_ESRCH,
                         world_access(view, world_gfn(1)));
    check_result_differs("recreated.suppress_again", 1, -XEN_ESRCH,
                         world_suppress(view, world_gfn(3)));
}

/* altview only: what view_info says. */
static void check_info(void)
{
    struct altview_view_info info = {0};
    uint16_t view;

    if (!world.altview)
        return;
    world_reset();
    view = world_view(XENMEM_access_rx);
    check_result("info.fresh", 0, altview_view_info(view, &info));
    check_result("info.fresh_live", 1, info.live);
    check_result("info.fresh_visible", 1, info.visible);
    check_result("info.fresh_default", XENMEM_access_rx, info.default_access);
    check_result("info.fresh_overrides", 0, info.overrides);
    check_result("info.fresh_is_one_page", 1, info.table_pages);
    altp2m_set_access(view, world_gfn(0), XENMEM_access_r);
    altp2m_change_gfn(view, world_gfn(1), world_gfn(2));
    altview_view_info(view, &info);
    check_result("info.overrides", 2, info.overrides);
    check_result("info.remaps", 1, info.remaps);
    altp2m_set_access(view, world_gfn(0), XENMEM_access_rx);
    altp2m_change_gfn(view, world_gfn(1), GFN_NONE);
    altview_view_info(view, &info);
    check_result("info.undone_overrides", 0, info.overrides);
    check_result("info.undone_is_one_page", 1, info.table_pages);
    check_result("info.unused", 0, altview_view_info(view + 1, &info));
    check_result("info.unused_live", 0, info.live);
    check_result("info.table_end", -XEN_ERANGE, altview_view_info(world.views, &info));
    check_result("info.max", -XEN_ERANGE, altview_view_info(0xffff, &info));
}

/* altview only: a clone of a view, which is independent afterwards. */
static void check_clone(void)
{
    struct altview_view_info info = {0};
    uint16_t view, clone;

    if (!world.altview)
        return;
    world_reset_with_notify();
    world_fill(1, 1);
    world_fill(2, 2);
    view = world_view(XENMEM_access_rwx);
    altp2m_set_access(view, world_gfn(0), XENMEM_access_r);
    altp2m_change_gfn(view, world_gfn(1), world_gfn(2));
    altp2m_set_visibility(view, 0);
    check_result("clone", 0, altview_clone_view(view, &clone));
    check_result("clone.number", view + 1, clone);
    altview_view_info(clone, &info);
    check_result("clone.visible", 1, info.visible);
    check_result("clone.overrides", 2, info.overrides);
    check_result("clone.remaps", 1, info.remaps);
    altp2m_set_access(clone, world_gfn(0), XENMEM_access_rwx);
    check_result("clone.leaves_the_other", XENMEM_access_r, world_access(view, world_gfn(0)));
    check_result("clone.other_goes", 0, altp2m_destroy(view));
    check_shows("clone.shows_the_same", 2, world_shows(clone, world.pages + PAGE_SIZE));
}

static void check_clone_edges(void)
{
    uint16_t view, clone;

    if (!world.altview)
        return;
    world_reset();
    view = world_view(XENMEM_access_rx);
    check_result("clone.restricted", 0, altview_clone_view(view, &clone));
    check_result("clone.default", XENMEM_access_rx, world_access(clone, world_gfn(0)));
    check_result("clone.view_0", 0, altview_clone_view(0, &clone));
    check_result("clone.unused", -XEN_EINVAL, altview_clone_view(clone + 1, &view));
    check_result("clone.max", -XEN_EINVAL, altview_clone_view(0xffff, &view));
    check_value("clone.failed_writes_nothing", 0xffff, view);
}

void area_views(void)
{
    world_reset();
    check_create_access();
    check_numbers();
    check_destroy();
    check_switch();
    check_index();
    check_recreated();
    check_info();
    check_clone();
    check_clone_edges();
    altp2m_set_state(0);
}
