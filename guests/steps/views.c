/* SPDX-License-Identifier: BSD-2-Clause */
#include "views.h"

#include "altp2m.h"
#include "console.h"
#include "xen.h"

static const struct {
    const char *name;
    uint16_t view;
} ways[WAYS] = {
    [WAY_PLAIN] = {"plain", VIEW_PLAIN},   [WAY_REPORT] = {"report", VIEW_REPORT},
    [WAY_IN_0] = {"step-in-0", VIEW_IN_0}, [WAY_IN] = {"step-in", VIEW_IN},
    [WAY_LIFT] = {"lift", VIEW_LIFT},      [WAY_ANSWER] = {"answer", VIEW_ANSWER},
    [WAY_WATCH] = {"watch", VIEW_IN_0},
};

/* Envelopes of HVMOP_altp2m_switch_p2m, for sequences. */
struct xen_hvm_altp2m_op views_to_0, views_to_other;

static uint64_t gfns[ARENA_PAGES];

const char *way_name(enum way way)
{
    return ways[way].name;
}

uint16_t view_of(enum way way)
{
    return ways[way].view;
}

static void need(const char *what, long result)
{
    if (!result)
        return;
    printf("guest: %s: %s\n", what, xen_result(result));
    xen_shutdown(SHUTDOWN_crash);
}

static void touch(uint64_t address)
{
    *(volatile uint8_t *)(uintptr_t)address;
}

static struct xen_hvm_altp2m_op switch_to(uint16_t view)
{
    struct xen_hvm_altp2m_op op = altp2m_envelope(HVMOP_altp2m_switch_p2m);

    op.u.view.view = view;
    return op;
}

/* The policy that is set last. Without one the page is lifted. */
static bool report_is_set(void)
{
    uint16_t access = 0;

    need("restrict", altp2m_set_access(VIEW_REPORT, arena_mark_gfn(), XENMEM_access_n));
    need("switch", altp2m_switch(VIEW_REPORT));
    touch(VIEW_MARK_PAGE);
    need("switch", altp2m_switch(VIEW_0));
    need("get an access", altp2m_get_access(VIEW_REPORT, arena_mark_gfn(), &access));
    return access == XENMEM_access_n;
}

void views_init(void)
{
    uint16_t view;

    need("altp2m on", altp2m_set_state(1));
    for (unsigned int i = VIEW_REPORT; i <= VIEW_OTHER; i++)
        need("create a view", altp2m_create(XENMEM_access_rwx, &view));
    need("VMFUNC on", altview_set_vmfunc(0, 1));
    for (unsigned int i = 0; i < ARENA_PAGES; i++)
        gfns[i] = arena_gfn(i);
    views_to_0 = switch_to(VIEW_0);
    views_to_other = switch_to(VIEW_OTHER);
    printf("views: made\n");
    while (!report_is_set())
        ;
    printf("views: have their policies\n");
}

/* Each instruction on its own from here on, or no longer. */
static void watch(uint64_t address)
{
    need("restrict", altp2m_set_access(VIEW_ANSWER, arena_mark_gfn(), XENMEM_access_n));
    need("switch", altp2m_switch(VIEW_ANSWER));
    touch(address);
}

void views_enter(enum way way, const uint8_t accesses[ARENA_PAGES])
{
    uint16_t view = ways[way].view;

    if (way != WAY_PLAIN)
        need("restrict", altp2m_set_access_list(view, ARENA_PAGES, gfns, accesses));
    if (way == WAY_WATCH)
        watch(VIEW_MARK_ON);
    need("switch", altp2m_switch(view));
}

uint16_t views_leave(enum way way)
{
    uint16_t view = 0;

    need("ask for the view", altp2m_get_index(0, &view));
    if (way == WAY_WATCH)
        watch(VIEW_MARK_OFF);
    need("switch", altp2m_switch(VIEW_0));
    return view;
}
