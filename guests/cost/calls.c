/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HVMOP_altp2m's sub-operations. The guest fills in the envelope before it measures. It measures
 * `call`, and uses the wrappers of altp2m.h for the rest.
 */
#include "buffer.h"
#include "call.h"
#include "measure.h"
#include "stage.h"

#define LIST_LENGTH 4096

static struct xen_hvm_altp2m_op *op;
static uint64_t list_gfns[LIST_LENGTH];
static uint8_t list_accesses[LIST_LENGTH];

static long call(void)
{
    return DIRECT_CALL(__HYPERVISOR_hvm_op, HVMOP_altp2m, (unsigned long)op);
}

void calls_use_buffer(void)
{
    op = buffer();
}

static void prepare_get_domain_state(unsigned int n)
{
    (void)n;
    *op = altp2m_envelope(HVMOP_altp2m_get_domain_state);
}

static void prepare_get_p2m_idx(unsigned int n)
{
    (void)n;
    *op = altp2m_envelope(HVMOP_altp2m_get_p2m_idx);
}

/* Hidden and shown in turns. */
static void prepare_set_visibility(unsigned int n)
{
    *op = altp2m_envelope(HVMOP_altp2m_set_visibility);
    op->u.set_visibility.altp2m_idx = stage_view;
    op->u.set_visibility.visible = n & 1;
}

static void show_again(void)
{
    stage_must("set_visibility", altp2m_set_visibility(stage_view, 1));
}

static void prepare_switch(unsigned int n)
{
    (void)n;
    *op = altp2m_envelope(HVMOP_altp2m_switch_p2m);
    op->u.view.view = stage_view;
}

static void set_access(uint16_t view, uint64_t gfn, uint16_t access)
{
    *op = altp2m_envelope(HVMOP_altp2m_set_mem_access);
    op->u.mem_access.view = view;
    op->u.mem_access.gfn = gfn;
    op->u.mem_access.access = access;
}

/* Where the view has settings already; narrower and wider in turns. */
static void prepare_set_access(unsigned int n)
{
    set_access(stage_view, STAGE_GFN, n & 1 ? XENMEM_access_rw : XENMEM_access_r);
}

/* Each time in another 2 MiB of a view that has settings elsewhere. */
static void prepare_set_access_region(unsigned int n)
{
    set_access(stage_view, STAGE_GFN + (uint64_t)(n + 1) * STAGE_REGION_PAGES, XENMEM_access_r);
}

/* The very first setting of a view. */
static void prepare_set_access_view(unsigned int n)
{
    stage_make_fresh(n);
    set_access(stage_fresh, STAGE_GFN, XENMEM_access_r);
}

/* Undo the last one: the view is as after its creation. */
static void prepare_set_access_back(unsigned int n)
{
    stage_make_fresh(n);
    stage_must("set_access", altp2m_set_access(stage_fresh, STAGE_GFN, XENMEM_access_r));
    set_access(stage_fresh, STAGE_GFN, XENMEM_access_rwx);
}

static void prepare_get_access(unsigned int n)
{
    (void)n;
    set_access(stage_view, STAGE_GFN, 0);
    op->cmd = HVMOP_altp2m_get_mem_access;
}

static void fill_list(void)
{
    for (unsigned int i = 0; i < LIST_LENGTH; i++)
        list_gfns[i] = STAGE_GFN + i;
}

static void prepare_set_access_list(unsigned int n)
{
    for (unsigned int i = 0; i < LIST_LENGTH; i++)
        list_accesses[i] = n & 1 ? XENMEM_access_rw : XENMEM_access_r;
    *op = altp2m_envelope(HVMOP_altp2m_set_mem_access_multi);
    op->u.set_mem_access_multi.view = stage_view;
    op->u.set_mem_access_multi.nr = LIST_LENGTH;
    set_xen_guest_handle(op->u.set_mem_access_multi.pfn_list, list_gfns);
    set_xen_guest_handle(op->u.set_mem_access_multi.access_list, list_accesses);
}

static void change_gfn(uint64_t target)
{
    *op = altp2m_envelope(HVMOP_altp2m_change_gfn);
    op->u.change_gfn.view = stage_view;
    op->u.change_gfn.old_gfn = STAGE_GFN;
    op->u.change_gfn.new_gfn = target;
}

static void undo_change(void)
{
    stage_must("change_gfn", altp2m_change_gfn(stage_view, STAGE_GFN, GFN_NONE));
}

/* From one page to another in turns. */
static void prepare_change_gfn(unsigned int n)
{
    change_gfn(n & 1 ? STAGE_GFN + 2 : STAGE_OTHER >> 12);
}

/* From the host's page. */
static void prepare_change_gfn_new(unsigned int n)
{
    (void)n;
    undo_change();
    change_gfn(STAGE_OTHER >> 12);
}

static void prepare_undo(unsigned int n)
{
    (void)n;
    stage_must("change_gfn", altp2m_change_gfn(stage_view, STAGE_GFN, STAGE_OTHER >> 12));
    change_gfn(GFN_NONE);
}

static void prepare_set_suppress_ve(unsigned int n)
{
    *op = altp2m_envelope(HVMOP_altp2m_set_suppress_ve);
    op->u.suppress_ve.view = stage_view;
    op->u.suppress_ve.gfn = STAGE_GFN;
    op->u.suppress_ve.suppress_ve = n & 1;
}

