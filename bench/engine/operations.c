/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure.h"

#include <xen/memory.h>
#include <xen/xen.h>

#include <xen/hvm/hvm_op.h>

#define BATCH 64 /* even: toggles end where they began */

/* The gfns of the operations, all within about the first 128 MiB. */
#define HOT       UINT64_C(0x1234)
#define NEIGHBOUR (HOT + 1) /* in the same table as HOT */
#define OTHER     UINT64_C(0x4321)
#define ELSEWHERE UINT64_C(0x12345) /* in none of HOT's tables, except the upper ones */
#define LIST      UINT64_C(0x2000)
#define MANY      UINT64_C(0x10000)
#define MANY_NR   10000

static const struct altp2m_mapping ram = {.type = ALTP2M_TYPE_RAM, .memtype = ALTP2M_MEMTYPE_WB};

static void set(struct machine *m, unsigned int view, uint64_t gfn, uint16_t access)
{
    m->error |= altp2m_set_access(&m->domain, view, gfn, access);
}

static void restrict_everywhere(struct machine *m, uint64_t gfn)
{
    for (unsigned int view = 0; view < m->views; view++)
        set(m, view, gfn, XENMEM_access_r);
}

/* Lookup. */

static void translate(struct machine *m, unsigned int i)
{
    uint64_t gfn = m->guest->pages / BATCH * i;
    m->sink += altp2m_translate(&m->domain, m->view, gfn).to.mfn;
}

static void translate_override(struct machine *m, unsigned int i)
{
    (void)i;
    m->sink += altp2m_translate(&m->domain, m->view, HOT).to.mfn;
}

static void host_lookup(struct machine *m, unsigned int i)
{
    m->sink += altp2m_host_lookup(&m->domain, m->guest->pages / BATCH * i).mfn;
}

/* Access. */

static void restrict_hot(struct machine *m)
{
    set(m, m->view, HOT, XENMEM_access_r);
}

static void set_hot(struct machine *m, unsigned int i)
{
    set(m, m->view, HOT, i & 1 ? XENMEM_access_r : XENMEM_access_rx);
}

static void restrict_neighbour(struct machine *m)
{
    set(m, m->view, NEIGHBOUR, XENMEM_access_r);
}

static void set_in_region(struct machine *m, unsigned int i)
{
    set(m, m->view, OTHER + i * ALTP2M_ENTRIES, XENMEM_access_r);
}

static void unset_in_region(struct machine *m, unsigned int i)
{
    set(m, m->view, OTHER + i * ALTP2M_ENTRIES, XENMEM_access_rwx);
}

static void suppress_hot(struct machine *m, unsigned int i)
{
    m->error |= altp2m_set_suppress_ve(&m->domain, m->view, HOT, i & 1);
}

static void list_prepare(struct machine *m)
{
    for (unsigned int i = 0; i < MACHINE_LIST; i++) {
        m->list_gfns[i] = LIST + i;
        m->list_accesses[0][i] = XENMEM_access_rx;
        m->list_accesses[1][i] = XENMEM_access_r;
    }
}

static void list_prepare_warm(struct machine *m)
{
    list_prepare(m);
    for (unsigned int i = 0; i < MACHINE_LIST; i++)
        set(m, m->view, LIST + i, XENMEM_access_r);
}

static void list_prepare_first(struct machine *m)
{
    list_prepare(m);
    restrict_neighbour(m);
}

static void list_set(struct machine *m, unsigned int i)
{
    uint64_t done = 0;
    m->error |=
        altp2m_set_access_list(&m->domain, &machine_caller, m->view, (uintptr_t)m->list_gfns,
                               (uintptr_t)m->list_accesses[i & 1], MACHINE_LIST, &done);
}

static void list_unset(struct machine *m, unsigned int unused)
{
    (void)unused;
    for (unsigned int i = 0; i < MACHINE_LIST; i++)
        set(m, m->view, LIST + i, XENMEM_access_rwx);
}

/* Remaps. */

static void remap_and_undo(struct machine *m, unsigned int i)
{
    (void)i;
    m->error |= altp2m_remap(&m->domain, m->view, HOT, OTHER, true);
    m->error |= altp2m_remap(&m->domain, m->view, HOT, ALTP2M_INVALID_GFN, true);
}

static void remap_many(struct machine *m)
{
    restrict_neighbour(m);
    for (uint64_t i = 0; i < MANY_NR; i++)
        m->error |= altp2m_remap(&m->domain, m->view, MANY + i, MANY + MANY_NR + i, true);
}

/* Views. */

static void make_room(struct machine *m)
{
    if (m->views == ALTP2M_MAX_VIEWS)
        m->error |= altp2m_view_destroy(&m->domain, --m->views);
    m->view = m->views;
}

static void create(struct machine *m, unsigned int i)
{
    uint16_t view;
    (void)i;
    m->error |= altp2m_view_create(&m->domain, XENMEM_access_rwx, &view);
}

static void create_restricted(struct machine *m, unsigned int i)
{
    uint16_t view;
    (void)i;
    m->error |= altp2m_view_create(&m->domain, XENMEM_access_rx, &view);
}

static void destroy(struct machine *m, unsigned int i)
{
    (void)i;
    m->error |= altp2m_view_destroy(&m->domain, m->view);
}

static void create_and_destroy(struct machine *m, unsigned int i)
{
    create(m, i);
    destroy(m, i);
}

