/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each access type against each access: once without a listener (p2m_mem_access_check in
 * xen/arch/x86/mm/mem_access.c), once with #VE.
 */
#include "areas.h"
#include "check.h"
#include "string.h"
#include "world.h"

#define R (1U << ACCESS_READ)
#define W (1U << ACCESS_WRITE)
#define X (1U << ACCESS_EXECUTE)

static const unsigned int allowed[XENMEM_access_default] = {
    [XENMEM_access_n] = 0,      [XENMEM_access_r] = R,           [XENMEM_access_w] = W,
    [XENMEM_access_rw] = R | W, [XENMEM_access_x] = X,           [XENMEM_access_rx] = R | X,
    [XENMEM_access_wx] = W | X, [XENMEM_access_rwx] = R | W | X, [XENMEM_access_rx2rw] = R | X,
    [XENMEM_access_n2rwx] = 0,
};

/*
 * Xen writes these accesses into the entry unchanged, which the CPU treats as misconfigured: don't
 * try them there.
 */
static bool xen_can(uint16_t access)
{
    return access != XENMEM_access_w && access != XENMEM_access_wx;
}

/* The access that a page has after a violation without a listener. */
static uint16_t lifted(uint16_t access, enum access_kind kind)
{
    if (allowed[access] & (1U << kind))
        return access;
    return access == XENMEM_access_rx2rw && kind == ACCESS_WRITE ? XENMEM_access_rw
                                                                 : XENMEM_access_rwx;
}

static struct trap touch(uint16_t view, uint16_t access, enum access_kind kind, uint8_t suppress)
{
    world_fill(0, 0xa0);
    ve_reset();
    altp2m_set_access(view, world_gfn(0), access);
    altp2m_set_suppress_ve(view, world_gfn(0), suppress);
    return world_touch(view, kind, world.pages);
}

/* The result of an access, and the page's access type afterwards. */
struct outcome {
    int vector;
    long access; /* or a negative error */
};

struct outcome_text {
    char text[24];
};

static struct outcome_text describe(struct outcome outcome)
{
    struct outcome_text to;

    snprintf(to.text, sizeof(to.text), "%s,%s", trap_name(outcome.vector),
             outcome.access < 0 ? xen_result(outcome.access)
                                : access_name((unsigned int)outcome.access));
    return to;
}

static struct outcome outcome_of(struct trap trap, uint16_t view)
{
    return (struct outcome){trap.vector, world_access(view, world_gfn(0))};
}

static void check_outcome(const char *name, struct outcome expected, struct outcome seen)
{
    check_text(name, describe(expected).text, describe(seen).text);
}

static void check_unheard(uint16_t view, uint16_t access, enum access_kind kind)
{
    struct trap trap = touch(view, access, kind, 1);
    struct outcome expected = {TRAP_NONE, lifted(access, kind)};

    check_outcome(check_name("unheard.%s.%s", access_name(access), access_kind_name(kind)),
                  expected, outcome_of(trap, view));
}

static void check_heard(uint16_t view, uint16_t access, enum access_kind kind)
{
    struct trap trap = touch(view, access, kind, 0);
    struct outcome expected = {allowed[access] & (1U << kind) ? TRAP_NONE : TRAP_VE, access};

    check_outcome(check_name("heard.%s.%s", access_name(access), access_kind_name(kind)), expected,
                  outcome_of(trap, view));
}

static void check_all(uint16_t view,
                      void (*check)(uint16_t view, uint16_t access, enum access_kind kind))
{
    for (unsigned int access = 0; access < XENMEM_access_default; access++)
        for (unsigned int kind = 0; kind < ACCESS_KINDS && (world.altview || xen_can(access));
             kind++)
            check(view, access, (enum access_kind)kind);
}

