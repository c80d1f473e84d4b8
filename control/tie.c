/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that an owner ties to itself: the server notes what each may set before it serves it. */
#include "control/server.h"

#include <altview/hvmop.h>
#include <xen/hvm/hvm_op.h>
#include <xen/xen.h>

/* Note the settings that a request will make, one after the other, until one finds no room. */
struct noting {
    struct control *c;
    int rc;
};

static void note(struct noting *n, enum undo_kind kind, unsigned int view, uint64_t at)
{
    if (!n->rc && view_exists(n->c, view)) {
        n->rc = undo_note(n->c, kind, view, at);
    }
}

/* No gfn beyond the width has a setting. */
static void note_gfn(struct noting *n, enum undo_kind kind, unsigned int view, uint64_t gfn)
{
    if (!(gfn >> n->c->domain->config.gfn_bits)) {
        note(n, kind, view, gfn);
    }
}

static void note_gfns(struct noting *n, enum undo_kind kind, unsigned int view, uint64_t gfn,
                      uint64_t nr)
{
    for (uint64_t i = 0; i < nr && i < ALTP2M_BATCH_ELEMENTS; i++) {
        note_gfn(n, kind, view, gfn + i);
    }
}

/* The access of ALTVIEW_NO_GFN is the meaning of "default". */
static void note_access(struct noting *n, unsigned int view, uint64_t gfn)
{
    if (gfn == ALTVIEW_NO_GFN) {
        note(n, UNDO_DEFAULT, 0, 0);
    } else {
        note_gfn(n, UNDO_ACCESS, view, gfn);
    }
}

/* `gfns` and `done` are from the payload and may have any value. */
static void note_list(struct noting *n, const struct exchange *x, unsigned int view, uint64_t gfns,
                      uint64_t nr, uint64_t done)
{
    for (uint64_t i = done; i < nr && i - done < ALTP2M_BATCH_ELEMENTS; i++) {
        uint64_t at = gfns + i * sizeof(uint64_t), gfn;

        if (at < gfns || at > x->size || x->size - at < sizeof(gfn)) {
            return;
        }
        __builtin_memcpy(&gfn, (const uint8_t *)x->payload + at, sizeof(gfn));
        note_access(n, view, gfn);
    }
}

static void note_vcpu(struct noting *n, enum undo_kind kind, uint32_t vcpu)
{
    if (vcpu < n->c->vcpu_count) {
        note(n, kind, 0, vcpu);
    }
}

/* Xen's sub-operations of HVMOP_altp2m, and altview's. */

static void view_made(struct noting *n, const struct exchange *x)
{
    (void)x;
    n->rc = undo_room(n->c); /* the view has no number yet */
}

static const struct xen_hvm_altp2m_op *op_of(const struct exchange *x)
{
    return x->payload;
}

static const void *own_op_of(const struct exchange *x)
{
    return &op_of(x)->u;
}

static void access_set(struct noting *n, const struct exchange *x)
{
    note_access(n, op_of(x)->u.mem_access.view, op_of(x)->u.mem_access.gfn);
}

static void access_multi_set(struct noting *n, const struct exchange *x)
{
    const struct xen_hvm_altp2m_set_mem_access_multi *a = &op_of(x)->u.set_mem_access_multi;
    uint64_t gfns;

    __builtin_memcpy(&gfns, &a->pfn_list, sizeof(gfns));
    note_list(n, x, a->view, gfns, a->nr, a->opaque);
}

static void gfn_changed(struct noting *n, const struct exchange *x)
{
    const struct xen_hvm_altp2m_change_gfn *a = &op_of(x)->u.change_gfn;

    note_gfn(n, UNDO_REMAP, a->view, a->old_gfn);
    note_gfn(n, UNDO_ACCESS, a->view, a->old_gfn);
    note_gfn(n, UNDO_SUPPRESS, a->view, a->old_gfn);
}

