/* SPDX-License-Identifier: BSD-2-Clause */
/* set_visibility: its rules, which every path to a view must keep. */
#include "areas.h"
#include "check.h"
#include "world.h"

static void check_edges(uint16_t view)
{
    struct xen_hvm_altp2m_op op = altp2m_envelope(HVMOP_altp2m_set_visibility);

    for (unsigned int i = 0; i < WORLD_BAD_VIEWS; i++) {
        struct bad_view bad = world_bad_view(i, view);
        check_result(check_name("hide.view_%s", bad.name), -XEN_EINVAL,
                     altp2m_set_visibility(bad.view, 0));
        check_result(check_name("show.view_%s", bad.name), -XEN_EINVAL,
                     altp2m_set_visibility(bad.view, 1));
    }
    op.u.set_visibility.altp2m_idx = view;
    op.u.set_visibility.pad = 1;
    check_result("pad", -XEN_EINVAL, altp2m_call(&op));
    check_trap("pad.changes_nothing", TRAP_NONE, world_touch(view, ACCESS_READ, world.pages));
}

static void check_hide(uint16_t view)
{
    check_trap("new_is_visible", TRAP_NONE, world_touch(view, ACCESS_READ, world.pages));
    check_result("hide", 0, altp2m_set_visibility(view, 0));
    check_trap("hidden.vmfunc", TRAP_UD, probe_vmfunc(0, view));
    check_result("hidden.stays", 0, world_index());
    check_result("hidden.switch", -XEN_EINVAL, altp2m_switch(view));
    check_result("hidden.switch_stays", 0, world_index());
    check_result("hidden.set_access", 0, altp2m_set_access(view, world_gfn(0), XENMEM_access_rx));
    check_result("hidden.get_access", XENMEM_access_rx, world_access(view, world_gfn(0)));
    check_result("hide_twice", 0, altp2m_set_visibility(view, 0));
    check_trap("hidden_twice.vmfunc", TRAP_UD, probe_vmfunc(0, view));
    check_result("show", 0, altp2m_set_visibility(view, 1));
    check_trap("shown.vmfunc", TRAP_NONE, world_touch(view, ACCESS_READ, world.pages));
    check_result("shown.kept_access", XENMEM_access_rx, world_access(view, world_gfn(0)));
    check_result("show_twice", 0, altp2m_set_visibility(view, 1));
    altp2m_set_visibility(view, 0);
    check_result("show_with_2", 0, altp2m_set_visibility(view, 2));
    check_result("shown.switch", 0, altp2m_switch(view));
    check_result("shown.index", view, world_index());
    altp2m_switch(0);
}

/* If the guest hides its current view, it stays there until it leaves. */
static void check_hide_current(uint16_t view)
{
    altp2m_change_gfn(view, world_gfn(0), world_gfn(1));
    world_fill(0, 0xa0);
    world_fill(1, 0xa1);
    altp2m_switch(view);
    check_result("current.hide", 0, altp2m_set_visibility(view, 0));
    check_result("current.stays", view, world_index());
    check_value("current.shows", 0xa1, world.pages[64]);
    check_result("current.destroy", -XEN_EBUSY, altp2m_destroy(view));
    check_trap("current.vmfunc_to_itself", TRAP_UD, probe_vmfunc(0, view));
    check_trap("current.leave", TRAP_NONE, probe_vmfunc(0, 0));
    check_result("current.left", 0, world_index());
    check_trap("current.no_return", TRAP_UD, probe_vmfunc(0, view));
    altp2m_change_gfn(view, world_gfn(0), GFN_NONE);
}

static void check_recreated(uint16_t view)
{
    check_result("destroy_hidden", 0, altp2m_destroy(view));
    check_result("show_destroyed", -XEN_EINVAL, altp2m_set_visibility(view, 1));
    check_trap("destroyed.vmfunc", TRAP_UD, probe_vmfunc(0, view));
    check_result("recreate", view, world_view(XENMEM_access_rwx));
    check_trap("recreated.is_visible", TRAP_NONE, world_touch(view, ACCESS_READ, world.pages));
}

