/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operations that take table pages, and their number: a view's tables for a region are three
 * (below 512 GiB), two of them shared with its neighbours; docs/design/engine.md, "Tables".
 */
#include "altp2m.h"
#include "faults.h"
#include "reservation.h"
#include "world.h"

#define PLAIN  XENMEM_access_rwx
#define NARROW XENMEM_access_r

/* 512 GiB: beyond what altview maps as devices, within what the CPU can address. */
#define NOWHERE      ((UINT64_C(1) << 27) + 5)
#define ELSE_NOWHERE (NOWHERE + (1 << 18)) /* 1 GiB further on */

static const uint8_t accesses[] = {NARROW, NARROW};
static uint64_t gfns[2];

static void restrict_near(void)
{
    altp2m_set_access(ACTED_ON, place_gfn(NEAR), NARROW);
}

static void show_next_near(void)
{
    altp2m_change_gfn(ACTED_ON, place_gfn(NEAR), place_gfn(NEXT));
}

static long create(void)
{
    uint16_t view;

    return altp2m_create(PLAIN, &view);
}

static long clone(void)
{
    uint16_t view;

    return altview_clone_view(ACTED_ON, &view);
}

static long set_near(void)
{
    return altp2m_set_access(ACTED_ON, place_gfn(NEAR), NARROW);
}

static long set_next(void)
{
    return altp2m_set_access(ACTED_ON, place_gfn(NEXT), NARROW);
}

static long set_far(void)
{
    return altp2m_set_access(ACTED_ON, place_gfn(FAR), NARROW);
}

static long set_in_view_0(void)
{
    return altp2m_set_access(0, place_gfn(FAR), NARROW);
}

/* View 0 stays when altp2m is switched off. */
static void widen_view_0(void)
{
    altp2m_set_access(0, place_gfn(FAR), PLAIN);
    altp2m_set_access(0, place_gfn(FAR) + 1, PLAIN);
}

static long set_list(void)
{
    gfns[0] = place_gfn(NEAR);
    gfns[1] = place_gfn(NEXT);
    return altp2m_set_access_list(ACTED_ON, 2, gfns, accesses);
}

static long remap(void)
{
    return altp2m_change_gfn(ACTED_ON, place_gfn(NEAR), place_gfn(FAR));
}

static long remap_back(void)
{
    return altp2m_change_gfn(ACTED_ON, place_gfn(NEAR), GFN_NONE);
}

static long unsuppress(void)
{
    return altp2m_set_suppress_ve(ACTED_ON, place_gfn(FAR), 0);
}

/* It answers 0 and names the first gfn that failed. */
static long unsuppress_range(void)
{
    struct xen_hvm_altp2m_suppress_ve_multi range = {
        .view = ACTED_ON,
        .first_gfn = place_gfn(FAR),
        .last_gfn = place_gfn(FAR) + 20,
    };
    long rc = altp2m_set_suppress_ve_range(&range);

    return rc ? rc : range.first_error;
}

static struct xen_mem_access_op access_op(uint8_t op)
{
    struct xen_mem_access_op a = {
        .op = op, .access = NARROW, .domid = DOMID_SELF, .nr = 2, .pfn = place_gfn(FAR)};

    return a;
}

static long access_op_set(void)
{
    struct xen_mem_access_op a = access_op(XENMEM_access_op_set_access);

    return xen_memory(XENMEM_access_op, &a);
}

static long access_op_list(void)
{
    struct xen_mem_access_op a = access_op(XENMEM_access_op_set_access_multi);

    gfns[0] = place_gfn(FAR);
    gfns[1] = place_gfn(FAR) + 1;
    set_xen_guest_handle(a.pfn_list, gfns);
    set_xen_guest_handle(a.access_list, accesses);
    return xen_memory(XENMEM_access_op, &a);
}

/* A page from the middle of a superpage of the host p2m. */
static long give(void)
{
    return reservation_give(place_gfn(FARTHER) + 1);
}

/* It replaces the page that is there, if there is one. */
static void take_back(void)
{
    if (world_access(0, place_gfn(FARTHER) + 1) == -XEN_ESRCH)
        reservation_take(place_gfn(FARTHER) + 1);
}

/* An extent of two pages, each from the middle of a superpage. */
static long give_two(void)
{
    return reservation_change(XENMEM_decrease_reservation, place_gfn(BEFORE_EDGE), 1, DOMID_SELF);
}

static void take_two_back(void)
{
    if (world_access(0, place_gfn(BEFORE_EDGE)) == -XEN_ESRCH)
        reservation_change(XENMEM_populate_physmap, place_gfn(BEFORE_EDGE), 1, DOMID_SELF);
}

static void give_first(void)
{
    give();
}

static long take_elsewhere(void)
{
    return reservation_take(NOWHERE);
}

static void give_elsewhere(void)
{
    reservation_give(NOWHERE);
    take_back();
}

static long place_shared_info(uint64_t gfn)
{
    struct xen_add_to_physmap where = {
        .domid = DOMID_SELF,
        .space = XENMAPSPACE_shared_info,
        .gpfn = (xen_pfn_t)gfn,
    };

    return xen_memory(XENMEM_add_to_physmap, &where);
}

static void share_at_hole(void)
{
    place_shared_info(world.hole);
}

static long share_elsewhere(void)
{
    return place_shared_info(ELSE_NOWHERE);
}

