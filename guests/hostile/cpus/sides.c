/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Views are made, changed, hidden and destroyed by both CPUs and, over the control port, by
 * tests/hostile, all at once. Each party's views must stay as that party left them.
 */
#include "hostile.h"
#include "several.h"

#define GFNS      64
#define FIRST_GFN (VICTIM_GFN + VICTIM_PAGES + 256) /* random hypercalls leave those alone */

struct side {
    struct random dice;
    unsigned long rounds, views, wrong;
};

static struct side sides[2];

/* Two gfns of three next to each other, and the third is left alone. */
static void change(struct side *side, uint16_t view)
{
    uint64_t gfn = FIRST_GFN + random_below(&side->dice, GFNS);
    uint16_t access = (uint16_t)random_below(&side->dice, XENMEM_access_rwx);
    struct altview_view_info info;

    side->wrong += altp2m_set_access(view, gfn, access) != 0;
    side->wrong += altp2m_change_gfn(view, gfn + 1, gfn + GFNS) != 0;
    side->wrong += altp2m_set_visibility(view, 0) != 0;
    side->wrong += world_access(view, gfn) != access;
    side->wrong += world_access(view, gfn + 2) != XENMEM_access_rwx;
    side->wrong += altview_view_info(view, &info) || !info.live || info.visible ||
                   info.overrides != 2 || info.remaps != 1;
    side->wrong += altp2m_set_visibility(view, 1) != 0;
    side->wrong += altp2m_change_gfn(view, gfn + 1, GFN_NONE) != 0;
    side->wrong += altview_view_info(view, &info) || !info.visible || info.remaps;
}

static void use_a_view(struct side *side)
{
    uint16_t view;

    if (altp2m_create(XENMEM_access_rwx, &view))
        return;
    side->views++;
    change(side, view);
    side->wrong += altp2m_destroy(view) != 0;
}

static void take_part(void *unused)
{
    struct side *side = &sides[cpu_number()];

    (void)unused;
    for (; side->rounds < box->arguments[2] || !box->arguments[1]; side->rounds++)
        use_a_view(side);
}

/* Argument 0: the seed; 1: not 0 once the control port has had its share; 2: how many rounds each
 * CPU takes at least. altp2m is on, where the
 * mode has it. */
void attack_three_sides(void)
{
    bool may = world.mode == MODE_MIXED;

    for (unsigned int cpu = 0; cpu < 2; cpu++)
        sides[cpu] = (struct side){.dice = {box->arguments[0] + cpu}};
    cpu_run(1, take_part, NULL);
    take_part(NULL);
    several_wait();
    for (unsigned int cpu = 0; cpu < 2; cpu++) {
        printf("CPU %u: %lu views\n", cpu, sides[cpu].views);
        check_value(check_name("cpu_%u.views", cpu), may ? sides[cpu].rounds : 0, sides[cpu].views);
        check_value(check_name("cpu_%u.wrong", cpu), 0, sides[cpu].wrong);
    }
}
