/* SPDX-License-Identifier: BSD-2-Clause */
/* The first checks of every sub-operation, in Xen's order (do_altp2m_op,
 * xen/arch/x86/hvm/hvm.c). */
#include "areas.h"
#include "by_mode.h"
#include "check.h"
#include "string.h"
#include "world.h"

#define VERSION HVMOP_ALTP2M_INTERFACE_VERSION
#define GET     HVMOP_altp2m_get_domain_state

struct row {
    const char *name;
    struct xen_hvm_altp2m_op op;
    struct by_mode expect;
};

static const struct row rows[] = {
    {"good", {VERSION, GET, DOMID_SELF, 0, 0, {{0}}}, AS_ALLOWED(0)},
    {"own_domid", {VERSION, GET, 1, 0, 0, {{0}}}, AS_ALLOWED(0)},
    {"version_0", {0, GET, DOMID_SELF, 0, 0, {{0}}}, ALWAYS(-XEN_EINVAL)},
    {"version_2", {2, GET, DOMID_SELF, 0, 0, {{0}}}, ALWAYS(-XEN_EINVAL)},
    {"version_max", {~0U, GET, DOMID_SELF, 0, 0, {{0}}}, ALWAYS(-XEN_EINVAL)},
    {"pad1", {VERSION, GET, DOMID_SELF, 1, 0, {{0}}}, ALWAYS(-XEN_EINVAL)},
    {"pad1_high", {VERSION, GET, DOMID_SELF, 0x8000, 0, {{0}}}, ALWAYS(-XEN_EINVAL)},
    {"pad2", {VERSION, GET, DOMID_SELF, 0, 1, {{0}}}, ALWAYS(-XEN_EINVAL)},
    {"pad2_high", {VERSION, GET, DOMID_SELF, 0, 0x80000000, {{0}}}, ALWAYS(-XEN_EINVAL)},
    {"command_0", {VERSION, 0, DOMID_SELF, 0, 0, {{0}}}, ALWAYS(-XEN_EOPNOTSUPP)},
    {"command_17", {VERSION, 17, DOMID_SELF, 0, 0, {{0}}}, ALWAYS(-XEN_EOPNOTSUPP)},
    {"command_0xff", {VERSION, 0xff, DOMID_SELF, 0, 0, {{0}}}, ALWAYS(-XEN_EOPNOTSUPP)},
    {"command_0x1ff", {VERSION, 0x1ff, DOMID_SELF, 0, 0, {{0}}}, ALWAYS(-XEN_EOPNOTSUPP)},
    {"command_max", {VERSION, ~0U, DOMID_SELF, 0, 0, {{0}}}, ALWAYS(-XEN_EOPNOTSUPP)},
    {"domain_unknown", {VERSION, GET, 0x1234, 0, 0, {{0}}}, ALWAYS(-XEN_ESRCH)},
    {"domain_invalid", {VERSION, GET, DOMID_INVALID, 0, 0, {{0}}}, ALWAYS(-XEN_ESRCH)},
    {"domain_0", {VERSION, GET, 0, 0, 0, {{0}}}, ALWAYS(-XEN_EOPNOTSUPP)},
    {"domain_0_create",
     {VERSION, HVMOP_altp2m_create_p2m, 0, 0, 0, {{0}}},
     ALWAYS(-XEN_EOPNOTSUPP)},
    {"version_before_command", {0, 17, DOMID_SELF, 0, 0, {{0}}}, ALWAYS(-XEN_EINVAL)},
    {"pad1_before_command", {VERSION, 17, DOMID_SELF, 1, 0, {{0}}}, ALWAYS(-XEN_EINVAL)},
    {"version_before_domain", {0, GET, 0x1234, 0, 0, {{0}}}, ALWAYS(-XEN_EINVAL)},
    {"command_before_domain", {VERSION, 17, 0x1234, 0, 0, {{0}}}, ALWAYS(-XEN_EOPNOTSUPP)},
    {"domain_before_state",
     {VERSION, HVMOP_altp2m_create_p2m, 0x1234, 0, 0, {{0}}},
     ALWAYS(-XEN_ESRCH)},
};

static void check_rows(const char *state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct xen_hvm_altp2m_op op = rows[i].op;

        check_result(check_name("%s.%s", state, rows[i].name), rows[i].expect.expected[world.mode],
                     altp2m_call(&op));
    }
}

static void check_unmapped(void)
{
    memory_map_null(false);
    check_result("pointer.null", -XEN_EFAULT, altp2m_call(NULL));
    memory_map_null(true);
    check_result("pointer.unmapped", -XEN_EFAULT, altp2m_call(memory_window_clear(0)));
}

/* The structure ends at, or runs over, the end of the last mapped page. */
static void check_page_edge(void)
{
    static const struct by_mode good = AS_ALLOWED(0);
    struct xen_hvm_altp2m_op op = altp2m_envelope(GET);
    char *page = memory_window_map(0, world_gfn(0));
    char *end = memory_window_clear(1);
    char *fits = end - sizeof(op);

    memset(page, 0, PAGE_SIZE);
    memcpy(fits, &op, sizeof(op));
    check_result("pointer.ends_with_page", good.expected[world.mode], altp2m_call(fits));
    check_result("pointer.one_byte_over", -XEN_EFAULT, altp2m_call(fits + 1));
    check_result("pointer.last_byte", -XEN_EFAULT, altp2m_call(end - 1));
    memory_window_clear(0);
}

/* Two pages that are neighbours only in the guest's address space. */
static void check_crossing(void)
{
    static const struct by_mode good = AS_ALLOWED(0);
    struct xen_hvm_altp2m_op op = altp2m_envelope(GET);
    char *first = memory_window_map(0, world_gfn(5));
    char *at = first + PAGE_SIZE - 10;

    memory_window_map(1, world_gfn(2));
    memcpy(at, &op, sizeof(op));
    check_result("pointer.crosses_pages", good.expected[world.mode], altp2m_call(at));
    memory_window_clear(0);
    memory_window_clear(1);
}

/*
 * The hypervisor can't write the answer back. In the mode that allows the operation, its own answer
 * is lost.
 */
static void check_read_only(void)
{
    static const struct by_mode fault = AS_ALLOWED(-XEN_EFAULT);
    struct xen_hvm_altp2m_op op = altp2m_envelope(GET);
    char *writable = memory_window_map(0, world_gfn(0));

    memcpy(writable, &op, sizeof(op));
    check_result("pointer.read_only", fault.expected[world.mode],
                 altp2m_call(memory_window_map_read_only(0, world_gfn(0))));
    memory_window_clear(0);
}

static void check_non_canonical(void)
{
#ifdef __x86_64__
    static const struct by_mode good = AS_ALLOWED(0);
    struct xen_hvm_altp2m_op op = altp2m_envelope(GET);

    /* Xen's walk of the guest's tables drops the upper bits. */
    check_result_differs("pointer.non_canonical", -XEN_EFAULT, good.expected[world.mode],
                         altp2m_call((void *)((uintptr_t)&op | 0x8000000000000000)));
    check_result("pointer.runs_non_canonical", -XEN_EFAULT, altp2m_call((void *)0x7ffffffffff0));
    check_result("pointer.top", -XEN_EFAULT, altp2m_call((void *)0xfffffffffffffff0));
#endif
}

void area_envelope(void)
{
    check_rows("off");
    check_unmapped();
    check_page_edge();
    check_crossing();
    check_read_only();
    check_non_canonical();
    if (world.mode != MODE_MIXED)
        return;
    world_reset();
    check_rows("on");
    altp2m_set_state(0);
}
