/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which vCPUs an operation takes out of the guest: none, if it removes no right in a view where the
 * vCPU can be, and no table that the vCPU may be walking. The guest counts the others' NMI exits.
 */
#include "reservation.h"
#include "smp.h"

#define ROUNDS    smp_rounds(100)
#define GFN_ALONE 0x200 /* RAM at 2 MiB, far from the other pages */

static unsigned long quit, turns;

/* CPU 1's view meanwhile. */
enum stay { SAME_VIEW, OTHER_VIEW, OTHER_VIEW_FOR_GOOD, STAYS };

static const char *const stay_names[STAYS] = {
    [SAME_VIEW] = "same_view",
    [OTHER_VIEW] = "other_view",
    [OTHER_VIEW_FOR_GOOD] = "other_view_without_vmfunc",
};

static void spin(void *argument)
{
    (void)argument;
    while (!shared_read(&quit))
        let_others_run(shared_add(&turns, 1));
}

/* A vCPU that is still out of the guest, from the last time, need not be kicked. */
static void await_turn(void)
{
    smp_await(&turns, shared_read(&turns) + 1, "CPU 1 to be in the guest");
}

static long widen(void)
{
    return altp2m_set_access(1, world_gfn(0), XENMEM_access_rwx);
}

static long narrow(void)
{
    return altp2m_set_access(1, world_gfn(0), XENMEM_access_r);
}

static long widen_last(void)
{
    return altp2m_set_access(1, GFN_ALONE, XENMEM_access_rwx);
}

static long narrow_first(void)
{
    return altp2m_set_access(1, GFN_ALONE, XENMEM_access_r);
}

static long remap(void)
{
    return altp2m_change_gfn(1, world_gfn(0), world_gfn(1));
}

static long unmap(void)
{
    return altp2m_change_gfn(1, world_gfn(0), GFN_NONE);
}

static long hide(void)
{
    return altp2m_set_visibility(2, 0);
}

static long show(void)
{
    return altp2m_set_visibility(2, 1);
}

static long create(void)
{
    uint16_t view;

    return altp2m_create(XENMEM_access_rwx, &view);
}

static long destroy(void)
{
    return altp2m_destroy(3);
}

static long ask(void)
{
    return world_access(1, world_gfn(0)) < 0;
}

static long go_on(void)
{
    return altp2m_switch(0);
}

static long where(void)
{
    return smp_index(1) < 0;
}

static long give_page(void)
{
    return reservation_give(world_gfn(3));
}

static long take_page(void)
{
    return reservation_take(world_gfn(3));
}

#define ANY (-1)

static const struct row {
    const char *name;
    long (*run)(void), (*prepare)(void);
    int kicks[STAYS]; /* each time, or ANY: reported only */
} rows[] = {
    {"widen", widen, narrow, {0, 0, 0}},
    {"widen_last", widen_last, narrow_first, {1, ANY, 0}}, /* gives tables back */
    {"narrow", narrow, widen, {1, ANY, 0}},
    {"remap", remap, unmap, {1, ANY, 0}},
    {"unremap", unmap, remap, {1, ANY, 0}},
    {"hide", hide, show, {0, 0, 0}},
    {"show", show, hide, {0, 0, 0}},
    {"create", create, destroy, {0, 0, 0}},
    {"destroy", destroy, create, {ANY, ANY, ANY}},
    {"get_access", ask, NULL, {0, 0, 0}},
    {"get_index", where, NULL, {ANY, ANY, ANY}},
    {"give_page", give_page, take_page, {1, 1, 1}}, /* the base: all run on it */
    {"take_page", take_page, give_page, {0, 0, 0}},
    {"switch", go_on, NULL, {ANY, ANY, ANY}}, /* the last: CPU 1 goes too */
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static uint64_t count(const struct row *row)
{
    uint64_t kicks = 0, before;

    for (unsigned int i = 0; i < ROUNDS; i++) {
        if (row->prepare)
            row->prepare();
        await_turn();
        before = smp_exits(1, EXIT_NMI);
        row->run();
        kicks += smp_exits(1, EXIT_NMI) - before;
    }
    return kicks;
}

/* A vCPU that happens to be out of the guest again need not be kicked: sometimes there is one less.
 */
static void check_row(const struct row *row, enum stay stay, uint64_t kicks)
{
    const char *name = check_name("%s.%s", row->name, stay_names[stay]);
    int each = row->kicks[stay];

    if (each == 0)
        check_value(name, 0, kicks);
    else if (each > 0)
        check_true(name, kicks <= ROUNDS && (kicks >= ROUNDS * 9 / 10 || smp_windows_are_wide()));
}

static void settle(enum stay stay)
{
    quit = turns = 0;
    altview_set_vmfunc(1, 1);
    smp_go(1, stay == SAME_VIEW ? 1 : 0);
    if (stay == OTHER_VIEW_FOR_GOOD)
        altview_set_vmfunc(1, 0);
    cpu_run(1, spin, NULL);
    smp_await(&turns, 1, "CPU 1 to settle");
}

static void measure(enum stay stay, uint64_t *kicks)
{
    settle(stay);
    for (size_t i = 0; i < ROWS; i++) {
        kicks[i] = count(&rows[i]);
        check_row(&rows[i], stay, kicks[i]);
    }
    shared_write(&quit, 1);
    smp_wait(1);
    altview_set_vmfunc(1, 1);
    smp_go(1, 0);
}

static void print(uint64_t kicks[STAYS][ROWS])
{
    printf("smp: kicks of CPU 1, while it is in the same view, another, another without VMFUNC; "
           "%u times\n",
           ROUNDS);
    for (size_t i = 0; i < ROWS; i++)
        printf("smp: kicks %-12s %6lu %6lu %6lu\n", rows[i].name,
               (unsigned long)kicks[SAME_VIEW][i], (unsigned long)kicks[OTHER_VIEW][i],
               (unsigned long)kicks[OTHER_VIEW_FOR_GOOD][i]);
}

void area_kicks(void)
{
    static uint64_t kicks[STAYS][ROWS];

    if (cpus_count() < 2)
        return;
    smp_reset_with_notify();
    world_view(XENMEM_access_rwx);
    world_view(XENMEM_access_rwx);
    altp2m_set_access(1, world_gfn(2), XENMEM_access_r); /* so that their tables stay */
    for (unsigned int stay = 0; stay < STAYS; stay++)
        measure((enum stay)stay, kicks[stay]);
    print(kicks);
    altp2m_set_state(0);
}
