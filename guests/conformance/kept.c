/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest can't give back, replace or cover a page that its view restricts: that would be a
 * write, and it could use the new page. Xen checks no view. In external and limited mode it is any
 * view: tests/monitor/stories/balloon.c.
 */
#include "areas.h"
#include "check.h"
#include "reservation.h"
#include "world.h"

#define OTHERS 2 /* a page to give back first, so that there is one to take */

static long give(uint64_t gfn)
{
    return reservation_give(gfn);
}

static long take(uint64_t gfn)
{
    return reservation_take(gfn);
}

static long give_two(uint64_t gfn)
{
    return reservation_change(XENMEM_decrease_reservation, gfn & ~UINT64_C(1), 1, DOMID_SELF);
}

static long cover(uint64_t gfn)
{
    struct xen_add_to_physmap a = {
        .domid = DOMID_SELF, .space = XENMAPSPACE_shared_info, .gpfn = (xen_pfn_t)gfn};

    return xen_memory(XENMEM_add_to_physmap, &a);
}

static long notify_at(uint64_t gfn)
{
    return altp2m_enable_notify(0, gfn);
}

static const struct {
    const char *name;
    long (*call)(uint64_t gfn);
} calls[] = {
    {"give", give}, {"give_two", give_two}, {"take", take}, {"cover", cover}, {"notify", notify_at},
};

static long in_view(uint16_t view, long (*call)(uint64_t gfn), uint64_t gfn)
{
    long rc;

    vmfunc(0, view);
    rc = call(gfn);
    vmfunc(0, 0);
    return rc;
}

static void check_refused(const char *name, uint16_t view, uint64_t gfn)
{
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        check_result(check_name("%s.%s", name, calls[i].name), -XEN_EPERM,
                     in_view(view, calls[i].call, gfn));
    check_shows(check_name("%s.stays", name), 0xa0, world_shows(0, world.pages));
}

static void check_accesses(uint16_t view)
{
    for (unsigned int access = 0; access < XENMEM_access_default; access++) {
        if (access == XENMEM_access_rwx)
            continue;
        altp2m_set_access(view, world_gfn(0), (uint16_t)access);
        check_refused(access_name(access), view, world_gfn(0));
    }
    altp2m_set_access(view, world_gfn(0), XENMEM_access_rwx);
}

static void check_remapped(uint16_t view)
{
    altp2m_change_gfn(view, world_gfn(0), world_gfn(1));
    check_refused("remapped", view, world_gfn(0));
    check_result("remapped.target.give", 1, in_view(view, give, world_gfn(1)));
    check_result("remapped.target.take", 1, in_view(view, take, world_gfn(1)));
    altp2m_change_gfn(view, world_gfn(0), GFN_NONE);
}

/* Suppress-#VE does not restrict a page. */
static void check_not_restricted(uint16_t view)
{
    altp2m_set_suppress_ve(view, world_gfn(0), 0);
    check_result("heard.give", 1, in_view(view, give, world_gfn(0)));
    check_result("heard.take", 1, in_view(view, take, world_gfn(0)));
    altp2m_set_suppress_ve(view, world_gfn(0), 1);
}

/* A refused extent ends the list. The extents before it count. */
static void check_list(uint16_t view)
{
    xen_pfn_t extents[2] = {(xen_pfn_t)world_gfn(1), (xen_pfn_t)world_gfn(0)};
    struct xen_memory_reservation reservation = {.nr_extents = 2, .domid = DOMID_SELF};

    set_xen_guest_handle(reservation.extent_start, extents);
    altp2m_set_access(view, world_gfn(0), XENMEM_access_r);
    vmfunc(0, view);
    check_result("list.give", 1, xen_memory(XENMEM_decrease_reservation, &reservation));
    check_result("list.take", 1, xen_memory(XENMEM_populate_physmap, &reservation));
    vmfunc(0, 0);
    check_result("other_view.give", 1, reservation_give(world_gfn(0)));
    check_result("other_view.take", 1, reservation_take(world_gfn(0)));
    altp2m_set_access(view, world_gfn(0), XENMEM_access_rwx);
}

/* The view's default counts as well, for memory and for a hole. */
static void check_default(void)
{
    uint16_t view = world_view(XENMEM_access_rx);

    world_fill(0, 0xa0);
    check_refused("default", view, world_gfn(0));
    check_result("default.hole.take", -XEN_EPERM, in_view(view, take, world.hole));
    altp2m_destroy(view);
}

void area_kept(void)
{
    uint16_t view;

    if (!world.altview)
        return;
    world_reset_with_notify();
    altp2m_disable_notify(0); /* VMFUNC stays */
    view = world_view(XENMEM_access_rwx);
    world_fill(0, 0xa0);
    reservation_give(world_gfn(OTHERS));
    check_accesses(view);
    check_remapped(view);
    check_default();
    check_not_restricted(view);
    check_list(view);
    reservation_take(world_gfn(OTHERS));
    altp2m_set_state(0);
}
