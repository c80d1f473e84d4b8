/* SPDX-License-Identifier: BSD-2-Clause */
/* VMFUNC, outcome by outcome (SDM Vol. 3C 26.5.6). */
#include "areas.h"
#include "check.h"
#include "world.h"

struct row {
    const char *name;
    unsigned long leaf, index;
    int expected;
};

/* View 1 is live and visible, view 2 is hidden, view 3 is unused. */
static const struct row rows[] = {
    {"view_0", 0, 0, TRAP_NONE},
    {"view_1", 0, 1, TRAP_NONE},
    {"hidden", 0, 2, TRAP_UD},
    {"unused", 0, 3, TRAP_UD},
    {"index_511", 0, 511, TRAP_UD},
    {"index_512", 0, 512, TRAP_UD},
    {"index_0x10000", 0, 0x10000, TRAP_UD},
    {"index_0x80000000", 0, 0x80000000, TRAP_UD},
    {"index_max", 0, 0xffffffff, TRAP_UD},
    {"leaf_1", 1, 1, TRAP_UD},
    {"leaf_2", 2, 0, TRAP_UD},
    {"leaf_63", 63, 1, TRAP_UD},
    {"leaf_64", 64, 1, TRAP_UD},
    {"leaf_0x10000", 0x10000, 1, TRAP_UD},
    {"leaf_max", 0xffffffff, 1, TRAP_UD},
#ifdef __x86_64__
    /* EAX and ECX count, not RAX and RCX. */
    {"wide_index", 0, 0xffffffff00000001, TRAP_NONE},
    {"wide_index_hidden", 0, 0xffffffff00000002, TRAP_UD},
    {"wide_leaf", 0xffffffff00000000, 1, TRAP_NONE},
    {"wide_leaf_64", 0xffffffff00000040, 1, TRAP_UD},
#endif
};

/* A success moves the guest there, a failure changes nothing. */
static void check_row(const char *from_name, uint16_t from, const struct row *row)
{
    uint16_t index = (uint16_t)row->index;

    vmfunc(0, from);
    check_trap(check_name("from_%s.%s", from_name, row->name), row->expected,
               probe_vmfunc(row->leaf, row->index));
    check_result(check_name("from_%s.%s.index", from_name, row->name),
                 row->expected == TRAP_NONE ? index : from, world_index());
    vmfunc(0, 0);
}

/* The switch counts from the next access on, and only for this view. */
static void check_content(void)
{
    world_fill(0, 0xa0);
    world_fill(1, 0xa1);
    altp2m_change_gfn(1, world_gfn(0), world_gfn(1));
    check_shows("content.view_0", 0xa0, world_shows(0, world.pages));
    check_shows("content.view_1", 0xa1, world_shows(1, world.pages));
    check_value("content.back", 0xa0, world.pages[64]);
    vmfunc(0, 1);
    probe_vmfunc(0, 2);
    check_value("content.after_failure", 0xa1, world.pages[64]);
    vmfunc(0, 0);
}

static void check_switch_mix(void)
{
    vmfunc(0, 1);
    check_result("mixed.index", 1, world_index());
    check_result("mixed.destroy", -XEN_EBUSY, altp2m_destroy(1));
    check_result("mixed.switch_to_same", 0, altp2m_switch(1));
    check_result("mixed.switch_back", 0, altp2m_switch(0));
    check_result("mixed.index_back", 0, world_index());
    altp2m_switch(1);
    check_trap("mixed.vmfunc_back", TRAP_NONE, probe_vmfunc(0, 0));
    check_result("mixed.index_vmfunc_back", 0, world_index());
}

static void check_before_notify(void)
{
    check_trap("before_notify.view_0", TRAP_UD, probe_vmfunc(0, 0));
    check_trap("before_notify.unused", TRAP_UD, probe_vmfunc(0, 5));
    check_trap("before_notify.leaf_1", TRAP_UD, probe_vmfunc(1, 0));
    check_trap("before_notify.leaf_64", TRAP_UD, probe_vmfunc(64, 0));
}

/* altview only: VMFUNC without #VE. */
static void check_alone(void)
{
    struct xen_hvm_altp2m_op op = altp2m_envelope(HVMOP_altview_set_vmfunc);

    if (!world.altview)
        return;
    check_result("alone.vcpu_1", -XEN_EINVAL, altview_set_vmfunc(1, 1));
    op.u.pad[6] = 1; /* a pad of altview_set_vmfunc */
    check_result("alone.pad", -XEN_EINVAL, altp2m_call(&op));
    check_result("alone.enable", 0, altview_set_vmfunc(0, 1));
    check_trap("alone.vmfunc", TRAP_NONE, probe_vmfunc(0, 0));
    check_result("alone.disable", 0, altview_set_vmfunc(0, 0));
    check_trap("alone.disabled", TRAP_UD, probe_vmfunc(0, 0));
}

void area_vmfunc(void)
{
    world_reset();
    check_before_notify();
    check_alone();
    world_reset_with_notify();
    world_view(XENMEM_access_rwx);
    altp2m_set_visibility(world_view(XENMEM_access_rwx), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row("0", 0, &rows[i]);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row("1", 1, &rows[i]);
    check_content();
    check_switch_mix();
    altp2m_set_state(0);
}
