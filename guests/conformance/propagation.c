/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page leaves the host p2m and comes back while views have settings for it. altview keeps them;
 * Xen overwrites a view's access and resets views near a remap (p2m_altp2m_propagate_change).
 */
#include "areas.h"
#include "check.h"
#include "reservation.h"
#include "world.h"

static volatile uint8_t *page_at(unsigned int page)
{
    return world.pages + page * PAGE_SIZE;
}

static void check_plain(uint16_t view)
{
    world_fill(0, 0xa0);
    reservation_give(world_gfn(0));
    check_shows("plain.gone", 0xff, world_shows(view, page_at(0)));
    check_result("plain.no_access", -XEN_ESRCH, world_access(view, world_gfn(0)));
    reservation_take(world_gfn(0));
    world_fill(0, 0xb0);
    check_shows("plain.back", 0xb0, world_shows(view, page_at(0)));
    check_result("plain.access_back", XENMEM_access_rwx, world_access(view, world_gfn(0)));
}

static void check_restricted(uint16_t view)
{
    altp2m_set_access(view, world_gfn(0), XENMEM_access_r);
    altp2m_set_suppress_ve(view, world_gfn(0), 0);
    reservation_give(world_gfn(0));
    check_result("restricted.gone", -XEN_ESRCH, world_access(view, world_gfn(0)));
    reservation_take(world_gfn(0));
    world_fill(0, 0xc0);
    check_result_differs("restricted.access", XENMEM_access_r, -XEN_ESRCH,
                         world_access(view, world_gfn(0)));
    check_result_differs("restricted.suppress", 0, -XEN_ESRCH, world_suppress(view, world_gfn(0)));
    if (!world.altview)
        return;
    check_trap("restricted.write", TRAP_VE, world_touch(view, ACCESS_WRITE, page_at(0)));
    check_shows("restricted.shows", 0xc0, world_shows(view, page_at(0)));
    altp2m_set_access(view, world_gfn(0), XENMEM_access_rwx);
    altp2m_set_suppress_ve(view, world_gfn(0), 1);
}

/* altview only: Xen has reset the view by now. */
static void check_remap_target(uint16_t view)
{
    world_fill(0, 0xa0);
    world_fill(1, 0xa1);
    altp2m_change_gfn(view, world_gfn(0), world_gfn(1));
    reservation_give(world_gfn(1));
    check_shows("target.gone_in_view_0", 0xa0, world_shows(0, page_at(0)));
    check_result("target.gone", -XEN_ESRCH, world_access(view, world_gfn(0)));
    reservation_take(world_gfn(1));
    world_fill(1, 0xd1);
    check_shows("target.followed", 0xd1, world_shows(view, page_at(0)));
    check_shows("target.view_0", 0xa0, world_shows(0, page_at(0)));
    altp2m_change_gfn(view, world_gfn(0), GFN_NONE);
}

static void check_remap_source(uint16_t view)
{
    altp2m_change_gfn(view, world_gfn(0), world_gfn(1));
    reservation_give(world_gfn(0));
    check_shows("source.still_shown", 0xd1, world_shows(view, page_at(0)));
    check_shows("source.gone_in_view_0", 0xff, world_shows(0, page_at(0)));
    reservation_take(world_gfn(0));
    world_fill(0, 0xe0);
    check_shows("source.remap_stays", 0xd1, world_shows(view, page_at(0)));
    check_shows("source.view_0", 0xe0, world_shows(0, page_at(0)));
    altp2m_change_gfn(view, world_gfn(0), GFN_NONE);
    check_shows("source.undone", 0xe0, world_shows(view, page_at(0)));
}

void area_propagation(void)
{
    uint16_t view;

    world_reset_with_notify();
    view = world_view(XENMEM_access_rwx);
    check_plain(view);
    check_restricted(view);
    if (world.altview) {
        check_remap_target(view);
        check_remap_source(view);
    }
    altp2m_set_state(0);
}
