/* SPDX-License-Identifier: BSD-2-Clause */
/* change_gfn: the page that a view shows, and the answers (p2m_change_altp2m_gfn). */
#include "areas.h"
#include "check.h"
#include "world.h"

/* Page n holds the byte 0xa0 + n. */
#define BYTE(page) (0xa0 + (page))

static volatile uint8_t *page_at(unsigned int page)
{
    return world.pages + page * PAGE_SIZE;
}

static int shows(uint16_t view, unsigned int page)
{
    return world_shows(view, page_at(page));
}

static void check_show(uint16_t view)
{
    check_result("show", 0, altp2m_change_gfn(view, world_gfn(0), world_gfn(1)));
    check_shows("show.in_view", BYTE(1), shows(view, 0));
    check_shows("show.target_itself", BYTE(1), shows(view, 1));
    check_shows("show.in_view_0", BYTE(0), shows(0, 0));
    check_result("show.access", XENMEM_access_rwx, world_access(view, world_gfn(0)));
    check_result("show.suppress_off", 0, world_suppress(view, world_gfn(0)));
    check_trap("show.write", TRAP_NONE, world_touch(view, ACCESS_WRITE, page_at(0)));
    check_shows("show.write_reached_target", 0x77, shows(0, 1));
    check_shows("show.write_spared_source", BYTE(0), shows(0, 0));
    world_fill(1, BYTE(1));
    check_result("show.other_target", 0, altp2m_change_gfn(view, world_gfn(0), world_gfn(2)));
    check_shows("show.other_in_view", BYTE(2), shows(view, 0));
}

static void check_undo(uint16_t view)
{
    check_result("undo", 0, altp2m_change_gfn(view, world_gfn(0), GFN_NONE));
    check_shows_differs("undo.in_view", BYTE(0), -TRAP_VE, shows(view, 0));
    check_result_differs("undo.access", XENMEM_access_rwx, -XEN_ESRCH,
                         world_access(view, world_gfn(0)));
    check_result_differs("undo.suppress", 1, -XEN_ESRCH, world_suppress(view, world_gfn(0)));
    check_result("undo.nothing", 0, altp2m_change_gfn(view, world_gfn(5), GFN_NONE));
    check_result("undo.hole", 0, altp2m_change_gfn(view, world.hole, GFN_NONE));
    check_result("undo.huge", 0, altp2m_change_gfn(view, world.huge, GFN_NONE));
    altp2m_set_access(view, world_gfn(0), XENMEM_access_r);
    check_result("undo.access_only", 0, altp2m_change_gfn(view, world_gfn(0), GFN_NONE));
    check_result_differs("undo.access_back", XENMEM_access_rwx, -XEN_ESRCH,
                         world_access(view, world_gfn(0)));
}

/* A remap onto a remapped page shows the page that that one shows. */
static void check_chain(uint16_t view)
{
    altp2m_change_gfn(view, world_gfn(1), world_gfn(2));
    check_result("chain", 0, altp2m_change_gfn(view, world_gfn(0), world_gfn(1)));
    check_shows("chain.in_view", BYTE(2), shows(view, 0));
    check_result("chain.undo_middle", 0, altp2m_change_gfn(view, world_gfn(1), GFN_NONE));
    check_shows_differs("chain.middle", BYTE(1), -TRAP_VE, shows(view, 1));
    check_shows("chain.end_stays", BYTE(2), shows(view, 0));
    altp2m_change_gfn(view, world_gfn(0), GFN_NONE);
    check_result("itself", 0, altp2m_change_gfn(view, world_gfn(0), world_gfn(0)));
    check_shows("itself.in_view", BYTE(0), shows(view, 0));
    altp2m_change_gfn(view, world_gfn(0), GFN_NONE);
    altp2m_change_gfn(view, world_gfn(0), world_gfn(1));
    check_result("swap", 0, altp2m_change_gfn(view, world_gfn(3), world_gfn(4)));
    check_shows("swap.first", BYTE(1), shows(view, 0));
    check_shows("swap.second", BYTE(4), shows(view, 3));
    altp2m_change_gfn(view, world_gfn(0), GFN_NONE);
    altp2m_change_gfn(view, world_gfn(3), GFN_NONE);
}