static void check_view_0(uint16_t view)
{
    check_result("view0.hide", 0, altp2m_set_visibility(0, 0));
    check_result("view0.stays", 0, world_index());
    check_trap("view0.vmfunc", TRAP_UD, probe_vmfunc(0, 0));
    check_trap("view0.leave", TRAP_NONE, probe_vmfunc(0, view));
    check_trap("view0.no_return", TRAP_UD, probe_vmfunc(0, 0));
    check_result("view0.switch", -XEN_EINVAL, altp2m_switch(0));
    check_result("view0.still_away", view, world_index());
    check_result("view0.show", 0, altp2m_set_visibility(0, 1));
    check_trap("view0.return", TRAP_NONE, probe_vmfunc(0, 0));
    check_result("view0.returned", 0, world_index());
}

static long set_for_one(uint16_t view, uint8_t visible)
{
    return altview_set_visibility((struct altview_set_visibility){
        .view = view, .visible = visible, .evict_to = ALTVIEW_EVICT_NONE});
}

static long evict(uint16_t view, uint32_t vcpu, uint16_t to)
{
    return altview_set_visibility(
        (struct altview_set_visibility){.view = view, .vcpu_id = vcpu, .evict_to = to});
}

/* For this vCPU, by its number. */
static void check_for_one(uint16_t view)
{
    struct altview_view_info info = {0};

    check_result("one.hide", 0, set_for_one(view, 0));
    check_trap("one.vmfunc", TRAP_UD, probe_vmfunc(0, view));
    check_result("one.switch", -XEN_EINVAL, altp2m_switch(view));
    check_result("one.info", 0, altview_view_info(view, &info));
    check_value("one.info_visible", ALTVIEW_HIDDEN, info.visible);
    check_result("one.show", 0, set_for_one(view, 1));
    check_trap("one.shown", TRAP_NONE, world_touch(view, ACCESS_READ, world.pages));
    check_result("one.no_vcpu", -XEN_EINVAL,
                 altview_set_visibility((struct altview_set_visibility){
                     .view = view, .vcpu_id = 0x40, .evict_to = ALTVIEW_EVICT_NONE}));
    check_result("one.hide_for_all", 0, altp2m_set_visibility(view, 0));
    check_result("one.show_again", 0, set_for_one(view, 1));
    check_trap("one.shown_again", TRAP_NONE, world_touch(view, ACCESS_READ, world.pages));
}

/* The call returns in the other view. */
static void check_evict(uint16_t view)
{
    altp2m_switch(view);
    check_result("evict.to_itself", -XEN_EINVAL, evict(view, 0, view));
    check_result("evict.to_none", -XEN_EINVAL, evict(view, 0, view + 1));
    check_result("evict.stays", view, world_index());
    check_result("evict.one", 0, evict(view, 0, 0));
    check_result("evict.gone", 0, world_index());
    check_trap("evict.no_return", TRAP_UD, probe_vmfunc(0, view));
    altp2m_set_visibility(view, 1);
    check_trap("evict.enter", TRAP_NONE, probe_vmfunc(0, view));
    check_result("evict.all", 0, evict(view, ALTVIEW_VCPU_ALL, 0));
    check_result("evict.all_gone", 0, world_index());
    check_result("evict.destroy", 0, altp2m_destroy(view));
}

/* Off and on again: everything is visible. */
static void check_restart(void)
{
    altp2m_set_visibility(0, 0);
    world_reset_with_notify();
    check_trap("restart.view0", TRAP_NONE, probe_vmfunc(0, 0));
}

void area_visibility(void)
{
    uint16_t view;

    world_reset_with_notify();
    view = world_view(XENMEM_access_rwx);
    check_edges(view);
    check_hide(view);
    check_hide_current(view);
    check_recreated(view);
    check_view_0(view);
    if (world.altview) {
        check_for_one(view);
        check_evict(view);
    }
    check_restart();
    altp2m_set_state(0);
}
