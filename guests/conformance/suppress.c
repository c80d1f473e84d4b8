/* SPDX-License-Identifier: BSD-2-Clause */
/* set/get_suppress_ve and set_suppress_ve_multi: arguments and stored values. */
#include "areas.h"
#include "check.h"
#include "world.h"

static void check_values(uint16_t view)
{
    uint64_t gfn = world_gfn(0);

    check_result("get.default", 1, world_suppress(view, gfn));
    check_result("set.0", 0, altp2m_set_suppress_ve(view, gfn, 0));
    check_result("get.0", 0, world_suppress(view, gfn));
    check_result("get.neighbour", 1, world_suppress(view, gfn + 1));
    check_result("set.1", 0, altp2m_set_suppress_ve(view, gfn, 1));
    check_result("get.1", 1, world_suppress(view, gfn));
    altp2m_set_suppress_ve(view, gfn, 0);
    check_result("set.2_is_true", 0, altp2m_set_suppress_ve(view, gfn, 2));
    check_result("get.2", 1, world_suppress(view, gfn));
    altp2m_set_suppress_ve(view, gfn, 0);
    altp2m_set_access(view, gfn, XENMEM_access_r);
    check_result("kept_by_set_access", 0, world_suppress(view, gfn));
    altp2m_set_suppress_ve(view, gfn, 1);
    check_result("keeps_access", XENMEM_access_r, world_access(view, gfn));
}

static void check_edges(uint16_t view)
{
    for (unsigned int i = 0; i < WORLD_BAD_VIEWS; i++) {
        struct bad_view bad = world_bad_view(i, view);
        check_result(check_name("set.view_%s", bad.name), -XEN_EINVAL,
                     altp2m_set_suppress_ve(bad.view, world_gfn(0), 1));
        check_result(check_name("get.view_%s", bad.name), -XEN_EINVAL,
                     world_suppress(bad.view, world_gfn(0)));
    }
    check_result_differs("set.hole", 0, -XEN_ESRCH, altp2m_set_suppress_ve(view, world.hole, 0));
    check_result("get.hole", -XEN_ESRCH, world_suppress(view, world.hole));
    check_result("set.huge", -XEN_ESRCH, altp2m_set_suppress_ve(view, world.huge, 1));
    check_result("get.huge", -XEN_ESRCH, world_suppress(view, world.huge));
    check_result("set.view0", 0, altp2m_set_suppress_ve(0, world_gfn(0), 1));
    check_result("set.view0_hole", 0, altp2m_set_suppress_ve(0, world.hole, 1));
    check_result("set.view0_unused", 0, altp2m_set_suppress_ve(0, UNUSED_GFN, 1));
    check_result("get.view0_unused", -XEN_ESRCH, world_suppress(0, UNUSED_GFN));
    check_result("set.view0_huge", -XEN_EINVAL, altp2m_set_suppress_ve(0, world.huge, 1));
    altp2m_set_suppress_ve(view, world.hole, 1);
}

static long with_pads(uint32_t command, uint16_t view, uint8_t pad1, uint32_t pad2)
{
    struct xen_hvm_altp2m_op op = altp2m_envelope(command);

    op.u.suppress_ve.view = view;
    op.u.suppress_ve.suppress_ve = 1;
    op.u.suppress_ve.gfn = world_gfn(0);
    op.u.suppress_ve.pad1 = pad1;
    op.u.suppress_ve.pad2 = pad2;
    return altp2m_call(&op);
}

static void check_pads(uint16_t view)
{
    check_result("set.pad1", -XEN_EINVAL, with_pads(HVMOP_altp2m_set_suppress_ve, view, 1, 0));
    check_result("set.pad2", -XEN_EINVAL, with_pads(HVMOP_altp2m_set_suppress_ve, view, 0, 1));
    check_result("get.pad1", -XEN_EINVAL, with_pads(HVMOP_altp2m_get_suppress_ve, view, 1, 0));
    check_result("get.pad2", -XEN_EINVAL, with_pads(HVMOP_altp2m_get_suppress_ve, view, 0, 1));
}

typedef struct xen_hvm_altp2m_suppress_ve_multi range_t;

static void check_range(uint16_t view)
{
    uint64_t first = world_gfn(1), last = world_gfn(3);
    range_t range = {.view = view, .first_gfn = first, .last_gfn = last};

    check_result("range", 0, altp2m_set_suppress_ve_range(&range));
    check_value("range.no_error", 0, (uint32_t)range.first_error);
    check_result("range.first", 0, world_suppress(view, first));
    check_result("range.last", 0, world_suppress(view, last));
    check_result("range.before", 1, world_suppress(view, first - 1));
    check_result("range.after", 1, world_suppress(view, last + 1));
    range = (range_t){.view = view, .suppress_ve = 1, .first_gfn = first, .last_gfn = first};
    check_result("range.single", 0, altp2m_set_suppress_ve_range(&range));
    check_result("range.single_set", 1, world_suppress(view, first));
    check_result("range.single_only", 0, world_suppress(view, last));
    range = (range_t){.view = view, .first_gfn = 0x8000, .last_gfn = 0x8000 + 2000};
    check_result("range.long", 0, altp2m_set_suppress_ve_range(&range));
}

static void check_range_edges(uint16_t view)
{
    uint64_t gfn = world_gfn(1);
    range_t range = {.view = view, .first_gfn = gfn, .last_gfn = gfn - 1};

    check_result("range.backwards", -XEN_EINVAL, altp2m_set_suppress_ve_range(&range));
    range = (range_t){.view = view, .pad1 = 1, .first_gfn = gfn, .last_gfn = gfn};
    check_result("range.pad1", -XEN_EINVAL, altp2m_set_suppress_ve_range(&range));
    for (unsigned int i = 0; i < WORLD_BAD_VIEWS; i++) {
        struct bad_view bad = world_bad_view(i, view);
        range = (range_t){.view = bad.view, .first_gfn = gfn, .last_gfn = gfn};
        check_result(check_name("range.view_%s", bad.name), -XEN_EINVAL,
                     altp2m_set_suppress_ve_range(&range));
    }
    range = (range_t){.view = view, .first_gfn = world.hole, .last_gfn = world.hole};
    check_result("range.hole", 0, altp2m_set_suppress_ve_range(&range));
    range = (range_t){.view = view, .first_gfn = UINT64_MAX - 1, .last_gfn = UINT64_MAX};
    check_result("range.clamped", -XEN_EINVAL, altp2m_set_suppress_ve_range(&range));
}

/* The answer, or the error of one gfn. */
static long set_single(uint16_t view, uint64_t gfn)
{
    range_t range = {.view = view, .suppress_ve = 1, .first_gfn = gfn, .last_gfn = gfn};
    long rc = altp2m_set_suppress_ve_range(&range);

    return rc ? rc : range.first_error;
}

/* A gfn that no CPU can have, but that Xen does not cut off, because it clamps to the width in
 * bytes. */
static void check_range_beyond(uint16_t view)
{
    uint64_t huge = UINT64_C(1) << GFN_BITS;

    check_result("range.view0_unused", 0, set_single(0, UNUSED_GFN));
    check_result("range.view0_huge", -XEN_EINVAL, set_single(0, huge));
    check_result("range.huge", -XEN_ESRCH, set_single(view, huge));
}

void area_suppress(void)
{
    uint16_t view;

    world_reset();
    view = world_view(XENMEM_access_rwx);
    check_values(view);
    check_edges(view);
    check_pads(view);
    check_range(view);
    check_range_edges(view);
    check_range_beyond(view);
    altp2m_set_state(0);
}
