/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_event_channel_op (Xen: xen/common/event_channel.c). The other end of a channel is in
 * the domain itself, or in domain 0, for which altview provides the console and an empty store.
 * There are no ports of the form with FIFOs: EVTCHNOP_init_control is -ENOSYS.
 */
#include "base/index.h"
#include "port/monitor.h"
#include "xen/backend.h"
#include "xen/events/events.h"
#include "xen/face.h"
#include "xen/hypercall.h"

#include <stdint.h>
#include <xen/event_channel.h>
#include <xen/xen.h>

union event_op {
    struct evtchn_alloc_unbound alloc_unbound;
    struct evtchn_bind_interdomain bind_interdomain;
    struct evtchn_bind_virq bind_virq;
    struct evtchn_bind_ipi bind_ipi;
    struct evtchn_close close;
    struct evtchn_send send;
    struct evtchn_status status;
    struct evtchn_bind_vcpu bind_vcpu;
    struct evtchn_unmask unmask;
};

/* An operation, for the vCPU that calls. */
typedef long event_operation(struct vcpu *vcpu, union event_op *a);

_Static_assert(NR_VIRQS == XEN_VIRQS, "a vCPU has room for every VIRQ");

/* NULL if there is none; the number is clamped. Xen makes ports a bucket at a time. */
static struct xen_port *port_at(struct vcpu *vcpu, uint32_t number, size_t *port)
{
    struct xen_state *xen = &vcpu->domain->xen;

    *port = number;
    return index_clamp(port, xen->ports_made) ? &xen->ports[*port] : NULL;
}

#define BUCKET 64

/* Make the lowest free port one of this kind; or -XEN_ENOSPC. */
static long take_port(struct vcpu *vcpu, struct xen_port kind)
{
    struct xen_state *xen = &vcpu->domain->xen;

    for (size_t port = 1; port < XEN_PORTS; port++) {
        if (xen->ports[port].state == EVTCHNSTAT_closed) {
            xen->ports[port] = kind;
            xen->ports_made =
                port < xen->ports_made ? xen->ports_made : (port / BUCKET + 1) * BUCKET;
            return (long)port;
        }
    }
    return -XEN_ENOSPC;
}

/* 0, with the port noted; or the error. */
static long answer(long port, evtchn_port_t *where)
{
    if (port < 0) {
        return port;
    }
    *where = (evtchn_port_t)port;
    return 0;
}

static uint16_t own_if_self(uint16_t domid)
{
    return domid == DOMID_SELF ? DOMAIN_ID : domid;
}

static long alloc_unbound(struct vcpu *vcpu, union event_op *a)
{
    struct evtchn_alloc_unbound *op = &a->alloc_unbound;
    const struct xen_port kind = {EVTCHNSTAT_unbound, 0, own_if_self(op->remote_dom), 0};
    int rc = check_domain(op->dom, -XEN_EPERM);

    return rc ? rc : answer(take_port(vcpu, kind), &op->port);
}

/* Bind to a port of the domain itself that waits for it. Domain 0 has no such port. */
static long bind_interdomain(struct vcpu *vcpu, union event_op *a)
{
    struct evtchn_bind_interdomain *op = &a->bind_interdomain;
    int rc = check_domain(op->remote_dom, -XEN_EINVAL);
    struct xen_port *peer;
    size_t remote;
    long local;

    if (rc) {
        return rc;
    }
    peer = port_at(vcpu, op->remote_port, &remote);
    if (!peer || peer->state != EVTCHNSTAT_unbound || peer->domain != DOMAIN_ID) {
        return -XEN_EINVAL;
    }
    local =
        take_port(vcpu, (struct xen_port){EVTCHNSTAT_interdomain, 0, DOMAIN_ID, (uint16_t)remote});
    if (local < 0) {
        return local;
    }
    peer->state = EVTCHNSTAT_interdomain;
    peer->peer = (uint16_t)local;
    events_raise(vcpu->domain, (size_t)local); /* an event may have been lost while it was not
                                                * bound */
    return answer(local, &op->local_port);
}

