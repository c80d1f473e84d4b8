/* SPDX-License-Identifier: BSD-2-Clause */
/* decrease_reservation and populate_physmap, without views (xen/common/memory.c). */
#include "areas.h"
#include "check.h"
#include "reservation.h"
#include "world.h"

static int byte_at(const volatile uint8_t *at)
{
    uint8_t byte;

    return probe_read(at, &byte).vector == TRAP_NONE ? byte : -1;
}

static void check_cycle(void)
{
    volatile uint8_t *at = world.pages + 64;

    check_result("give", 1, reservation_give(world_gfn(0)));
    check_result("given.reads_ones", 0xff, byte_at(at));
    check_trap("given.write_is_dropped", TRAP_NONE, probe_write(at, 1));
    check_result("given.still_ones", 0xff, byte_at(at));
    check_result("give_twice", 0, reservation_give(world_gfn(0)));
    check_result("take", 1, reservation_take(world_gfn(0)));
    *at = 0x5a;
    check_result("taken.is_memory", 0x5a, byte_at(at));
    check_result("neighbour_untouched", 1, reservation_give(world_gfn(1)));
    check_result("neighbour.first_keeps", 0x5a, byte_at(at));
    check_result("neighbour.take", 1, reservation_take(world_gfn(1)));
}

static long empty(unsigned int command)
{
    struct xen_memory_reservation reservation = {.domid = DOMID_SELF};

    return xen_memory(command, &reservation);
}

/* One bad extent in a list: the extents before it count. */
static void check_list(void)
{
    xen_pfn_t extents[3] = {(xen_pfn_t)world_gfn(0), (xen_pfn_t)world.hole,
                            (xen_pfn_t)world_gfn(1)};
    struct xen_memory_reservation reservation = {.nr_extents = 3, .domid = DOMID_SELF};

    set_xen_guest_handle(reservation.extent_start, extents);
    check_result("list.stops_at_hole", 1, xen_memory(XENMEM_decrease_reservation, &reservation));
    check_result("list.third_is_there", 1, reservation_give(world_gfn(1)));
    extents[1] = extents[2];
    reservation.nr_extents = 2;
    check_result("list.take", 2, xen_memory(XENMEM_populate_physmap, &reservation));
}

static void check_edges(void)
{
    check_result("give.hole", 0, reservation_give(world.hole));
    check_result("give.unknown_domain", 0,
                 reservation_change(XENMEM_decrease_reservation, world_gfn(0), 0, 0x1234));
    check_result("give.none", 0, empty(XENMEM_decrease_reservation));
    check_result("take.none", 0, empty(XENMEM_populate_physmap));
    /* Xen answers how many extents it has done, also here. */
    check_result("give.pointer", 0,
                 xen_memory(XENMEM_decrease_reservation, memory_window_clear(0)));
    check_result("take.pointer", 0, xen_memory(XENMEM_populate_physmap, memory_window_clear(0)));
}

void area_balloon(void)
{
    check_cycle();
    check_list();
    check_edges();
}
