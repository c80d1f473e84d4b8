/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's view decides whether a page may be given back or taken: a page that random hypercalls
 * have restricted in view 0, and then given back from another view, is a hole that the guest can't
 * fill from view 0 (-EPERM). The guest fills it from a view that restricts nothing. In the modes in
 * which the guest has no views it has restricted nothing either.
 */

#include "hostile.h"
#include "reservation.h"

#define GRANT_FRAMES 4 /* XEN_GRANT_FRAMES of hypervisor/core/domain.h */

static long place(unsigned int space, uint64_t index, uint64_t gfn)
{
    struct xen_add_to_physmap a = {.domid = DOMID_SELF, .space = space, .idx = index, .gpfn = gfn};

    return xen_memory(XENMEM_add_to_physmap, &a);
}

/* The pages of Xen's interface, which only calls about them move. */
static void move_pages_away(void)
{
    const uint64_t first = FAR_GFN + EXTENT_MOST;

    place(XENMAPSPACE_shared_info, 0, first);
    for (unsigned int i = 0; i < GRANT_FRAMES; i++)
        place(XENMAPSPACE_grant_table, i, first + 1 + i);
}

/* Where there was no RAM: the victims lack it. */
static void give_range(uint64_t first, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        reservation_give(first + i);
}

unsigned int victims_restore(void)
{
    unsigned int lost = 0;
    uint16_t view;

    altp2m_set_state(0);
    altp2m_set_state(1);
    altp2m_set_access(0, GFN_NONE, XENMEM_access_rwx); /* what "default" stands for */
    if (!altp2m_create(XENMEM_access_rwx, &view))
        altp2m_switch(view);
    move_pages_away();
    give_range(own.first, own.count);
    give_range(FAR_GFN, EXTENT_MOST);
    for (uint64_t gfn = VICTIM_GFN; gfn < VICTIM_GFN + VICTIM_PAGES; gfn++) {
        lost += reservation_take(gfn) != 1;
        altp2m_set_access(0, gfn, XENMEM_access_rwx);
        altp2m_set_suppress_ve(0, gfn, 1);
    }
    altp2m_set_state(0);
    return lost;
}
