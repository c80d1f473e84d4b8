/* SPDX-License-Identifier: BSD-2-Clause */
/* Every sub-operation while altp2m is off, on, and off again. */
#include "areas.h"
#include "by_mode.h"
#include "check.h"
#include "world.h"

/* Arguments that are valid, harmless, and change nothing. */
struct row {
    const char *name;
    uint32_t command;
    union {
        struct xen_hvm_altp2m_vcpu_enable_notify notify;
        struct xen_hvm_altp2m_view view;
        struct xen_hvm_altp2m_mem_access access;
        struct xen_hvm_altp2m_change_gfn change;
        struct xen_hvm_altp2m_set_visibility visibility;
        uint8_t bytes[64];
    } arguments;
    long on;
};

static const struct row rows[] = {
    {"vcpu_enable_notify",
     HVMOP_altp2m_vcpu_enable_notify,
     {.notify = {0, 0, GFN_NONE}},
     -XEN_EINVAL},
    {"create_p2m", HVMOP_altp2m_create_p2m, {.view = {0, 11}}, -XEN_EINVAL},
    {"destroy_p2m", HVMOP_altp2m_destroy_p2m, {.bytes = {0}}, -XEN_EBUSY},
    {"switch_p2m", HVMOP_altp2m_switch_p2m, {.bytes = {0}}, 0},
    {"set_mem_access", HVMOP_altp2m_set_mem_access, {.access = {0, XENMEM_access_rwx, 0, 16}}, 0},
    {"change_gfn", HVMOP_altp2m_change_gfn, {.change = {0, 0, 0, 16, GFN_NONE}}, 0},
    {"set_mem_access_multi", HVMOP_altp2m_set_mem_access_multi, {.bytes = {0}}, 0},
    {"set_suppress_ve", HVMOP_altp2m_set_suppress_ve, {.bytes = {[2] = 1}}, 0},
    {"get_suppress_ve", HVMOP_altp2m_get_suppress_ve, {.bytes = {0}}, 0},
    {"get_mem_access", HVMOP_altp2m_get_mem_access, {.bytes = {0}}, 0},
    {"vcpu_disable_notify", HVMOP_altp2m_vcpu_disable_notify, {.bytes = {0}}, 0},
    {"get_p2m_idx", HVMOP_altp2m_get_p2m_idx, {.bytes = {0}}, 0},
    {"set_suppress_ve_multi", HVMOP_altp2m_set_suppress_ve_multi, {.bytes = {[2] = 1}}, 0},
    {"set_visibility", HVMOP_altp2m_set_visibility, {.visibility = {0, 1, 0}}, 0},
    {"altview_set_vmfunc", HVMOP_altview_set_vmfunc, {.bytes = {0}}, 0},
    {"altview_view_info", HVMOP_altview_view_info, {.bytes = {0}}, 0},
    {"altview_exit_count", HVMOP_altview_exit_count, {.bytes = {0}}, 0},
    {"altview_clone_view", HVMOP_altview_clone_view, {.bytes = {0xff, 0xff}}, -XEN_EINVAL},
    {"altview_set_visibility", HVMOP_altview_set_visibility, {.bytes = {0xff, 0xff}}, -XEN_EINVAL},
};

/* NOLINTNEXTLINE(bugprone-macro-parentheses): terms of a sum */
#define ONE_MORE(...) +1
_Static_assert(sizeof(rows) / sizeof(rows[0]) + 2 == ALTVIEW_HVMOP_TABLE(ONE_MORE),
               "a row for each, but for the two that turn altp2m on and off and tell");

static long issue(const struct row *row)
{
    struct xen_hvm_altp2m_op op = altp2m_envelope(row->command);

    for (size_t i = 0; i < sizeof(row->arguments.bytes); i++)
        op.u.pad[i] = row->arguments.bytes[i];
    return altp2m_call(&op);
}

/* Not active comes before the mode, so the answer is the same in every mode. */
static void check_off(const char *state)
{
    static const struct by_mode get = AS_ALLOWED(0);
    uint8_t on;

    check_result(check_name("%s.get_domain_state", state), get.expected[world.mode],
                 altp2m_get_state(&on));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_result(check_name("%s.%s", state, rows[i].name), -XEN_EOPNOTSUPP, issue(&rows[i]));
}

static void check_on(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_result_differs(check_name("on.%s", rows[i].name), rows[i].on,
                             rows[i].command >= HVMOP_altview_set_vmfunc ? -XEN_EOPNOTSUPP
                                                                         : rows[i].on,
                             issue(&rows[i]));
}

static long state(void)
{
    uint8_t on;
    long rc = altp2m_get_state(&on);

    return rc ? rc : on;
}

static void check_switching(void)
{
    check_result("off_to_off", 0, altp2m_set_state(0));
    check_result("is_off", 0, state());
    check_result("off_to_on", 0, altp2m_set_state(1));
    check_result("is_on", 1, state());
    check_result("on_to_on", 0, altp2m_set_state(1));
    check_result("still_on", 1, state());
    check_result("any_value_but_0_is_on", 0, altp2m_set_state(0xff));
    check_result("reads_as_1", 1, state());
}

/* Turning altp2m off ends views, current view and VMFUNC. */
static void check_forgets(void)
{
    uint16_t view;

    world_reset_with_notify();
    view = world_view(XENMEM_access_rwx);
    check_result("enter_view", 0, altp2m_switch(view));
    check_result("index_in_view", view, world_index());
    check_result("turn_off_inside_view", 0, altp2m_set_state(0));
    check_result("off.is_off", 0, state());
    check_trap("off.vmfunc", TRAP_UD, probe_vmfunc(0, 0));
    check_result("turn_on_again", 0, altp2m_set_state(1));
    check_result("index_after", 0, world_index());
    check_result("view_gone", -XEN_EINVAL, world_access(view, world_gfn(0)));
    check_trap("vmfunc_gone", TRAP_UD, probe_vmfunc(0, 0));
    check_result("notify_gone", 0, altp2m_enable_notify(0, memory_gfn(ve_page())));
}

void area_state(void)
{
    static const struct by_mode set = AS_ALLOWED(0);

    check_off("off");
    check_result("set_off", set.expected[world.mode], altp2m_set_state(0));
    check_result("set_on", set.expected[world.mode], altp2m_set_state(1));
    if (world.mode == MODE_MIXED) {
        check_on();
        altp2m_set_state(0);
    }
    check_off("off_again");
    if (world.mode != MODE_MIXED)
        return;
    check_switching();
    check_forgets();
    altp2m_set_state(0);
}