/* There is no listener: the write passes in any case, and for good if there is memory. */
static long touch_and_tell(uint16_t view, enum access_kind kind, unsigned int place)
{
    struct trap trap = world_touch(view, kind, place_page(place));

    return trap.vector == TRAP_NONE ? world_access(view, place_gfn(place)) : -trap.vector;
}

/*
 * Such a view also restricts the guest's code and stack there. So run everything once before, so
 * that only the far page is still restricted. The write does not change the content.
 */
static void restart_with(uint16_t access)
{
    altp2m_destroy(ACTED_ON);
    world_view(access);
    world_touch(ACTED_ON, ACCESS_WRITE, place_page(NEAR));
    state_remember();
    place_page(FAR)[WORLD_BYTE] = WORLD_TOUCH;
}

static void all_narrow(void)
{
    restart_with(NARROW);
}

static void all_rx2rw(void)
{
    restart_with(XENMEM_access_rx2rw);
}

static long write_far(void)
{
    return touch_and_tell(ACTED_ON, ACCESS_WRITE, FAR);
}

/* A hole reads as ones on any machine. */
static void hole_in_view_0(void)
{
    reservation_give(place_gfn(NEXT));
}

static void hole_away(void)
{
    reservation_take(place_gfn(NEXT));
    world_fill(NEXT, 0x10 + NEXT);
}

static long read_hole(void)
{
    return world_shows(ACTED_ON, place_page(NEXT));
}

static long destroy(void)
{
    return altp2m_destroy(ACTED_ON);
}

static long hide_and_show(void)
{
    long rc = altp2m_set_visibility(ACTED_ON, 0);

    return rc ? rc : altp2m_set_visibility(ACTED_ON, 1);
}

static long there_and_back(void)
{
    long rc = altp2m_switch(ACTED_ON);

    return rc ? rc : altp2m_switch(0);
}

static long notify(void)
{
    return altp2m_enable_notify(0, memory_gfn(ve_page()));
}

const struct operation operations[] = {
    {"create", NULL, create, -XEN_ENOMEM, 0, NULL, 1, 0},
    {"clone", NULL, clone, -XEN_ENOMEM, 0, NULL, 1, 0},
    {"clone_with_override", restrict_near, clone, -XEN_ENOMEM, 0, NULL, 4, 0},
    /* It does not know beforehand that a page of remaps has room. */
    {"clone_with_remap", show_next_near, clone, -XEN_ENOMEM, 0, NULL, 5, 1},
    {"set_access", NULL, set_near, -XEN_ENOMEM, 0, NULL, 3, 0},
    {"set_access.neighbour", restrict_near, set_next, -XEN_ENOMEM, 0, NULL, 0, 0},
    {"set_access.other_region", restrict_near, set_far, -XEN_ENOMEM, 0, NULL, 1, 0},
    {"set_access.view_0", NULL, set_in_view_0, -XEN_ENOMEM, 0, widen_view_0, 3, 0},
    {"set_access_multi", NULL, set_list, -XEN_ENOMEM, 0, NULL, 3, 0},
    /* The first takes a page of remaps; a tree of one gfn has no tables. */
    {"change_gfn", NULL, remap, -XEN_ENOMEM, 0, NULL, 4, 0},
    {"change_gfn.overridden", restrict_near, remap, -XEN_ENOMEM, 0, NULL, 1, 0},
    {"change_gfn.back", show_next_near, remap_back, -XEN_ENOMEM, 0, NULL, 0, 0},
    {"suppress_ve", NULL, unsuppress, -XEN_ENOMEM, 0, NULL, 3, 0},
    {"suppress_ve_multi", NULL, unsuppress_range, -XEN_ENOMEM, 0, NULL, 3, 0},
    {"access_op.set_access", NULL, access_op_set, -XEN_ENOMEM, 0, widen_view_0, 3, 0},
    {"access_op.set_access_multi", NULL, access_op_list, -XEN_ENOMEM, 0, widen_view_0, 3, 0},
    /* These two answer the number of extents done. */
    {"decrease_reservation", NULL, give, 0, 1, take_back, 1, 0},
    {"decrease_reservation.order_1", NULL, give_two, 0, 1, take_two_back, 2, 0},
    {"populate_physmap", give_first, take_elsewhere, 0, 1, give_elsewhere, 3, 0},
    {"add_to_physmap", share_at_hole, share_elsewhere, -XEN_ENOMEM, 0, share_at_hole, 2, 0},
    /* These go on without memory, as far as they can. */
    {"lift", all_narrow, write_far, NARROW, PLAIN, NULL, 1, 0},
    {"convert_rx2rw", all_rx2rw, write_far, XENMEM_access_rx2rw, XENMEM_access_rw, NULL, 1, 0},
    /* These need none. */
    {"read_hole", hole_in_view_0, read_hole, -1, 0xff, hole_away, 0, 0},
    {"destroy", restrict_near, destroy, -XEN_ENOMEM, 0, NULL, 0, 0},
    {"set_visibility", NULL, hide_and_show, -XEN_ENOMEM, 0, NULL, 0, 0},
    {"switch_p2m", NULL, there_and_back, -XEN_ENOMEM, 0, NULL, 0, 0},
    {"enable_notify", NULL, notify, -XEN_ENOMEM, 0, NULL, 0, 0},
};
const unsigned int operation_count = sizeof(operations) / sizeof(operations[0]);
/* Of decrease_reservation (twice), populate_physmap and add_to_physmap. */
const unsigned int base_pages_taken = 1 + 2 + 3 + 2;