/* An allowed access must also do its work. */
static void check_effect(uint16_t view)
{
    uint32_t word = 0;

    touch(view, XENMEM_access_rw, ACCESS_WRITE, 1);
    check_value("effect.write", 0x77, world.pages[64]);
    if (world.altview) {
        touch(view, XENMEM_access_w, ACCESS_WRITE, 1);
        check_value("effect.write_only", 0x77, world.pages[64]);
    }
    touch(view, XENMEM_access_r, ACCESS_WRITE, 0);
    check_value("effect.refused_write", 0xa0, world.pages[64]);
    touch(view, XENMEM_access_r, ACCESS_WRITE, 1);
    check_value("effect.lifted_write", 0x77, world.pages[64]);
    altp2m_set_access(view, world_gfn(0), XENMEM_access_x);
    vmfunc(0, view);
    check_trap("effect.execute_only", TRAP_NONE, probe_execute(world.pages, &word));
    vmfunc(0, 0);
    check_value("effect.executed", 0x600d, word);
    altp2m_set_access(view, world_gfn(0), XENMEM_access_rwx);
}

/* Restrict pages by the view's default, not page by page. */
static void check_default(uint16_t access, enum access_kind kind)
{
    uint16_t view = world_view(access);
    struct trap trap = world_touch(view, kind, world.pages);
    struct outcome expected = {TRAP_NONE, lifted(access, kind)};

    check_outcome(check_name("default.%s.%s", access_name(access), access_kind_name(kind)),
                  expected, outcome_of(trap, view));
    check_result_differs(
        check_name("default.%s.%s.others", access_name(access), access_kind_name(kind)), access,
        -XEN_ESRCH, world_access(view, world_gfn(5)));
    altp2m_destroy(view);
}

struct view_0_row {
    const char *name;
    uint16_t access;
    enum access_kind kind;
    uint8_t suppress;
    struct outcome altview, xen;
};

/*
 * The guest can restrict view 0 like any other. Xen changes the host p2m, whose suppress-#VE and
 * access are not those of the view 0 in which it runs the guest.
 */
static const struct view_0_row view_0_rows[] = {
    {"r.write",
     XENMEM_access_r,
     ACCESS_WRITE,
     1,
     {TRAP_NONE, XENMEM_access_rwx},
     {TRAP_NONE, XENMEM_access_r}},
    {"r.write_heard",
     XENMEM_access_r,
     ACCESS_WRITE,
     0,
     {TRAP_VE, XENMEM_access_r},
     {TRAP_NONE, XENMEM_access_r}},
    {"n.read",
     XENMEM_access_n,
     ACCESS_READ,
     1,
     {TRAP_NONE, XENMEM_access_rwx},
     {TRAP_NONE, XENMEM_access_n}},
};

static void check_view_0(const struct view_0_row *row)
{
    struct trap trap = touch(0, row->access, row->kind, row->suppress);

    check_text_differs(check_name("view0.%s", row->name), describe(row->altview).text,
                       describe(row->xen).text, describe(outcome_of(trap, 0)).text);
    altp2m_set_access(0, world_gfn(0), XENMEM_access_rwx); /* the next check fills the page */
}

/* Not on Xen: the guest's own pages are not in such a view yet, so its first step there is #VE. */
static void check_defaults(void)
{
    check_default(XENMEM_access_rx, ACCESS_READ);
    check_default(XENMEM_access_rx, ACCESS_WRITE);
    check_default(XENMEM_access_rw, ACCESS_EXECUTE);
    check_default(XENMEM_access_n, ACCESS_READ);
    check_default(XENMEM_access_rx2rw, ACCESS_WRITE);
    check_default(XENMEM_access_n2rwx, ACCESS_READ);
}

void area_rights(void)
{
    uint16_t view;

    world_reset_with_notify();
    view = world_view(XENMEM_access_rwx);
    check_all(view, check_unheard);
    check_all(view, check_heard);
    check_effect(view);
    for (size_t i = 0; i < sizeof(view_0_rows) / sizeof(view_0_rows[0]); i++)
        check_view_0(&view_0_rows[i]);
    if (world.altview)
        check_defaults();
    altp2m_set_state(0);
}