/* The VIRQs that any vCPU may have (Xen: virq_is_global). Nothing raises them here. */
static bool is_global(size_t virq)
{
    return virq != VIRQ_TIMER && virq != VIRQ_DEBUG && virq != VIRQ_XENOPROF && virq != VIRQ_XENPMU;
}

static struct vcpu *vcpu_at(const struct vcpu *vcpu, uint32_t number)
{
    size_t id = number;

    return index_clamp(&id, vcpu->domain->vcpu_count) ? vcpu->domain->vcpus[id] : NULL;
}

static long bind_virq(struct vcpu *vcpu, union event_op *a)
{
    struct evtchn_bind_virq *op = &a->bind_virq;
    struct vcpu *target = vcpu_at(vcpu, op->vcpu);
    size_t virq = op->virq;
    long rc;

    if (!index_clamp(&virq, NR_VIRQS) || (is_global(virq) && op->vcpu != 0)) {
        return -XEN_EINVAL;
    }
    if (!target) {
        return -XEN_ENOENT;
    }
    if (target->xen.virqs[virq]) {
        return -XEN_EEXIST;
    }
    rc = take_port(
        vcpu, (struct xen_port){EVTCHNSTAT_virq, (uint8_t)target->altp2m->id, 0, (uint16_t)virq});
    if (rc >= 0) {
        target->xen.virqs[virq] = (uint16_t)rc;
    }
    return answer(rc, &op->port);
}

static long bind_ipi(struct vcpu *vcpu, union event_op *a)
{
    struct evtchn_bind_ipi *op = &a->bind_ipi;
    const struct vcpu *target = vcpu_at(vcpu, op->vcpu);

    if (!target) {
        return -XEN_ENOENT;
    }
    return answer(
        take_port(vcpu, (struct xen_port){EVTCHNSTAT_ipi, (uint8_t)target->altp2m->id, 0, 0}),
        &op->port);
}

/* Remove other references to the port. */
static void detach(struct domain *domain, const struct xen_port *port)
{
    size_t owner = is_global(port->peer) ? 0 : port->vcpu; /* of a VIRQ, on any vCPU */

    if (port->state == EVTCHNSTAT_virq) {
        domain->vcpus[owner]->xen.virqs[port->peer] = 0;
    }
    if (port->state == EVTCHNSTAT_interdomain && port->domain == DOMAIN_ID) {
        domain->xen.ports[port->peer].state = EVTCHNSTAT_unbound;
    }
}

static long close(struct vcpu *vcpu, union event_op *a)
{
    size_t number;
    struct xen_port *port = port_at(vcpu, a->close.port, &number);

    if (!port || port->state == EVTCHNSTAT_closed || port->state == XEN_PORT_RESERVED) {
        return -XEN_EINVAL;
    }
    detach(vcpu->domain, port);
    *port = (struct xen_port){.state = EVTCHNSTAT_closed};
    events_clear(vcpu->domain, number);
    return 0;
}

static long tell_domain_0(struct vcpu *vcpu, uint16_t port)
{
    monitor_is_due(vcpu);
    if (port == XEN_PORT_CONSOLE) {
        return console_serve(vcpu->domain) ? -ALTP2M_ERESTART : 0;
    }
    store_serve(vcpu->domain);
    return 0;
}

static long send(struct vcpu *vcpu, union event_op *a)
{
    size_t number;
    const struct xen_port *port = port_at(vcpu, a->send.port, &number);

    if (!port) {
        return -XEN_EINVAL;
    }
    switch (port->state) {
    case EVTCHNSTAT_unbound:
        return 0;
    case EVTCHNSTAT_interdomain:
        if (port->domain != DOMAIN_ID) {
            return tell_domain_0(vcpu, port->peer);
        }
        events_raise(vcpu->domain, port->peer);
        return 0;
    case EVTCHNSTAT_ipi:
        events_raise(vcpu->domain, number);
        return 0;
    default:
        return -XEN_EINVAL;
    }
}

