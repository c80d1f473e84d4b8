/* SPDX-License-Identifier: BSD-2-Clause */
/* HVMOP_altp2m: Xen's do_altp2m_op (xen/arch/x86/hvm/hvm.c), check by check. */
#include "hvmop.h"

static long get_domain_state(struct hvmop_call *c)
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

static long set_domain_state(struct hvmop_call *c)
{
    return note_progress(c, altp2m_set_active(c->d, c->op.xen.u.domain_state.state));
}

static long vcpu_enable_notify(struct hvmop_call *c)
{
    const struct xen_hvm_altp2m_vcpu_enable_notify *args = &c->op.xen.u.enable_notify;
    struct altp2m_vcpu *vcpu = hvmop_vcpu(c->d, args->vcpu_id);

    if (args->pad || !vcpu)
        return -XEN_EINVAL;
    /* The CPU writes there whatever views say. So it must be a page that the guest could write
     * itself. */
    if (!c->caller->privileged && altp2m_restricts(c->d, c->caller->vcpu->view, args->gfn))
        return -XEN_EPERM;
    return altp2m_enable_notify(c->d, vcpu, args->gfn);
}

static long vcpu_disable_notify(struct hvmop_call *c)
{
    struct altp2m_vcpu *vcpu = hvmop_vcpu(c->d, c->op.xen.u.disable_notify.vcpu_id);

    if (!vcpu)
        return -XEN_EINVAL;
    altp2m_disable_notify(c->d, vcpu);
    return 0;
}

static long create_p2m(struct hvmop_call *c)
{
    struct xen_hvm_altp2m_view *args = &c->op.xen.u.view;

    return altp2m_view_create(c->d, args->hvmmem_default_access, &args->view);
}

static long destroy_p2m(struct hvmop_call *c)
{
    return note_progress(c, altp2m_view_destroy(c->d, c->op.xen.u.view.view));
}

static long switch_p2m(struct hvmop_call *c)
{
    return altp2m_switch_all(c->d, c->op.xen.u.view.view);
}

static long set_suppress_ve(struct hvmop_call *c)
{
    const struct xen_hvm_altp2m_suppress_ve *args = &c->op.xen.u.suppress_ve;

    if (args->pad1 || args->pad2)
        return -XEN_EINVAL;
    return altp2m_set_suppress_ve(c->d, args->view, args->gfn, args->suppress_ve);
}

static long get_suppress_ve(struct hvmop_call *c)
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

static long set_mem_access(struct hvmop_call *c)
{
    const struct xen_hvm_altp2m_mem_access *args = &c->op.xen.u.mem_access;

    return args->pad ? -XEN_EINVAL : hvmop_set_access(c->d, args->view, args->gfn, args->access);
}

static long get_mem_access(struct hvmop_call *c)
{
    struct xen_hvm_altp2m_mem_access *args = &c->op.xen.u.mem_access;

    return args->pad ? -XEN_EINVAL : altp2m_get_access(c->d, args->view, args->gfn, &args->access);
}

static long change_gfn(struct hvmop_call *c)
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

static long get_p2m_idx(struct hvmop_call *c)
{
    struct xen_hvm_altp2m_get_vcpu_p2m_idx *args = &c->op.xen.u.get_vcpu_p2m_idx;
    long view = hvmop_view_of(c->d, c->caller, hvmop_vcpu(c->d, args->vcpu_id));

    if (view < 0)
        return view;
    args->altp2m_idx = (uint16_t)view;
    return 0;
}

static long set_visibility(struct hvmop_call *c)
{
    const struct xen_hvm_altp2m_set_visibility *args = &c->op.xen.u.set_visibility;

    return args->pad ? -XEN_EINVAL : altp2m_set_visibility(c->d, args->altp2m_idx, args->visible);
}

struct hvmop {
    long (*handle)(struct hvmop_call *c);
    bool when_off;        /* allowed while altp2m is not active */
    bool in_limited;      /* allowed to the guest itself in limited mode */
    bool only_progress;   /* the guest gets the structure back only if it is to call again */
    uint8_t offset, size; /* of what the guest gets back, in the envelope */
};

