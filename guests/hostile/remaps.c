/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ten thousands of remaps in the guest's worst choice: all to one page. Destroying a view with many
 * takes many calls, between which others get a turn, and frees all its memory. A list that replaces
 * the page that they show takes many calls, too.
 */
#include "cpus/several.h"
#include "hostile.h"
#include "reservation.h"

#define PAGES  UINT64_C(4096) /* of RAM, from VICTIM_GFN on */
#define MOST   16
#define ROUNDS 2 /* of one CPU: the other one's calls make each several times as long */
#define ENOUGH 50000
#define TIMES  8  /* the list names the page */
#define VMCALL 18 /* SDM Vol. 3D, appendix C: basic exit reasons */

/* A page of RAM that shows nothing and is not shown. */
#define SPARE_GFN (VICTIM_GFN + PAGES - 1)

static unsigned int make_views(uint16_t views[MOST])
{
    unsigned int count = 0;

    while (count < MOST && !altp2m_create(XENMEM_access_rwx, &views[count]))
        count++;
    return count;
}

/* As many as the memory for tables allows. */
static unsigned long remap_many(uint16_t view)
{
    unsigned long made = 0;

    for (uint64_t gfn = 1; gfn < PAGES - 1; gfn++)
        made += !altp2m_change_gfn(view, VICTIM_GFN + gfn, VICTIM_GFN);
    return made;
}

static uint64_t calls_so_far(void)
{
    uint64_t calls = 0;

    check_result("exit_count", 0, altview_exit_count(VMCALL, &calls));
    return calls;
}

/* The hypervisor may not follow thousands of remaps eight times before it lets an interrupt in. */
static void replace_what_they_show(void)
{
    xen_pfn_t extents[TIMES];
    struct xen_memory_reservation reservation = {.nr_extents = TIMES, .domid = DOMID_SELF};
    uint64_t calls;

    for (unsigned int i = 0; i < TIMES; i++)
        extents[i] = VICTIM_GFN;
    set_xen_guest_handle(reservation.extent_start, extents);
    calls = calls_so_far();
    check_result("list.take", TIMES, xen_memory(XENMEM_populate_physmap, &reservation));
    check_true("list.goes_in_parts", calls_so_far() - calls > TIMES);
}

static unsigned long round_of_all(void)
{
    uint16_t views[MOST];
    unsigned int count = make_views(views), refused = 0;
    unsigned long made = 0;

    /* While there is memory for the tables that a page alone takes. */
    check_result("spare.give", 1, reservation_give(SPARE_GFN));
    check_result("shown.take", 1, reservation_take(VICTIM_GFN));
    for (unsigned int i = 0; i < count; i++)
        made += remap_many(views[i]);
    replace_what_they_show();
    for (unsigned int i = 0; i < count; i++)
        refused += altp2m_destroy(views[i]) != 0;
    check_value("destroy.refused", 0, refused);
    check_result("spare.take", 1, reservation_take(SPARE_GFN));
    return made;
}

void attack_remaps(void)
{
    unsigned long made, all = 0;

    if (altp2m_set_state(1) || world.mode != MODE_MIXED)
        return; /* they are not the guest's to make */
    made = round_of_all();
    for (unsigned int i = 1; i < (several() ? 1 : ROUNDS); i++) {
        all += made;
        check_value("made.as_many_as_before", made, round_of_all());
    }
    check_true("made.many", (all + made) * (several() ? 2 : 1) >= ENOUGH);
    printf("remaps: %lu\n", all + made);
    /* All at once, while the page that they show changes. */
    for (unsigned int i = 0; i < 4; i++) {
        uint16_t view;

        if (!altp2m_create(XENMEM_access_rwx, &view))
            remap_many(view);
    }
    check_result("off", 0, altp2m_set_state(0));
    check_result("on", 0, altp2m_set_state(1));
    check_value("made.after_all", made, round_of_all());
    altp2m_set_state(0);
}
