/* SPDX-License-Identifier: BSD-2-Clause */
#include "world.h"

#include "check.h"
#include "layout.h"
#include "reservation.h"
#include "start_info.h"
#include "string.h"

#define CODE_VALUE 0x600d

struct world world;

static const char *const mode_names[MODE_COUNT] = {
    [MODE_DISABLED] = "disabled",
    [MODE_MIXED] = "mixed",
    [MODE_EXTERNAL] = "external",
    [MODE_LIMITED] = "limited",
};

static bool read_mode(void)
{
    char value[16] = "mixed";

    start_info_option("mode", value, sizeof(value));
    for (unsigned int mode = 0; mode < MODE_COUNT; mode++) {
        world.mode = (enum world_mode)mode;
        if (string_equal(value, mode_names[mode]))
            return true;
    }
    printf("conformance: mode=%s is none of mixed, external, limited, disabled\n", value);
    return false;
}

const char *world_mode_name(void)
{
    return mode_names[world.mode];
}

static uint64_t make_hole(void)
{
    uint64_t gfn = memory_gfn(memory_pages(1));

    reservation_give(gfn);
    return gfn;
}

/* The hypervisor refuses an unknown command before an unknown domain, in every mode and state. */
static bool is_altview(void)
{
    struct xen_hvm_altp2m_op op = altp2m_envelope(HVMOP_altview_view_info);

    op.domain = DOMID_INVALID;
    return altp2m_call(&op) == -XEN_ESRCH;
}

/* Xen 4.17 has 10 views. altview gives the number, if the guest may turn altp2m on. */
static uint16_t count_views(void)
{
    struct altview_view_info info;
    uint16_t views = 0;

    altp2m_set_state(1);
    while (!altview_view_info(views, &info))
        views++;
    altp2m_set_state(0);
    return views ? views : 10;
}

bool world_init(void)
{
    if (!read_mode())
        return false;
    world.huge = UINT64_C(1) << 40;
    world.pages = memory_pages(WORLD_PAGES);
    world.hole = make_hole();
    ve_init();
    world.altview = is_altview();
    world.vmfunc_exits = world.altview && altp2m_direct_probe() & ALTVIEW_PROBE_VMFUNC_EXITS;
    world.views = count_views();
    ve_resume_unexpected(!world.altview);
    return true;
}

void world_reset(void)
{
    altp2m_set_state(0);
    altp2m_set_state(1);
    ve_reset();
}

void world_reset_with_notify(void)
{
    world_reset();
    altp2m_enable_notify(0, memory_gfn(ve_page()));
}

struct bad_view world_bad_view(unsigned int i, uint16_t live)
{
    const struct bad_view views[WORLD_BAD_VIEWS] = {
        {"unused", live + 1}, {"last", world.views - 1}, {"table_end", world.views}, {"0x1ff", 511},
        {"0x200", 512},       {"0xffff", 0xffff},
    };

    return views[i];
}

/*
 * Xen fills a view when a page is first touched there, and raises #VE for each if it is on: touch
 * them all beforehand, with the busy word set.
 */
static void populate(uint16_t view)
{
    uint8_t byte;

    ve_page()->busy = VE_BUSY;
    altp2m_switch(view);
    for (const volatile char *page = image_start; page < image_end; page += PAGE_SIZE)
        probe_read(page, &byte);
    altp2m_switch(0);
    ve_page()->busy = 0;
}

uint16_t world_view(uint16_t access)
{
    uint16_t view;
    long rc = altp2m_create(access, &view);

    if (rc)
        check_result("create_view", 0, rc);
    else if (!world.altview && access == XENMEM_access_rwx)
        populate(view);
    return view;
}

uint64_t world_gfn(unsigned int page)
{
    return memory_gfn(world.pages) + page;
}

void world_fill(unsigned int page, uint8_t value)
{
    void *at = (void *)(world.pages + page * PAGE_SIZE);

    memset(at, value, PAGE_SIZE);
    probe_make_code(at, CODE_VALUE);
}

long world_access(uint16_t view, uint64_t gfn)
{
    uint16_t access;
    long rc = altp2m_get_access(view, gfn, &access);

    return rc ? rc : access;
}

long world_suppress(uint16_t view, uint64_t gfn)
{
    uint8_t suppress;
    long rc = altp2m_get_suppress_ve(view, gfn, &suppress);

    return rc ? rc : suppress;
}

long world_index(void)
{
    uint16_t view;
    long rc = altp2m_get_index(0, &view);

    return rc ? rc : view;
}

static struct trap touch(enum access_kind kind, volatile uint8_t *page)
{
    uint8_t byte;
    uint32_t word;

    switch (kind) {
    case ACCESS_READ:
        return probe_read(page + WORLD_BYTE, &byte);
    case ACCESS_WRITE:
        return probe_write(page + WORLD_BYTE, WORLD_TOUCH);
    default:
        return probe_execute(page, &word);
    }
}

struct trap world_touch(uint16_t view, enum access_kind kind, volatile uint8_t *page)
{
    struct trap trap = probe_vmfunc(0, view);

    if (trap.vector != TRAP_NONE)
        return trap;
    trap = touch(kind, page);
    vmfunc(0, 0);
    return trap;
}

const char *access_kind_name(enum access_kind kind)
{
    static const char *const names[ACCESS_KINDS] = {"read", "write", "execute"};

    return names[kind];
}

int world_shows(uint16_t view, const volatile uint8_t *page)
{
    struct trap trap = probe_vmfunc(0, view);
    uint8_t byte = 0;

    if (trap.vector != TRAP_NONE)
        return -trap.vector;
    trap = probe_read(page + WORLD_BYTE, &byte);
    vmfunc(0, 0);
    return trap.vector == TRAP_NONE ? byte : -trap.vector;
}

#define EXIT_REASON_PREEMPTION_TIMER 52 /* SDM Vol. 3C, appendix C: the hypervisor's own clock */

static uint64_t asked; /* how often: each is an exit, too */

static uint64_t count_of(uint32_t reason)
{
    uint64_t count;

    asked++;
    altview_exit_count(reason, &count);
    return count;
}

/* All but the clock's, which may come between two questions, and ours. */
static uint64_t count_exits(void)
{
    uint64_t timer, others;

    do {
        timer = count_of(EXIT_REASON_PREEMPTION_TIMER);
        others = count_of(ALTVIEW_EXIT_ALL) - timer - asked;
    } while (count_of(EXIT_REASON_PREEMPTION_TIMER) != timer);
    return others;
}

uint64_t world_exits_start(void)
{
    return count_exits();
}

uint64_t world_exits_end(uint64_t start)
{
    return count_exits() - start;
}