static void prepare_create(unsigned int n)
{
    (void)n;
    *op = altp2m_envelope(HVMOP_altp2m_create_p2m);
    op->u.view.hvmmem_default_access = XENMEM_access_rwx;
}

static void destroy_created(void)
{
    stage_must("destroy", altp2m_destroy(op->u.view.view));
}

static void prepare_destroy(unsigned int n)
{
    stage_make_fresh(n);
    *op = altp2m_envelope(HVMOP_altp2m_destroy_p2m);
    op->u.view.view = stage_fresh;
}

static struct {
    uint32_t operation;
    uint64_t first, second;
} now;

static long direct(void)
{
    return DIRECT_CALL3(__HYPERVISOR_hvm_op, now.operation, now.first, now.second);
}

static long direct_read(void)
{
    long rc = direct();

    return rc < 0 ? rc : 0;
}

static void prepare_direct(uint32_t command, uint64_t first, uint64_t second)
{
    now.operation = HVMOP_altview_direct(command, stage_view);
    now.first = first;
    now.second = second;
}

static void prepare_direct_index(unsigned int n)
{
    (void)n;
    prepare_direct(HVMOP_altp2m_get_p2m_idx, 0, 0);
}

static void prepare_direct_visibility(unsigned int n)
{
    prepare_direct(HVMOP_altp2m_set_visibility, n & 1, 0);
}

static void prepare_direct_switch(unsigned int n)
{
    (void)n;
    prepare_direct(HVMOP_altp2m_switch_p2m, 0, 0);
}

static void prepare_direct_set_access(unsigned int n)
{
    prepare_direct(HVMOP_altp2m_set_mem_access, STAGE_GFN,
                   n & 1 ? XENMEM_access_rw : XENMEM_access_r);
}

static void prepare_direct_get_access(unsigned int n)
{
    (void)n;
    prepare_direct(HVMOP_altp2m_get_mem_access, STAGE_GFN, 0);
}

static void prepare_direct_suppress(unsigned int n)
{
    prepare_direct(HVMOP_altp2m_set_suppress_ve, STAGE_GFN, n & 1);
}

static void prepare_direct_change(unsigned int n)
{
    prepare_direct(HVMOP_altp2m_change_gfn, STAGE_GFN, n & 1 ? STAGE_GFN + 2 : STAGE_OTHER >> 12);
}

static long switch_call(void)
{
    return SWITCH_CALL(stage_view);
}

/* After VMFUNC the next exit would have to find the view. */
static void switch_back(void)
{
    altview_switch(0);
}

const struct operation directs[] = {
    {.name = "direct_get_vcpu_p2m_idx", .before = prepare_direct_index, .run = direct_read},
    {.name = "direct_set_visibility",
     .before = prepare_direct_visibility,
     .run = direct,
     .after = show_again},
    {.name = "direct_switch", .before = prepare_direct_switch, .run = direct, .after = stage_leave},
    {.name = "direct_set_mem_access", .before = prepare_direct_set_access, .run = direct},
    {.name = "direct_get_mem_access", .before = prepare_direct_get_access, .run = direct_read},
    {.name = "direct_set_suppress_ve", .before = prepare_direct_suppress, .run = direct},
    {.name = "direct_change_gfn", .before = prepare_direct_change, .run = direct},
    {.name = "switch_call", .run = switch_call, .after = switch_back},
};
const unsigned int directs_count = COUNT_OF(directs);

const struct operation calls[] = {
    {.name = "get_domain_state", .fixed = true, .before = prepare_get_domain_state, .run = call},
    {.name = "get_vcpu_p2m_idx", .fixed = true, .before = prepare_get_p2m_idx, .run = call},
    {.name = "set_visibility",
     .fixed = true,
     .before = prepare_set_visibility,
     .run = call,
     .after = show_again},
    {.name = "switch", .fixed = true, .before = prepare_switch, .run = call, .after = stage_leave},
    {.name = "set_mem_access", .fixed = true, .before = prepare_set_access, .run = call},
    {.name = "set_mem_access_region", .before = prepare_set_access_region, .run = call},
    {.name = "set_mem_access_view",
     .before = prepare_set_access_view,
     .run = call,
     .after = stage_drop_fresh},
    {.name = "set_mem_access_back",
     .before = prepare_set_access_back,
     .run = call,
     .after = stage_drop_fresh},
    {.name = "get_mem_access", .fixed = true, .before = prepare_get_access, .run = call},
    {.name = "set_mem_access_multi",
     .units = LIST_LENGTH,
     .begin = fill_list,
     .before = prepare_set_access_list,
     .run = call},
    {.name = "change_gfn", .fixed = true, .before = prepare_change_gfn, .run = call},
    {.name = "change_gfn_new", .fixed = true, .before = prepare_change_gfn_new, .run = call},
    {.name = "change_gfn_undo", .fixed = true, .before = prepare_undo, .run = call},
    {.name = "set_suppress_ve", .fixed = true, .before = prepare_set_suppress_ve, .run = call},
    {.name = "create",
     .fixed = true,
     .before = prepare_create,
     .run = call,
     .after = destroy_created},
    {.name = "destroy", .fixed = true, .before = prepare_destroy, .run = call},
};
const unsigned int calls_count = COUNT_OF(calls);