static void fill_status(struct evtchn_status *status, const struct xen_port *port)
{
    status->status = port->state == XEN_PORT_RESERVED ? EVTCHNSTAT_closed : port->state;
    status->vcpu = port->vcpu;
    if (port->state == EVTCHNSTAT_unbound) {
        status->u.unbound.dom = port->domain;
    } else if (port->state == EVTCHNSTAT_interdomain) {
        status->u.interdomain.dom = port->domain;
        status->u.interdomain.port = port->peer;
    } else if (port->state == EVTCHNSTAT_virq) {
        status->u.virq = port->peer;
    }
}

static long get_status(struct vcpu *vcpu, union event_op *a)
{
    int rc = check_domain(a->status.dom, -XEN_EPERM);
    const struct xen_port *port;
    size_t number;

    if (rc) {
        return rc;
    }
    port = port_at(vcpu, a->status.port, &number);
    if (!port) {
        return -XEN_EINVAL;
    }
    fill_status(&a->status, port);
    return 0;
}

static long bind_vcpu(struct vcpu *vcpu, union event_op *a)
{
    const struct vcpu *target = vcpu_at(vcpu, a->bind_vcpu.vcpu);
    struct xen_port *port;
    size_t number;

    if (!target) {
        return -XEN_ENOENT;
    }
    port = port_at(vcpu, a->bind_vcpu.port, &number);
    if (!port || !(port->state == EVTCHNSTAT_unbound || port->state == EVTCHNSTAT_interdomain ||
                   (port->state == EVTCHNSTAT_virq && is_global(port->peer)))) {
        return -XEN_EINVAL;
    }
    port->vcpu = (uint8_t)target->altp2m->id;
    return 0;
}

static long unmask(struct vcpu *vcpu, union event_op *a)
{
    size_t number;

    if (!port_at(vcpu, a->unmask.port, &number)) {
        return -XEN_EINVAL;
    }
    events_unmask(vcpu->domain, number);
    return 0;
}

/* The caller gets the structure back where it holds an answer. */
static const struct {
    event_operation *act;
    uint8_t size;
    bool answers;
} operations[] = {
    [EVTCHNOP_bind_interdomain] = {bind_interdomain, sizeof(struct evtchn_bind_interdomain), true},
    [EVTCHNOP_bind_virq] = {bind_virq, sizeof(struct evtchn_bind_virq), true},
    [EVTCHNOP_close] = {close, sizeof(struct evtchn_close), false},
    [EVTCHNOP_send] = {send, sizeof(struct evtchn_send), false},
    [EVTCHNOP_status] = {get_status, sizeof(struct evtchn_status), true},
    [EVTCHNOP_alloc_unbound] = {alloc_unbound, sizeof(struct evtchn_alloc_unbound), true},
    [EVTCHNOP_bind_ipi] = {bind_ipi, sizeof(struct evtchn_bind_ipi), true},
    [EVTCHNOP_bind_vcpu] = {bind_vcpu, sizeof(struct evtchn_bind_vcpu), false},
    [EVTCHNOP_unmask] = {unmask, sizeof(struct evtchn_unmask), false},
};

long hypercall_event_channel(const struct hypercall *call)
{
    size_t operation = (uint32_t)argument(call, 0);
    union event_op a;
    long rc;

    if (!index_clamp(&operation, INDEX_COUNT(operations)) || !operations[operation].act) {
        return -XEN_ENOSYS;
    }
    if (copy_in(call, &a, argument(call, 1), operations[operation].size)) {
        return -XEN_EFAULT;
    }
    rc = operations[operation].act(call->vcpu, &a);
    if (!rc && operations[operation].answers) {
        rc = copy_out(call, argument(call, 1), &a, operations[operation].size);
    }
    return rc;
}