static void check_rights(uint16_t view)
{
    altp2m_set_access(view, world_gfn(1), XENMEM_access_r);
    check_result("rights", 0, altp2m_change_gfn(view, world_gfn(0), world_gfn(1)));
    check_result("rights.of_target", XENMEM_access_r, world_access(view, world_gfn(0)));
    check_trap("rights.read", TRAP_NONE, world_touch(view, ACCESS_READ, page_at(0)));
    check_trap("rights.write", TRAP_VE, world_touch(view, ACCESS_WRITE, page_at(0)));
    check_result("rights.set_later", 0, altp2m_set_access(view, world_gfn(0), XENMEM_access_rwx));
    check_trap("rights.write_later", TRAP_NONE, world_touch(view, ACCESS_WRITE, page_at(0)));
    check_shows("rights.still_remapped", 0x77, shows(0, 1));
    altp2m_change_gfn(view, world_gfn(0), GFN_NONE);
    altp2m_set_access(view, world_gfn(1), XENMEM_access_rwx);
    world_fill(1, BYTE(1));
}

static void check_edges(uint16_t view)
{
    uint64_t gfn = world_gfn(0);

    for (unsigned int i = 0; i < WORLD_BAD_VIEWS; i++) {
        struct bad_view bad = world_bad_view(i, view);
        check_result(check_name("view_%s", bad.name), -XEN_EINVAL,
                     altp2m_change_gfn(bad.view, gfn, gfn + 1));
    }
    check_result("view_unused_undo", -XEN_EINVAL, altp2m_change_gfn(view + 1, gfn, GFN_NONE));
    check_result("target_hole", -XEN_ESRCH, altp2m_change_gfn(view, gfn, world.hole));
    check_result("target_unused", -XEN_ESRCH, altp2m_change_gfn(view, gfn, UNUSED_GFN));
    check_result("target_huge", -XEN_ESRCH, altp2m_change_gfn(view, gfn, world.huge));
    check_result("target_mmio", -XEN_ESRCH, altp2m_change_gfn(view, gfn, GFN_APIC));
    check_result("source_hole", -XEN_ESRCH, altp2m_change_gfn(view, world.hole, gfn));
    check_result("source_unused", -XEN_ESRCH, altp2m_change_gfn(view, UNUSED_GFN, gfn));
    check_result("source_huge", -XEN_ESRCH, altp2m_change_gfn(view, world.huge, gfn));
    check_result("source_mmio", -XEN_ESRCH, altp2m_change_gfn(view, GFN_APIC, gfn));
    check_shows_differs("failed_changes_nothing", BYTE(0), -TRAP_VE, shows(view, 0));
}

static long with_pads(uint16_t view, uint16_t pad1, uint32_t pad2)
{
    struct xen_hvm_altp2m_op op = altp2m_envelope(HVMOP_altp2m_change_gfn);

    op.u.change_gfn.view = view;
    op.u.change_gfn.pad1 = pad1;
    op.u.change_gfn.pad2 = pad2;
    op.u.change_gfn.old_gfn = world_gfn(0);
    op.u.change_gfn.new_gfn = world_gfn(1);
    return altp2m_call(&op);
}

void area_remap(void)
{
    uint16_t view;

    world_reset_with_notify();
    view = world_view(XENMEM_access_rwx);
    for (unsigned int page = 0; page < WORLD_PAGES; page++)
        world_fill(page, (uint8_t)BYTE(page));
    check_show(view);
    check_undo(view);
    check_chain(view);
    check_rights(view);
    check_edges(view);
    check_result("pad1", -XEN_EINVAL, with_pads(view, 1, 0));
    check_result("pad2", -XEN_EINVAL, with_pads(view, 0, 1));
    altp2m_set_state(0);
}
