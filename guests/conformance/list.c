/* SPDX-License-Identifier: BSD-2-Clause */
/* set_mem_access_multi: lengths, bad elements, bad pointers (p2m_set_mem_access_multi). */
#include "areas.h"
#include "check.h"
#include "world.h"

#define LONG_LIST 4096

static uint64_t gfns[LONG_LIST];
static uint8_t accesses[LONG_LIST];

/* The list repeats the test pages, so that each ends with the access of the last round. */
static void fill(uint8_t access)
{
    for (unsigned int i = 0; i < LONG_LIST; i++) {
        gfns[i] = world_gfn(i % WORLD_PAGES);
        accesses[i] = access;
    }
}

static void check_lengths(uint16_t view)
{
    fill(XENMEM_access_r);
    check_result("length.0", 0, altp2m_set_access_list(view, 0, gfns, accesses));
    check_result("length.0_null", 0, altp2m_set_access_list(view, 0, NULL, NULL));
    check_result("length.0_sets_none", XENMEM_access_rwx, world_access(view, world_gfn(0)));
    check_result("length.1", 0, altp2m_set_access_list(view, 1, gfns, accesses));
    check_result("length.1_sets_one", XENMEM_access_r, world_access(view, world_gfn(0)));
    check_result("length.1_not_two", XENMEM_access_rwx, world_access(view, world_gfn(1)));
    accesses[LONG_LIST - 1] = XENMEM_access_rx;
    check_result("length.4096", 0, altp2m_set_access_list(view, LONG_LIST, gfns, accesses));
    check_result("length.4096_middle", XENMEM_access_r,
                 world_access(view, world_gfn(WORLD_PAGES - 2)));
    check_result("length.4096_last", XENMEM_access_rx,
                 world_access(view, world_gfn(WORLD_PAGES - 1)));
}

/* The elements before a bad one stay set. */
static void check_bad_element(uint16_t view)
{
    fill(XENMEM_access_rw);
    accesses[2] = 11;
    check_result("bad_access", -XEN_EINVAL, altp2m_set_access_list(view, 4, gfns, accesses));
    check_result("bad_access.before", XENMEM_access_rw, world_access(view, world_gfn(1)));
    check_result("bad_access.itself", XENMEM_access_r, world_access(view, world_gfn(2)));
    check_result("bad_access.after", XENMEM_access_r, world_access(view, world_gfn(3)));
    fill(XENMEM_access_x);
    gfns[1] = world.hole;
    check_result("hole", 0, altp2m_set_access_list(view, 3, gfns, accesses));
    check_result("hole.goes_on", XENMEM_access_x, world_access(view, world_gfn(2)));
    gfns[1] = world.huge;
    check_result("huge", 0, altp2m_set_access_list(view, 3, gfns, accesses));
    check_result("huge.view0", -XEN_EINVAL, altp2m_set_access_list(0, 3, gfns, accesses));
    altp2m_set_access(0, world_gfn(0), XENMEM_access_rwx);
}

/* A list that ends with the page, and one that runs over its end. */
static void check_page_edge(uint16_t view)
{
    char *page = memory_window_map(0, world_gfn(0));
    uint64_t *list = (uint64_t *)(page + PAGE_SIZE) - 2;
    uint8_t *bytes = (uint8_t *)page + PAGE_SIZE - 2;

    fill(XENMEM_access_n);
    memory_window_clear(1);
    list[0] = world_gfn(4);
    list[1] = world_gfn(5);
    check_result("edge.fits", 0, altp2m_set_access_list(view, 2, list, accesses));
    check_result("edge.gfns_over", -XEN_EFAULT, altp2m_set_access_list(view, 3, list, accesses));
    bytes[0] = bytes[1] = XENMEM_access_n;
    check_result("edge.accesses_fit", 0, altp2m_set_access_list(view, 2, gfns, bytes));
    check_result("edge.accesses_over", -XEN_EFAULT, altp2m_set_access_list(view, 3, gfns, bytes));
    memory_window_clear(0);
    check_result("edge.gfns_bad", -XEN_EFAULT,
                 altp2m_set_access_list(view, 1, (uint64_t *)page, accesses));
    check_result("edge.accesses_bad", -XEN_EFAULT,
                 altp2m_set_access_list(view, 1, gfns, (uint8_t *)page));
}

static long with_fields(uint16_t view, uint16_t pad, uint64_t opaque)
{
    struct xen_hvm_altp2m_op op = altp2m_envelope(HVMOP_altp2m_set_mem_access_multi);
    struct xen_hvm_altp2m_set_mem_access_multi *a = &op.u.set_mem_access_multi;

    a->view = view;
    a->pad = pad;
    a->nr = 4;
    a->opaque = opaque;
    set_xen_guest_handle(a->pfn_list, gfns);
    set_xen_guest_handle(a->access_list, accesses);
    return altp2m_call(&op);
}

static void check_fields(uint16_t view)
{
    fill(XENMEM_access_r);
    for (unsigned int i = 0; i < WORLD_BAD_VIEWS; i++) {
        struct bad_view bad = world_bad_view(i, view);
        check_result(check_name("view_%s", bad.name), -XEN_EINVAL,
                     altp2m_set_access_list(bad.view, 1, gfns, accesses));
    }
    check_result("pad", -XEN_EINVAL, with_fields(view, 1, 0));
    check_result("opaque_beyond", -XEN_EINVAL, with_fields(view, 0, 5));
    check_result("opaque_at_end", 0, with_fields(view, 0, 4));
    altp2m_set_access(view, world_gfn(0), XENMEM_access_rwx);
    altp2m_set_access(view, world_gfn(3), XENMEM_access_rwx);
    check_result("opaque_in_middle", 0, with_fields(view, 0, 2));
    check_result("opaque.skips", XENMEM_access_rwx, world_access(view, world_gfn(0)));
    check_result("opaque.sets", XENMEM_access_r, world_access(view, world_gfn(3)));
}

void area_list(void)
{
    uint16_t view;

    world_reset();
    view = world_view(XENMEM_access_rwx);
    check_lengths(view);
    check_bad_element(view);
    check_page_edge(view);
    check_fields(view);
    altp2m_set_state(0);
}
