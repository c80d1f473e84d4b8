/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each access type against each access: once with nobody listening (p2m_mem_access_check in
 * xen/arch/x86/mm/mem_access.c), once with #VE.
 */
#include "areas.h"
#include "check.h"
#include "format.h"
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

/* Xen writes these as they are, which the CPU calls a misconfigured entry: not to be tried there.
 */
static bool xen_can(uint16_t access)
{
    return access != XENMEM_access_w && access != XENMEM_access_wx;
}

/* The access a page has after nobody heard of the violation. */
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

/* Outcome and access afterwards in one: "none,rwx". */
static void check_outcome(const char *name, int vector, uint16_t access, struct trap seen,
                          long seen_access)
{
    char expected_text[24], seen_text[24];

    snprintf(expected_text, sizeof(expected_text), "%s,%s", trap_name(vector), access_name(access));
    snprintf(seen_text, sizeof(seen_text), "%s,%s", trap_name(seen.vector),
             seen_access < 0 ? xen_result(seen_access) : access_name((unsigned int)seen_access));
    check_text(name, expected_text, seen_text);
}

static void check_unheard(uint16_t view, uint16_t access, enum access_kind kind)
{
    struct trap trap = touch(view, access, kind, 1);

    check_outcome(check_name("unheard.%s.%s", access_name(access), access_kind_name(kind)),
                  TRAP_NONE, lifted(access, kind), trap, world_access(view, world_gfn(0)));
}

static void check_heard(uint16_t view, uint16_t access, enum access_kind kind)
{
    struct trap trap = touch(view, access, kind, 0);
    int expected = allowed[access] & (1U << kind) ? TRAP_NONE : TRAP_VE;

    check_outcome(check_name("heard.%s.%s", access_name(access), access_kind_name(kind)), expected,
                  access, trap, world_access(view, world_gfn(0)));
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

/* Restricted through the view's default, not page by page. */
static void check_default(uint16_t access, enum access_kind kind)
{
    uint16_t view = world_view(access);
    struct trap trap = world_touch(view, kind, world.pages);

    check_outcome(check_name("default.%s.%s", access_name(access), access_kind_name(kind)),
                  TRAP_NONE, lifted(access, kind), trap, world_access(view, world_gfn(0)));
    check_result_differs(
        check_name("default.%s.%s.others", access_name(access), access_kind_name(kind)), access,
        -XEN_ESRCH, world_access(view, world_gfn(5)));
    altp2m_destroy(view);
}

static void check_view_0_by(const char *name, int vector, uint16_t expected, uint16_t access,
                            enum access_kind kind, uint8_t suppress)
{
    struct trap trap = touch(0, access, kind, suppress);

    check_outcome(name, vector, expected, trap, world_access(0, world_gfn(0)));
    altp2m_set_access(0, world_gfn(0), XENMEM_access_rwx); /* the next check fills the page */
}

/* View 0 can be restricted like any other. */
static void check_view_0(void)
{
    check_view_0_by("view0.r.write", TRAP_NONE, XENMEM_access_rwx, XENMEM_access_r, ACCESS_WRITE,
                    1);
    check_view_0_by("view0.r.write_heard", TRAP_VE, XENMEM_access_r, XENMEM_access_r, ACCESS_WRITE,
                    0);
    check_view_0_by("view0.n.read", TRAP_NONE, XENMEM_access_rwx, XENMEM_access_n, ACCESS_READ, 1);
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
    check_view_0();
    if (world.altview)
        check_defaults();
    altp2m_set_state(0);
}
