/* SPDX-License-Identifier: BSD-2-Clause */
/* HVMOP_altp2m: Xen's do_altp2m_op (xen/arch/x86/hvm/hvm.c), check by check. */
#include "hvmop.h"

long hvmop_altp2m_get_domain_state(struct hvmop_call *c)
{
    c->op.xen.u.domain_state.state = c->d->active;
    return 0;
}

static long note_progress(struct hvmop_call *c, long rc)
{
    if (rc == -ALTP2M_ERESTART)
        c->op.altview.u.progress.left = altp2m_left(c->d);
    return rc;
}

long hvmop_altp2m_set_domain_state(struct hvmop_call *c)
{
    return note_progress(c, altp2m_set_active(c->d, c->op.xen.u.domain_state.state));
}

long hvmop_altp2m_vcpu_enable_notify(struct hvmop_call *c)
{
    const struct xen_hvm_altp2m_vcpu_enable_notify *args = &c->op.xen.u.enable_notify;
    struct altp2m_vcpu *vcpu = hvmop_vcpu(c->d, args->vcpu_id);

    if (args->pad || !vcpu)
        return -XEN_EINVAL;
    /* The CPU writes there regardless of views. So it must be a page that the guest itself could
     * write. */
    if (!c->caller->privileged && altp2m_restricts(c->d, c->caller->vcpu->view, args->gfn))
        return -XEN_EPERM;
    return altp2m_enable_notify(c->d, vcpu, args->gfn);
}

long hvmop_altp2m_vcpu_disable_notify(struct hvmop_call *c)
{
    struct altp2m_vcpu *vcpu = hvmop_vcpu(c->d, c->op.xen.u.disable_notify.vcpu_id);

    if (!vcpu)
        return -XEN_EINVAL;
    altp2m_disable_notify(c->d, vcpu);
    return 0;
}

long hvmop_altp2m_create_p2m(struct hvmop_call *c)
{
    struct xen_hvm_altp2m_view *args = &c->op.xen.u.view;

    return altp2m_view_create(c->d, args->hvmmem_default_access, &args->view);
}

long hvmop_altp2m_destroy_p2m(struct hvmop_call *c)
{
    return note_progress(c, altp2m_view_destroy(c->d, c->op.xen.u.view.view));
}

long hvmop_altp2m_switch_p2m(struct hvmop_call *c)
{
    return altp2m_switch_all(c->d, c->op.xen.u.view.view);
}

long hvmop_altp2m_set_suppress_ve(struct hvmop_call *c)
{
    const struct xen_hvm_altp2m_suppress_ve *args = &c->op.xen.u.suppress_ve;

    if (args->pad1 || args->pad2)
        return -XEN_EINVAL;
    return altp2m_set_suppress_ve(c->d, args->view, args->gfn, args->suppress_ve);
}

long hvmop_altp2m_get_suppress_ve(struct hvmop_call *c)
{
    struct xen_hvm_altp2m_suppress_ve *args = &c->op.xen.u.suppress_ve;
    bool suppress;

    if (args->pad1 || args->pad2)
        return -XEN_EINVAL;
    int rc = altp2m_get_suppress_ve(c->d, args->view, args->gfn, &suppress);
    if (!rc)
        args->suppress_ve = suppress;
    return rc;
}

/* Xen skips what is not RAM: set_mem_access in xen/arch/x86/mm/mem_access.c. */
int hvmop_set_access(struct altp2m_domain *d, unsigned int view, uint64_t gfn, unsigned int access)
{
    int rc = altp2m_set_access(d, view, gfn, access);

    return rc == -XEN_ESRCH ? 0 : rc;
}

long hvmop_altp2m_set_mem_access(struct hvmop_call *c)
{
    const struct xen_hvm_altp2m_mem_access *args = &c->op.xen.u.mem_access;

    return args->pad ? -XEN_EINVAL : hvmop_set_access(c->d, args->view, args->gfn, args->access);
}

long hvmop_altp2m_get_mem_access(struct hvmop_call *c)
{
    struct xen_hvm_altp2m_mem_access *args = &c->op.xen.u.mem_access;

    return args->pad ? -XEN_EINVAL : altp2m_get_access(c->d, args->view, args->gfn, &args->access);
}

long hvmop_altp2m_change_gfn(struct hvmop_call *c)
{
    const struct xen_hvm_altp2m_change_gfn *args = &c->op.xen.u.change_gfn;

    if (args->pad1 || args->pad2)
        return -XEN_EINVAL;
    /* A guest that remaps its own page wants #VE for it: Xen sets suppress-#VE for other callers
     * only. */
    return altp2m_remap(c->d, args->view, args->old_gfn, args->new_gfn, c->caller->privileged);
}

