/* SPDX-License-Identifier: BSD-2-Clause */
/* ALTVIEW_HYPERCALL_switch (<altview/hvmop.h>): what VMFUNC does, by a hypercall. */
#include "areas.h"
#include "check.h"
#include "world.h"

/* View 1 is live and visible, view 2 is hidden, view 3 is unused. */
static const struct row {
    const char *name;
    unsigned long view;
    long expected;
} rows[] = {
    {"view_0", 0, 0},
    {"view_1", 1, 0},
    {"hidden", 2, -XEN_EINVAL},
    {"unused", 3, -XEN_EINVAL},
    {"index_511", 511, -XEN_EINVAL},
    {"index_512", 512, -XEN_EINVAL},
    {"index_513", 513, -XEN_EINVAL},
    {"index_0x10001", 0x10001, -XEN_EINVAL},
    {"index_max", 0xffffffff, -XEN_EINVAL},
#ifdef __x86_64__
    {"wide", 0xffffffff00000001, 0}, /* ECX counts */
    {"wide_hidden", 0xffffffff00000002, -XEN_EINVAL},
#endif
};

static void check_rows(uint16_t from)
{
    for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool goes = !rows[i].expected;

        vmfunc(0, from);
        check_result(check_name("from_%u.%s", from, rows[i].name), rows[i].expected,
                     altview_switch(rows[i].view));
        check_result(check_name("from_%u.%s.index", from, rows[i].name),
                     goes ? (uint16_t)rows[i].view : from, world_index());
        vmfunc(0, 0);
    }
}

/* There and back by either way. */
static void check_mixed(void)
{
    world_fill(0, 0xa0);
    world_fill(1, 0xa1);
    altp2m_change_gfn(1, world_gfn(0), world_gfn(1));
    altview_switch(1);
    check_value("shows", 0xa1, world.pages[WORLD_BYTE]);
    check_trap("vmfunc_back", TRAP_NONE, probe_vmfunc(0, 0));
    check_value("shows_back", 0xa0, world.pages[WORLD_BYTE]);
    vmfunc(0, 1);
    check_value("vmfunc_shows", 0xa1, world.pages[WORLD_BYTE]);
    check_result("back", 0, altview_switch(0));
    check_value("shows_host", 0xa0, world.pages[WORLD_BYTE]);
    altp2m_set_visibility(1, 0);
    check_result("hidden_since", -XEN_EINVAL, altview_switch(1));
    altp2m_set_visibility(1, 1);
    check_result("shown_since", 0, altview_switch(1));
    check_value("shows_again", 0xa1, world.pages[WORLD_BYTE]);
    altview_switch(0);
    altview_set_vmfunc(0, 0);
    check_result("vmfunc_off", -XEN_EOPNOTSUPP, altview_switch(1));
}

void area_switch(void)
{
    if (!world.altview)
        return;
    check_true("probe", altp2m_direct_probe() & ALTVIEW_PROBE_SWITCH);
    check_result("before", -XEN_EOPNOTSUPP, altview_switch(0));
    if (world.mode != MODE_MIXED)
        return;
    world_reset_with_notify();
    world_view(XENMEM_access_rwx);
    altp2m_set_visibility(world_view(XENMEM_access_rwx), 0);
    check_rows(0);
    check_rows(1);
    check_mixed();
    altp2m_set_state(0);
}
