/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xen:DOMID. A domain of the Xen this program runs on: requests that are operations of Xen's become
 * hypercalls, as <xen/hvm/hvm_op.h> and <xen/memory.h> lay them out. Xen restarts its long
 * operations itself. For all other requests Xen has no call on which a library could rely.
 */
#include "xen.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <xen/hvm/params.h>
#include <xen/version.h>

static int ping(struct xen *xen, struct xen_exchange *x)
{
    (void)xen, (void)x;
    return 0;
}

/* HVM_PARAM_ALTP2M, or a negative errno value. */
static int get_mode(struct xen *xen)
{
    struct xen_hvm_param *param = xencall_buffer(&xen->call, sizeof(*param));
    int rc;

    if (!param) {
        return -ENOMEM;
    }
    param->domid = xen->domid;
    param->index = HVM_PARAM_ALTP2M;
    rc = xencall_make(&xen->call, __HYPERVISOR_hvm_op, HVMOP_get_param, param);
    if (!rc) {
        rc = (int)param->value;
    }
    xencall_free(&xen->call, param);
    return rc;
}

/* Xen refuses this for a domain without altp2m, where altp2m is not on either. */
static bool is_active(struct xen *xen)
{
    struct xen_hvm_altp2m_op *op = xen_new_altp2m(xen, HVMOP_altp2m_get_domain_state, sizeof(*op));
    bool active = op && xen_call_altp2m(xen, op) == 0 && op->u.domain_state.state;

    xencall_free(&xen->call, op);
    return active;
}

static void describe(struct xen *xen, char *software, size_t size)
{
    int version = xencall_make(&xen->call, __HYPERVISOR_xen_version, XENVER_version, NULL);

    if (version < 0) {
        snprintf(software, size, "Xen");
    } else {
        snprintf(software, size, "Xen %d.%d", version >> 16, version & 0xffff);
    }
}

/* Fields that Xen does not report (slots for views, vCPUs, the CPU's features) stay 0. */
static int hello(struct xen *xen, struct xen_exchange *x)
{
    struct altview_hello reply = {.version = ALTVIEW_CONTROL_VERSION,
                                  .domid = xen->domid,
                                  .max_payload = ALTVIEW_CONTROL_MAX_PAYLOAD};
    int mode = get_mode(xen);

    if (mode < 0) {
        return mode;
    }
    reply.mode = (uint8_t)mode;
    reply.flags = is_active(xen) ? ALTVIEW_HELLO_ACTIVE : 0;
    describe(xen, reply.software, sizeof(reply.software));
    return reply_with(x, &reply, sizeof(reply));
}

static xen_request_handler *const requests[ALTVIEW_REQUESTS] = {
    [ALTVIEW_PING] = ping,
    [ALTVIEW_HELLO] = hello,
    [ALTVIEW_HVMOP] = xen_hvmop,
    [ALTVIEW_SET_ACCESS] = xen_set_access,
    [ALTVIEW_ACCESS_LIST] = xen_access_list,
    [ALTVIEW_GET_ACCESS] = xen_get_access,
};

static int xen_request(struct transport *t, enum altview_request type, const void *payload,
                       size_t size, void *reply, size_t reply_room, size_t *reply_size,
                       unsigned int milliseconds)
{
    struct xen_exchange x = {.payload = payload, .size = size, .reply = reply, .room = reply_room};
    int rc;

    (void)milliseconds;
    *reply_size = 0;
    if (type >= ALTVIEW_REQUESTS || !requests[type]) {
        return -EOPNOTSUPP;
    }
    rc = requests[type]((struct xen *)t, &x);
    *reply_size = x.reply_size;
    return rc;
}

static int xen_next_event(struct transport *t, struct altview_event *event, int milliseconds)
{
    (void)t, (void)event, (void)milliseconds;
    return -EOPNOTSUPP;
}

static int xen_event_fd(struct transport *t)
{
    (void)t;
    return -EOPNOTSUPP;
}

static void xen_close(struct transport *t)
{
    struct xen *xen = (struct xen *)t;

    xencall_end(&xen->call);
    free(xen);
}

static const struct transport_ops ops = {.request = xen_request,
                                         .next_event = xen_next_event,
                                         .event_fd = xen_event_fd,
                                         .close = xen_close};

static int parse_domid(const char *text, uint16_t *domid)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end || n >= DOMID_FIRST_RESERVED) {
        return altview_fail(-EINVAL,
                            "xen:%s: say the number of a domain, 0 to %u (`xl list` shows them)",
                            text, DOMID_FIRST_RESERVED - 1);
    }
    *domid = (uint16_t)n;
    return 0;
}

/* Does the domain exist, and may this program use it? */
static int meet(struct xen *xen)
{
    int mode = get_mode(xen);

    switch (mode) {
    case -ESRCH:
        return altview_fail(mode, "xen: there is no domain %u; `xl list` shows those there are",
                            xen->domid);
    case -EPERM:
    case -EACCES:
        return altview_fail(mode, "xen: Xen lets us do nothing to domain %u; run this in domain 0",
                            xen->domid);
    case -EINVAL:
        return altview_fail(mode,
                            "xen: domain %u has no views; that takes a type=\"hvm\" or "
                            "\"pvh\" domain",
                            xen->domid);
    default:
        return mode < 0 ? altview_fail(mode, "xen: domain %u: %s", xen->domid, strerror(-mode)) : 0;
    }
}

static int start(struct xen *xen)
{
    int rc = xencall_start(&xen->call);

    if (rc) {
        return rc;
    }
    rc = meet(xen);
    if (rc) {
        xencall_end(&xen->call);
    }
    return rc;
}

int transport_open_xen(const char *rest, unsigned int flags, struct transport **transport)
{
    uint16_t domid = 0;
    struct xen *xen;
    int rc = parse_domid(rest, &domid);

    (void)flags;
    if (rc) {
        return rc;
    }
    xen = calloc(1, sizeof(*xen));
    if (!xen) {
        return altview_fail(-ENOMEM, "xen: not enough memory");
    }
    xen->transport.ops = &ops;
    xen->domid = domid;
    rc = start(xen);
    if (rc) {
        free(xen);
        return rc;
    }
    *transport = &xen->transport;
    return 0;
}