long hvmop_view_of(struct altp2m_domain *d, const struct altp2m_caller *caller,
                   const struct altp2m_vcpu *vcpu)
{
    if (!vcpu)
        return -XEN_EINVAL;
    if (vcpu != caller->vcpu)
        altp2m_quiesce(d);
    return vcpu->view;
}

long hvmop_altp2m_get_p2m_idx(struct hvmop_call *c)
{
    struct xen_hvm_altp2m_get_vcpu_p2m_idx *args = &c->op.xen.u.get_vcpu_p2m_idx;
    long view = hvmop_view_of(c->d, c->caller, hvmop_vcpu(c->d, args->vcpu_id));

    if (view < 0)
        return view;
    args->altp2m_idx = (uint16_t)view;
    return 0;
}

long hvmop_altp2m_set_visibility(struct hvmop_call *c)
{
    const struct xen_hvm_altp2m_set_visibility *args = &c->op.xen.u.set_visibility;

    return args->pad ? -XEN_EINVAL : altp2m_set_visibility(c->d, args->altp2m_idx, args->visible);
}

/* The part of the envelope that the caller gets back. */
#define BACK_NOTHING(structure)
#define BACK_WHOLE(structure)                                                                      \
    .offset = offsetof(struct xen_hvm_altp2m_op, u), .size = sizeof(struct structure),
#define BACK_OPAQUE(structure)                                                                     \
    .offset = offsetof(struct xen_hvm_altp2m_op, u) + offsetof(struct structure, opaque),          \
    .size = sizeof(((struct structure *)0)->opaque),
#define BACK_LEFT(structure)                                                                       \
    .offset = offsetof(union hvmop_envelope, altview.u.progress.left), .size = sizeof(uint64_t),   \
    .only_progress = true,
#define ROW(number, name, structure, mode, state, back, since)                                     \
    {.handle = hvmop_##name,                                                                       \
     .guest_in = HVMOP_IN_##mode,                                                                  \
     .when_off = HVMOP_##state,                                                                    \
     BACK_##back(structure)},
#define ROW_OF_XEN(number, name, ...) [number] = ROW(number, name, __VA_ARGS__)

static const struct hvmop hvmops_of_xen[HVMOPS_OF_XEN] = {ALTVIEW_HVMOPS_OF_XEN(ROW_OF_XEN)};
static const struct hvmop own_ops[] = {ALTVIEW_HVMOPS_OF_ITS_OWN(ROW)};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define IS_XENS(number, name, ...) _Static_assert((number) == HVMOP_##name, "the number is Xen's");
ALTVIEW_HVMOPS_OF_XEN(IS_XENS)

static const struct hvmop *find(uint32_t cmd)
{
    uint32_t own = cmd - HVMOP_altview_set_vmfunc;
    const struct hvmop *op = NULL;

    if (cmd < HVMOPS_OF_XEN)
        op = &hvmops_of_xen[cmd % HVMOPS_OF_XEN];
    else if (own < COUNT(own_ops))
        op = &own_ops[altp2m_clamp(own, COUNT(own_ops))];
    return op && op->handle ? op : NULL;
}

static int check(const struct hvmop_call *c, const struct hvmop *op)
{
    const struct xen_hvm_altp2m_op *a = &c->op.xen;

    if (a->pad1 || a->pad2 || a->version != HVMOP_ALTP2M_INTERFACE_VERSION)
        return -XEN_EINVAL;
    if (!op)
        return -XEN_EOPNOTSUPP;
    if (a->domain != DOMID_SELF && a->domain != c->d->config.domid)
        return a->domain ? -XEN_ESRCH : -XEN_EOPNOTSUPP; /* domain 0 exists, but is not an HVM
                                                          * domain */
    return hvmop_admit(c->d, c->caller, op->when_off, op->guest_in);
}

long altp2m_hvmop(struct altp2m_domain *d, const struct altp2m_caller *caller, uint64_t arg)
{
    struct hvmop_call c;

    c.d = d;
    c.caller = caller;
    if (caller_read(caller, &c.op, arg, sizeof(c.op.xen)))
        return -XEN_EFAULT;

    const struct hvmop *op = find(c.op.xen.cmd);
    long rc = check(&c, op);
    if (rc)
        return rc;
    rc = op->handle(&c);
    if (op->size && ((!rc && !op->only_progress) || rc == -ALTP2M_ERESTART) &&
        caller_write(caller, arg + op->offset, (const char *)&c.op + op->offset, op->size))
        return -XEN_EFAULT;
    return rc;
}
