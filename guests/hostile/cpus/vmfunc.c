/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPU 1 goes to views by VMFUNC, while CPU 0, if the mode lets a guest do so, and tests/hostile
 * make, hide, destroy and make them again. A page must show what one of them has put there.
 */
#include "hostile.h"
#include "names.h"
#include "several.h"

#define VIEWS_TRIED 4
#define REAL        0xa1
#define SHOWN       0xb2
#define PAGE        ((volatile uint8_t *)(HOSTILE_PAGE_GFN * PAGE_SIZE))

static unsigned long tried;
static struct {
    unsigned long switched, refused, wrong, real, shown;
} seen;

/*
 * If the view has ended meanwhile, the page is the real one: a vCPU in a view that ends moves to
 * view 0.
 */
static void read_page(void)
{
    uint8_t value = *PAGE;

    seen.real += value == REAL;
    seen.shown += value == SHOWN;
    seen.wrong += value != REAL && value != SHOWN;
    vmfunc(0, 0);
    seen.wrong += *PAGE != REAL;
}

static void go_round(void *argument)
{
    struct random *dice = argument;
    struct trap trap;

    for (; tried < box->arguments[2] || !box->arguments[1]; tried++) {
        trap = probe_vmfunc(0, 1 + random_below(dice, VIEWS_TRIED));
        seen.refused += trap.vector == TRAP_UD;
        seen.switched += trap.vector == TRAP_NONE;
        if (trap.vector == TRAP_NONE)
            read_page();
    }
}

static unsigned long wrong, made;

/*
 * Destroy fails while CPU 1 is in the view: it succeeds for sure only once CPU 1 has been put out.
 */
static void put_out(uint16_t view)
{
    const struct altview_set_visibility hidden = {
        .view = view, .vcpu_id = ALTVIEW_VCPU_ALL, .evict_to = 0};
    long rc;

    wrong += altp2m_set_visibility(view, 0) != 0;
    rc = altp2m_destroy(view);
    if (!rc)
        return;
    wrong += rc != -XEN_EBUSY;
    wrong += altview_set_visibility(hidden) != 0;
    wrong += altp2m_destroy(view) != 0;
}

static void make_and_destroy(struct random *dice)
{
    uint16_t view;

    if (altp2m_create(XENMEM_access_rwx, &view)) {
        wrong++;
        return;
    }
    made++;
    for (uint64_t i = random_below(dice, 4); i; i--) {
        wrong += altp2m_change_gfn(view, HOSTILE_PAGE_GFN, HOSTILE_PAGE_GFN + 1) != 0;
        wrong += altp2m_set_visibility(view, 0) != 0;
        wrong += altp2m_set_visibility(view, 1) != 0;
        wrong += altp2m_change_gfn(view, HOSTILE_PAGE_GFN, GFN_NONE) != 0;
    }
    wrong += altp2m_change_gfn(view, HOSTILE_PAGE_GFN, HOSTILE_PAGE_GFN + 1) != 0;
    put_out(view);
}

/* Argument 0: the seed; 1: not 0 once the control port has had its share; 2: how many VMFUNCs at
 * least. */
void attack_vmfunc(void)
{
    struct random dice[2] = {{box->arguments[0]}, {box->arguments[0] + 1}};
    bool may = world.mode == MODE_MIXED;

    memset(&seen, 0, sizeof(seen));
    wrong = made = tried = 0;
    PAGE[0] = REAL;
    PAGE[PAGE_SIZE] = SHOWN;
    if (may)
        check_result("vmfunc_on", 0, altview_set_vmfunc(1, 1));
    cpu_run(1, go_round, &dice[1]);
    while (!cpu_waits(1)) {
        if (may)
            make_and_destroy(&dice[0]);
        else
            hostile_exit();
        cpu_relax();
    }
    several_wait();
    printf("%lu VMFUNCs switch, %lu are refused; the page is the real one %lu times, another %lu; "
           "CPU 0 made %lu views\n",
           seen.switched, seen.refused, seen.real, seen.shown, made);
    check_value("all_rounds", tried, seen.switched + seen.refused);
    check_value("pages_wrong", 0, seen.wrong);
    check_value("operations_wrong", 0, wrong);
    check_true("views_made", !may || made);
    check_true("both_outcomes", !may || (seen.switched && seen.refused && seen.shown));
}