#define ANSWER(field)                                                                              \
    .offset = offsetof(union hvmop_envelope, field),                                               \
    .size = sizeof(((union hvmop_envelope *)0)->field)

#define XEN_OPS 32U /* a power of two: an index is cut to it */
static const struct hvmop xen_ops[XEN_OPS] = {
    [HVMOP_altp2m_get_domain_state] = {.handle = get_domain_state,
                                       .when_off = true,
                                       ANSWER(xen.u.domain_state)},
    [HVMOP_altp2m_set_domain_state] = {.handle = set_domain_state,
                                       .when_off = true,
                                       .only_progress = true,
                                       ANSWER(altview.u.progress.left)},
    [HVMOP_altp2m_vcpu_enable_notify] = {.handle = vcpu_enable_notify, .in_limited = true},
    [HVMOP_altp2m_create_p2m] = {.handle = create_p2m, ANSWER(xen.u.view)},
    [HVMOP_altp2m_destroy_p2m] = {.handle = destroy_p2m,
                                  .only_progress = true,
                                  ANSWER(altview.u.progress.left)},
    [HVMOP_altp2m_switch_p2m] = {.handle = switch_p2m},
    [HVMOP_altp2m_set_mem_access] = {.handle = set_mem_access},
    [HVMOP_altp2m_change_gfn] = {.handle = change_gfn},
    [HVMOP_altp2m_set_mem_access_multi] = {.handle = hvmop_set_mem_access_multi,
                                           ANSWER(xen.u.set_mem_access_multi.opaque)},
    [HVMOP_altp2m_set_suppress_ve] = {.handle = set_suppress_ve},
    [HVMOP_altp2m_get_suppress_ve] = {.handle = get_suppress_ve, ANSWER(xen.u.suppress_ve)},
    [HVMOP_altp2m_get_mem_access] = {.handle = get_mem_access, ANSWER(xen.u.mem_access)},
    [HVMOP_altp2m_vcpu_disable_notify] = {.handle = vcpu_disable_notify},
    [HVMOP_altp2m_get_p2m_idx] = {.handle = get_p2m_idx, ANSWER(xen.u.get_vcpu_p2m_idx)},
    [HVMOP_altp2m_set_suppress_ve_multi] = {.handle = hvmop_set_suppress_ve_multi,
                                            ANSWER(xen.u.suppress_ve_multi)},
    [HVMOP_altp2m_set_visibility] = {.handle = set_visibility},
};

#define ALTVIEW_OP(cmd) ((cmd)-HVMOP_altview_set_vmfunc)

static const struct hvmop altview_ops[] = {
    [ALTVIEW_OP(HVMOP_altview_set_vmfunc)] = {.handle = hvmop_set_vmfunc},
    [ALTVIEW_OP(HVMOP_altview_view_info)] = {.handle = hvmop_view_info,
                                             ANSWER(altview.u.view_info)},
    [ALTVIEW_OP(HVMOP_altview_exit_count)] = {.handle = hvmop_exit_count,
                                              ANSWER(altview.u.exit_count)},
    [ALTVIEW_OP(HVMOP_altview_clone_view)] = {.handle = hvmop_clone_view,
                                              ANSWER(altview.u.clone_view)},
    [ALTVIEW_OP(HVMOP_altview_set_visibility)] = {.handle = hvmop_set_visibility},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct hvmop *find(uint32_t cmd)
{
    const struct hvmop *op = NULL;

    if (cmd < XEN_OPS)
        op = &xen_ops[cmd % XEN_OPS];
    else if (ALTVIEW_OP(cmd) < COUNT(altview_ops))
        op = &altview_ops[altp2m_clamp(ALTVIEW_OP(cmd), COUNT(altview_ops))];
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
        return a->domain ? -XEN_ESRCH : -XEN_EOPNOTSUPP; /* domain 0 is there, but no HVM domain */
    return hvmop_admit(c->d, c->caller, op->when_off, op->in_limited);
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
