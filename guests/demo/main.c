/* SPDX-License-Identifier: BSD-2-Clause */
/* The demo guest: shows, step by step, what views and their visibility are. */
#include "altp2m.h"
#include "console.h"
#include "cpu.h"
#include "memory.h"
#include "runtime.h"
#include "scene.h"
#include "string.h"
#include "ve.h"

#define EXIT_REASON_PREEMPTION_TIMER 52 /* SDM Vol. 3C, appendix C */
#define COUNT_OVERHEAD               2  /* the VM exits between two exit_counts, by themselves */

static bool expect_result(const char *what, long expected, long seen)
{
    return report_step(what, xen_result(expected), xen_result(seen));
}

static void expect_access(const char *what, uint16_t expected, uint16_t view, const void *page)
{
    uint16_t access = 0;
    long rc = altp2m_get_access(view, memory_gfn(page), &access);

    report_step(what, access_name(expected), rc ? xen_result(rc) : access_name(access));
}

static void expect_visit(const char *what, const char *expected, struct visit visit)
{
    report_step(what, expected, visit_outcome(&visit));
}

static void expect_hex(const char *what, uint64_t expected, uint64_t seen)
{
    char texts[2][20];

    snprintf(texts[0], sizeof(texts[0]), "%#llx", (unsigned long long)expected);
    snprintf(texts[1], sizeof(texts[1]), "%#llx", (unsigned long long)seen);
    report_step(what, texts[0], texts[1]);
}

/* AMD's CPUs don't report it. */
static void expect_linear(const char *what, uint64_t expected, const struct ve_info *seen)
{
    if (seen->qualification & VE_QUALIFY_LINEAR)
        expect_hex(what, expected, seen->gla);
    else
        report_step(what, cpu_is_amd() ? "not told" : "told", "not told");
}

static void create(const char *what, uint16_t expected)
{
    uint16_t view;
    long rc = altp2m_create(XENMEM_access_rwx, &view);

    expect_result(what, expected, rc ? rc : view);
}

static bool turn_on(void)
{
    if (expect_result("turn altp2m on", 0, altp2m_set_state(1)))
        return true;
    printf("\nThe story ends here: this guest may not use altp2m (is its mode \"mixed\"?).\n");
    return false;
}

static void make_views(const struct scene *scene)
{
    uint64_t gfn = memory_gfn(scene->page);

    expect_result("switch on VMFUNC and #VE", 0, altp2m_enable_notify(0, ve_init()));
    create("make view \"vault\"; its index", VIEW_VAULT);
    expect_result("  there P shows the vault page", 0,
                  altp2m_change_gfn(VIEW_VAULT, gfn, memory_gfn(scene->vault)));
    create("make view \"read-only\"; its index", VIEW_READ_ONLY);
    expect_result("  there P can be read and executed", 0,
                  altp2m_set_access(VIEW_READ_ONLY, gfn, XENMEM_access_rx));
    expect_result("  violations there arrive as #VE", 0,
                  altp2m_set_suppress_ve(VIEW_READ_ONLY, gfn, 0));
    create("make view \"no access\"; its index", VIEW_NO_ACCESS);
    expect_result("  there P can't even be read", 0,
                  altp2m_set_access(VIEW_NO_ACCESS, gfn, XENMEM_access_n));
    expect_result("  violations there arrive as #VE", 0,
                  altp2m_set_suppress_ve(VIEW_NO_ACCESS, gfn, 0));
}

/* VM exits so far, without those of the hypervisor's own clock. */
static uint64_t exit_count(void)
{
    uint64_t all, timer;

    altview_exit_count(ALTVIEW_EXIT_ALL, &all);
    altview_exit_count(EXIT_REASON_PREEMPTION_TIMER, &timer);
    return all - timer;
}

/* If the CPU does not change views by VMFUNC, or does not deliver #VE, the hypervisor does. On the
 * walk there are four visits, each there and back, and one #VE. */
static long exits_of_walk(void)
{
    long how = altp2m_direct_probe();

    if (how < 0)
        return 0;
    return (how & ALTVIEW_PROBE_VMFUNC_EXITS ? 8 : 0) + (how & ALTVIEW_PROBE_VE_EXITS ? 1 : 0);
}

