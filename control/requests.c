/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of all requests, and the handlers of a few lines. */
#include "control/server.h"

#include <xen/hvm/hvm_op.h>
#include <xen/xen.h>

struct request {
    request_handler *serve;
    uint16_t size;    /* of the payload */
    bool longer;      /* or more: a list or bytes follow */
    uint8_t pad;      /* where, */
    uint8_t pad_size; /* and how many bytes, must be zero */
};

static int ping(struct control *c, struct exchange *x)
{
    (void)c;
    (void)x;
    return 0;
}

static uint8_t hello_flags(const struct control *c)
{
    const struct altp2m_domain *d = c->domain;
    const struct altp2m_config *config = &d->config;

    return (uint8_t)((d->active ? ALTVIEW_HELLO_ACTIVE : 0) |
                     (config->access_required ? ALTVIEW_HELLO_ACCESS_REQUIRED : 0) |
                     (config->has_exec_only ? ALTVIEW_HELLO_EXECUTE_ONLY : 0) |
                     (config->has_ve ? ALTVIEW_HELLO_VE : 0) |
                     (config->has_2m ? ALTVIEW_HELLO_2M : 0) |
                     (config->has_1g ? ALTVIEW_HELLO_1G : 0) |
                     (c->left ? ALTVIEW_HELLO_UNANSWERED : 0) |
                     (c->host.ring.size ? ALTVIEW_HELLO_RING : 0));
}

static int hello(struct control *c, struct exchange *x)
{
    const struct altp2m_config *config = &c->domain->config;
    struct altview_hello *to = x->reply;

    *to = (struct altview_hello){
        .version = ALTVIEW_CONTROL_VERSION,
        .domid = config->domid,
        .view_count = (uint16_t)config->view_count,
        .mode = (uint8_t)config->mode,
        .flags = hello_flags(c),
        .vcpu_count = c->vcpu_count,
        .gfn_bits = config->gfn_bits,
        .max_payload = ALTVIEW_CONTROL_MAX_PAYLOAD,
        .image = c->host.image ? c->host.image(c->host.context) : 0,
        .tsc_hz = c->host.ticks_hz,
        .instance = c->host.instance,
    };
    for (size_t i = 0; i < sizeof(to->software) - 1 && c->host.software[i]; i++) {
        to->software[i] = c->host.software[i];
    }
    x->reply_size = sizeof(*to);
    return 0;
}

static int ring(struct control *c, struct exchange *x)
{
    if (!c->host.ring.size) {
        return -XEN_EOPNOTSUPP;
    }
    *(struct altview_ring_place *)x->reply = c->host.ring;
    x->reply_size = sizeof(c->host.ring);
    return 0;
}

/* Only a hub may have it. */
static int hubs_alone(struct control *c, struct exchange *x)
{
    (void)c;
    (void)x;
    return -XEN_EOPNOTSUPP;
}

static int statistics(struct control *c, struct exchange *x)
{
    const struct altview_which_vcpu *which = x->payload;
    struct altview_statistics *to = x->reply;
    unsigned int vcpu;

    if (!vcpu_named(c, which->vcpu, &vcpu)) {
        return -XEN_EINVAL;
    }
    *to = c->counters;
    c->host.statistics(c->host.context, vcpu, to);
    to->base_pages = c->domain->base_pages;
    for (unsigned int view = 0; view < c->domain->config.view_count; view++) {
        to->view_pages += view_exists(c, view) ? c->domain->views[view].table_pages : 0;
    }
    to->bad_frames += c->reader.broken;
    to->stray_bytes = c->reader.stray;
    x->reply_size = sizeof(*to);
    return 0;
}

#define PAYLOAD(type) .size = sizeof(struct type)
#define PAD(type, field)                                                                           \
    .pad = offsetof(struct type, field), .pad_size = sizeof(((struct type *)0)->field)