static void suppress_set(struct noting *n, const struct exchange *x)
{
    note_gfn(n, UNDO_SUPPRESS, op_of(x)->u.suppress_ve.view, op_of(x)->u.suppress_ve.gfn);
}

static void suppress_multi_set(struct noting *n, const struct exchange *x)
{
    const struct xen_hvm_altp2m_suppress_ve_multi *a = &op_of(x)->u.suppress_ve_multi;
    uint64_t end = UINT64_C(1) << n->c->domain->config.gfn_bits;

    if (a->first_gfn <= a->last_gfn && a->first_gfn < end) {
        uint64_t last = a->last_gfn < end ? a->last_gfn : end - 1;

        note_gfns(n, UNDO_SUPPRESS, a->view, a->first_gfn, last - a->first_gfn + 1);
    }
}

static void visibility_set(struct noting *n, const struct exchange *x)
{
    note(n, UNDO_VISIBILITY, op_of(x)->u.set_visibility.altp2m_idx, 0);
}

static void own_visibility_set(struct noting *n, const struct exchange *x)
{
    note(n, UNDO_VISIBILITY, ((const struct altview_set_visibility *)own_op_of(x))->view, 0);
}

static void vmfunc_set(struct noting *n, const struct exchange *x)
{
    note_vcpu(n, UNDO_VMFUNC, ((const struct altview_set_vmfunc *)own_op_of(x))->vcpu_id);
}

static void notify_on(struct noting *n, const struct exchange *x)
{
    note_vcpu(n, UNDO_NOTIFY, op_of(x)->u.enable_notify.vcpu_id);
}

static void notify_off(struct noting *n, const struct exchange *x)
{
    note_vcpu(n, UNDO_NOTIFY, op_of(x)->u.disable_notify.vcpu_id);
}

static const struct {
    uint32_t cmd;
    void (*note)(struct noting *n, const struct exchange *x);
} operations[] = {
    {HVMOP_altp2m_create_p2m, view_made},
    {HVMOP_altview_clone_view, view_made},
    {HVMOP_altp2m_set_mem_access, access_set},
    {HVMOP_altp2m_set_mem_access_multi, access_multi_set},
    {HVMOP_altp2m_change_gfn, gfn_changed},
    {HVMOP_altp2m_set_suppress_ve, suppress_set},
    {HVMOP_altp2m_set_suppress_ve_multi, suppress_multi_set},
    {HVMOP_altp2m_set_visibility, visibility_set},
    {HVMOP_altview_set_visibility, own_visibility_set},
    {HVMOP_altview_set_vmfunc, vmfunc_set},
    {HVMOP_altp2m_vcpu_enable_notify, notify_on},
    {HVMOP_altp2m_vcpu_disable_notify, notify_off},
};

/* Requests. */

static void note_hvmop(struct noting *n, const struct exchange *x)
{
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (operations[i].cmd == op_of(x)->cmd) {
            operations[i].note(n, x);
        }
    }
}

static void note_set_access(struct noting *n, const struct exchange *x)
{
    const struct altview_set_access *a = x->payload;

    if (a->gfn == ALTVIEW_NO_GFN) {
        note_access(n, a->view, a->gfn);
    } else if (a->done < a->nr) {
        note_gfns(n, UNDO_ACCESS, a->view, a->gfn + a->done, a->nr - a->done);
    }
}

static void note_access_list(struct noting *n, const struct exchange *x)
{
    const struct altview_access_list *a = x->payload;

    note_list(n, x, a->view, sizeof(*a), a->nr, a->done);
}

static void note_name(struct noting *n, const struct exchange *x)
{
    note(n, UNDO_NAME, ((const struct altview_view_name *)x->payload)->view, 0);
}

static void note_policy(struct noting *n, const struct exchange *x)
{
    note(n, UNDO_POLICY, ((const struct altview_view_policy *)x->payload)->view, 0);
}