static void set_visibility(struct machine *m, unsigned int i)
{
    m->error |= altp2m_set_visibility(&m->domain, m->view, i & 1);
}

static void switch_all(struct machine *m, unsigned int i)
{
    m->error |= altp2m_switch_all(&m->domain, i & 1 ? 0 : m->view);
}

/* Host changes: one gfn gets another page, and its own again. */

static void host_change(struct machine *m, unsigned int i)
{
    struct altp2m_mapping to = ram;
    to.mfn = i & 1 ? HOT : OTHER;
    m->error |= altp2m_host_map(&m->domain, HOT, 1, to);
}

static void host_shared(struct machine *m)
{
    restrict_everywhere(m, ELSEWHERE);
    host_change(m, 0);
    host_change(m, 1);
}

static void host_own_tables(struct machine *m)
{
    restrict_everywhere(m, NEIGHBOUR);
}

static void host_overridden(struct machine *m)
{
    restrict_everywhere(m, HOT);
}

static void host_remapped(struct machine *m)
{
    for (unsigned int view = 0; view < m->views; view++)
        m->error |= altp2m_remap(&m->domain, view, ELSEWHERE, HOT, true);
    host_change(m, 0);
    host_change(m, 1);
}

/* Hypercalls: the engine's part. */

static void hvmop(struct machine *m, struct xen_hvm_altp2m_op *op)
{
    op->version = HVMOP_ALTP2M_INTERFACE_VERSION;
    op->domain = DOMID_SELF;
    m->error |= (int)altp2m_hvmop(&m->domain, &machine_caller, (uintptr_t)op);
}

static void hvmop_get_domain_state(struct machine *m, unsigned int i)
{
    struct xen_hvm_altp2m_op op = {.cmd = HVMOP_altp2m_get_domain_state};
    (void)i;
    hvmop(m, &op);
}

static void hvmop_set_mem_access(struct machine *m, unsigned int i)
{
    struct xen_hvm_altp2m_op op = {
        .cmd = HVMOP_altp2m_set_mem_access,
        .u.mem_access = {.view = (uint16_t)m->view,
                         .access = i & 1 ? XENMEM_access_r : XENMEM_access_rx,
                         .gfn = HOT},
    };
    hvmop(m, &op);
}

static void hvmop_switch(struct machine *m, unsigned int i)
{
    struct xen_hvm_altp2m_op op = {
        .cmd = HVMOP_altp2m_switch_p2m,
        .u.view = {.view = (uint16_t)(i & 1 ? 0 : m->view)},
    };
    hvmop(m, &op);
}

#define STEADY(prepare_, run_) .prepare = (prepare_), .run = (run_), .batch = BATCH, .units = 1
#define UNDONE(prepare_, run_, reset_, batch_)                                                     \
    .prepare = (prepare_), .run = (run_), .reset = (reset_), .batch = (batch_), .units = 1
#define LIST_CALL(prepare_, run_, reset_, batch_)                                                  \
    .prepare = (prepare_), .run = (run_), .reset = (reset_), .batch = (batch_),                    \
    .units = MACHINE_LIST

const struct operation operations[] = {
    {.name = "translate, shared", STEADY(NULL, translate)},
    {.name = "translate, overridden", STEADY(restrict_hot, translate_override)},
    {.name = "host lookup", STEADY(NULL, host_lookup)},
    {.name = "set_access, warm", STEADY(restrict_hot, set_hot)},
    {.name = "set_access, first in 2 MiB",
     UNDONE(restrict_neighbour, set_in_region, unset_in_region, BATCH)},
    {.name = "set_access, first in the view", UNDONE(NULL, set_in_region, unset_in_region, 1)},
    {.name = "list, a page, warm", LIST_CALL(list_prepare_warm, list_set, NULL, 2)},
    {.name = "list, a page, first in 2 MiB",
     LIST_CALL(list_prepare_first, list_set, list_unset, 1)},
    {.name = "set_suppress_ve, warm", STEADY(restrict_hot, suppress_hot)},
    {.name = "remap + undo", STEADY(restrict_neighbour, remap_and_undo)},
    {.name = "remap + undo, 10,000 remaps", STEADY(remap_many, remap_and_undo)},
    {.name = "create", UNDONE(make_room, create, destroy, 1), .flat = true},
    {.name = "create, default rx", UNDONE(make_room, create_restricted, destroy, 1), .flat = true},
    {.name = "create + destroy", STEADY(make_room, create_and_destroy), .flat = true},
    {.name = "set_visibility", STEADY(NULL, set_visibility)},
    {.name = "switch_all", STEADY(NULL, switch_all)},
    {.name = "host change, shared tables", STEADY(host_shared, host_change), .flat = true},
    {.name = "host change, own tables", STEADY(host_own_tables, host_change)},
    {.name = "host change, overridden", STEADY(host_overridden, host_change)},
    {.name = "host change, shown elsewhere", STEADY(host_remapped, host_change)},
    {.name = "hvmop get_domain_state", STEADY(NULL, hvmop_get_domain_state)},
    {.name = "hvmop set_mem_access", STEADY(restrict_hot, hvmop_set_mem_access)},
    {.name = "hvmop switch_p2m", STEADY(NULL, hvmop_switch)},
};

const unsigned int operation_count = sizeof(operations) / sizeof(operations[0]);