static void walk_views(const struct scene *scene)
{
    uint64_t before = exit_count();
    struct visit host = scene_visit(scene->page, VIEW_HOST);
    struct visit vault = scene_visit(scene->page, VIEW_VAULT);
    struct visit read_only = scene_visit(scene->page, VIEW_READ_ONLY);
    struct visit no_access = scene_visit(scene->page, VIEW_NO_ACCESS);
    uint64_t exits = exit_count() - before - COUNT_OVERHEAD;

    expect_visit("VMFUNC to view 0, read P", TEXT_REAL, host);
    expect_visit("VMFUNC to view 1, read P", TEXT_VAULT, vault);
    expect_visit("VMFUNC to view 2, read P", TEXT_REAL, read_only);
    expect_visit("VMFUNC to view 3, read P", "#VE", no_access);
    expect_result("VM exits on that walk", exits_of_walk(), (long)exits);
}

static void hide_and_show(const struct scene *scene)
{
    uint16_t view;
    long rc;

    expect_result("hide view 1", 0, altp2m_set_visibility(VIEW_VAULT, 0));
    expect_visit("VMFUNC to it", "#UD", scene_visit(scene->page, VIEW_VAULT));
    rc = altp2m_get_index(0, &view);
    expect_result("  the guest is still in view", VIEW_HOST, rc ? rc : view);
    report_step("  where P says", TEXT_REAL, scene->page);
    expect_result("switch the whole domain to it", -XEN_EINVAL, altp2m_switch(VIEW_VAULT));
    expect_result("show view 1", 0, altp2m_set_visibility(VIEW_VAULT, 1));
    expect_visit("VMFUNC to it, read P", TEXT_VAULT, scene_visit(scene->page, VIEW_VAULT));
}

static void take_exception(const struct scene *scene)
{
    const struct ve_record *record = ve_record();

    ve_reset();
    expect_visit("VMFUNC to view 2, write P", "#VE",
                 scene_write(scene->page, VIEW_READ_ONLY, TEXT_NEW));
    report_step("  the access was a", "write", ve_access_name(&record->last));
    expect_hex("  at the guest physical address", (uintptr_t)scene->page, record->last.gpa);
    expect_linear("  at the linear address", (uintptr_t)scene->page, &record->last);
    expect_result("  in view", VIEW_READ_ONLY, record->last.eptp_index);
    report_step("P still says", TEXT_REAL, scene->page);
}

static void nobody_listens(const struct scene *scene)
{
    expect_result("in view 2 page Q is read-only, without #VE", 0,
                  altp2m_set_access(VIEW_READ_ONLY, memory_gfn(scene->lifted), XENMEM_access_r));
    expect_visit("write Q there: nobody listens, it succeeds", TEXT_NEW,
                 scene_write(scene->lifted, VIEW_READ_ONLY, TEXT_NEW));
    report_step("  Q says", TEXT_NEW, scene->lifted);
    expect_access("  the restriction is lifted to", XENMEM_access_rwx, VIEW_READ_ONLY,
                  scene->lifted);
    expect_result(
        "in view 2 page R is rx2rw, without #VE", 0,
        altp2m_set_access(VIEW_READ_ONLY, memory_gfn(scene->converted), XENMEM_access_rx2rw));
    expect_visit("write R there", TEXT_NEW,
                 scene_write(scene->converted, VIEW_READ_ONLY, TEXT_NEW));
    expect_access("  it is converted to", XENMEM_access_rw, VIEW_READ_ONLY, scene->converted);
}

static void tell(const struct scene *scene)
{
    report_chapter("Make three views in which page P differs");
    if (!turn_on())
        return;
    make_views(scene);
    report_chapter("Walk through them with VMFUNC");
    walk_views(scene);
    report_chapter("Hide a view, and show it again");
    hide_and_show(scene);
    report_chapter("A forbidden write arrives in the guest's own handler");
    take_exception(scene);
    report_chapter("A restriction without #VE, and nobody listening");
    nobody_listens(scene);
    report_chapter("View 3 is hidden; this is what there is now");
    expect_result("hide view 3", 0, altp2m_set_visibility(VIEW_NO_ACCESS, 0));
    table_print(scene);
}

unsigned int guest_main(void)
{
    struct scene scene;

    printf("altview: one guest, several views of its memory\n");
    if (!xen_present()) {
        printf("There is no Xen and no altview below this guest: nothing to show.\n");
        return SHUTDOWN_crash;
    }
    scene_init(&scene);
    printf("Page P is at guest physical address %#lx and says \"%s\".\n",
           (unsigned long)(uintptr_t)scene.page, scene.page);
    printf("Calls answer 0 or one of Xen's errors; #UD and #VE are the CPU's exceptions.\n");
    tell(&scene);
    printf("\n%u steps, %u not as expected\n", report_steps(), report_failures());
    return report_failures() ? SHUTDOWN_crash : SHUTDOWN_poweroff;
}