/* The byte is in the page that the view shows. */
static void note_byte(struct noting *n, unsigned int view, uint64_t address)
{
    uint64_t gfn = address >> ALTP2M_PAGE_SHIFT, target = gfn;

    if (gfn >> n->c->domain->config.gfn_bits) {
        return;
    }
    if (view != ALTVIEW_NO_VIEW && view_exists(n->c, view)) {
        uint64_t shown = altp2m_get_setting(n->c->domain, view, gfn).target;

        target = shown == ALTP2M_INVALID_GFN ? gfn : shown;
    }
    note(n, UNDO_BYTE, 0, target << ALTP2M_PAGE_SHIFT | address % ALTP2M_PAGE_SIZE);
}

static void note_write(struct noting *n, const struct exchange *x)
{
    const struct altview_memory *m = x->payload;

    for (uint32_t i = 0; m->length <= ALTVIEW_TIED_WRITE && i < m->length; i++) {
        note_byte(n, m->view, m->address + i);
    }
}

static void note_answer(struct noting *n, const struct exchange *x)
{
    const struct altview_answer *a = x->payload;
    unsigned int vcpu;

    if (a->actions & ALTVIEW_ANSWER_LIFT && vcpu_named(n->c, a->vcpu, &vcpu) &&
        n->c->vcpus[vcpu].type == ALTVIEW_EVENT_MEM_ACCESS) {
        note_gfn(n, UNDO_ACCESS, n->c->vcpus[vcpu].view, n->c->vcpus[vcpu].gfn);
    }
}

static const struct {
    void (*note)(struct noting *n, const struct exchange *x);
    size_t size; /* the least size of the payload */
} notes[ALTVIEW_REQUESTS] = {
    [ALTVIEW_HVMOP] = {note_hvmop, sizeof(struct xen_hvm_altp2m_op)},
    [ALTVIEW_SET_ACCESS] = {note_set_access, sizeof(struct altview_set_access)},
    [ALTVIEW_ACCESS_LIST] = {note_access_list, sizeof(struct altview_access_list)},
    [ALTVIEW_NAME_VIEW] = {note_name, sizeof(struct altview_view_name)},
    [ALTVIEW_SET_POLICY] = {note_policy, sizeof(struct altview_view_policy)},
    [ALTVIEW_WRITE] = {note_write, sizeof(struct altview_memory)},
    [ALTVIEW_ANSWER] = {note_answer, sizeof(struct altview_answer)},
};

/* New views belong to the owner. */
static void keep_view(struct control *c, const struct exchange *x)
{
    const struct xen_hvm_altp2m_op *op = x->reply;

    if (op->cmd == HVMOP_altp2m_create_p2m) {
        undo_note_view(c, op->u.view.view);
    } else if (op->cmd == HVMOP_altview_clone_view) {
        undo_note_view(c, ((const struct altview_clone_view *)(const void *)&op->u)->view);
    } else if (op->cmd == HVMOP_altp2m_destroy_p2m) {
        undo_sweep(c);
    }
}

static int serve_noted(struct control *c, uint16_t type, struct exchange *x)
{
    size_t i = altp2m_clamp(type, ALTVIEW_REQUESTS);
    struct noting n = {.c = c};

    if (notes[i].note && x->size >= notes[i].size) {
        notes[i].note(&n, x);
    }
    if (!n.rc) {
        n.rc = request_serve(c, type, x);
        if (!n.rc && type == ALTVIEW_HVMOP) {
            keep_view(c, x);
        }
    }
    undo_settle(c);
    return n.rc;
}

int tie_serve(struct control *c, uint32_t owner, uint16_t type, struct exchange *x)
{
    int rc;

    if (!owner) {
        return request_serve(c, type, x);
    }
    if (owner > ALTVIEW_OWNERS || !c->undo.owners[altp2m_clamp(owner, ALTVIEW_OWNERS + 1)].bound) {
        return -XEN_EINVAL;
    }
    c->undo.owner = (uint8_t)owner;
    rc = serve_noted(c, type, x);
    c->undo.owner = 0;
    return rc;
}