static const struct request requests[ALTVIEW_REQUESTS] = {
    [ALTVIEW_PING] = {.serve = ping},
    [ALTVIEW_HELLO] = {.serve = hello},
    [ALTVIEW_HVMOP] = {request_hvmop, PAYLOAD(xen_hvm_altp2m_op), .longer = true},
    [ALTVIEW_SET_ACCESS] = {request_set_access, PAYLOAD(altview_set_access),
                            PAD(altview_set_access, pad)},
    [ALTVIEW_ACCESS_LIST] = {request_access_list, PAYLOAD(altview_access_list), .longer = true,
                             PAD(altview_access_list, pad)},
    [ALTVIEW_GET_ACCESS] = {request_get_access, PAYLOAD(altview_gfn), PAD(altview_gfn, pad)},
    [ALTVIEW_VIEWS] = {request_views, PAYLOAD(altview_first)},
    [ALTVIEW_OVERRIDES] = {request_overrides, PAYLOAD(altview_gfn), PAD(altview_gfn, pad)},
    [ALTVIEW_NAME_VIEW] = {request_name_view, PAYLOAD(altview_view_name),
                           PAD(altview_view_name, pad)},
    [ALTVIEW_SET_POLICY] = {request_set_policy, PAYLOAD(altview_view_policy),
                            PAD(altview_view_policy, pad)},
    [ALTVIEW_READ] = {request_read, PAYLOAD(altview_memory), PAD(altview_memory, pad)},
    [ALTVIEW_WRITE] = {request_write, PAYLOAD(altview_memory), .longer = true,
                       PAD(altview_memory, pad)},
    [ALTVIEW_VCPUS] = {request_vcpus, PAYLOAD(altview_first)},
    [ALTVIEW_GET_REGISTERS] = {request_get_registers, PAYLOAD(altview_which_vcpu),
                               PAD(altview_which_vcpu, flags)},
    [ALTVIEW_SET_REGISTERS] = {request_set_registers, PAYLOAD(altview_set_registers)},
    [ALTVIEW_PAUSE] = {request_pause, PAYLOAD(altview_which_vcpu)},
    [ALTVIEW_UNPAUSE] = {request_unpause, PAYLOAD(altview_which_vcpu)},
    [ALTVIEW_SINGLE_STEP] = {request_single_step, PAYLOAD(altview_single_step),
                             PAD(altview_single_step, pad)},
    [ALTVIEW_STATISTICS] = {statistics, PAYLOAD(altview_which_vcpu),
                            PAD(altview_which_vcpu, flags)},
    [ALTVIEW_LISTEN] = {request_listen, PAYLOAD(altview_listen)},
    [ALTVIEW_VISIBILITY] = {request_visibility, PAYLOAD(altview_first)},
    [ALTVIEW_RING] = {.serve = ring},
    [ALTVIEW_SET_REQUIRED] = {request_set_required, PAYLOAD(altview_required),
                              PAD(altview_required, pad)},
    [ALTVIEW_MEMORY_MAP] = {request_memory_map, PAYLOAD(altview_first)},
    [ALTVIEW_MAXIMUM_GFN] = {.serve = request_maximum_gfn},
    [ALTVIEW_TRANSLATE] = {request_translate, PAYLOAD(altview_translate)},
    [ALTVIEW_SEARCH] = {request_search, PAYLOAD(altview_search), .longer = true,
                        PAD(altview_search, pad)},
    [ALTVIEW_LOCATE] = {request_locate, PAYLOAD(altview_locate), PAD(altview_locate, pad)},
    [ALTVIEW_MEMORY] = {hubs_alone, PAYLOAD(altview_memory_wish), PAD(altview_memory_wish, pad)},
    [ALTVIEW_CONSOLE] = {.serve = hubs_alone},
    [ALTVIEW_SNAPSHOT] = {.serve = hubs_alone},
    [ALTVIEW_BIND] = {request_bind, PAYLOAD(altview_bind)},
    [ALTVIEW_UNBIND] = {request_unbind, PAYLOAD(altview_unbind)},
    [ALTVIEW_ANSWER] = {request_answer, PAYLOAD(altview_answer), PAD(altview_answer, pad)},
};

static bool is_zero(const uint8_t *bytes, size_t size)
{
    while (size && !*bytes) {
        bytes++;
        size--;
    }
    return !size;
}

int request_serve(struct control *c, uint16_t type, struct exchange *x)
{
    const struct request *r =
        type < ALTVIEW_REQUESTS ? &requests[altp2m_clamp(type, ALTVIEW_REQUESTS)] : NULL;

    if (!r || !r->serve) {
        return -XEN_ENOSYS;
    }
    if (x->size < r->size || (x->size > r->size && !r->longer) ||
        !is_zero((const uint8_t *)x->payload + r->pad, r->pad_size)) {
        return -XEN_EINVAL;
    }
    return r->serve(c, x);
}
