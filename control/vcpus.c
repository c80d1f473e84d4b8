/* SPDX-License-Identifier: BSD-2-Clause */
#include "control/server.h"

static uint8_t flags_of(const struct control_vcpu *v)
{
    return (uint8_t)((v->pauses || v->held ? ALTVIEW_VCPU_PAUSED : 0) |
                     (v->held ? ALTVIEW_VCPU_HELD : 0) |
                     (vcpu_waits(v) ? ALTVIEW_VCPU_WAITING : 0) |
                     (v->stepping ? ALTVIEW_VCPU_STEPPING : 0));
}

static void describe(const struct control *c, unsigned int vcpu, struct altview_vcpu *to)
{
    const struct control_vcpu *v = &c->vcpus[vcpu];
    const struct altp2m_vcpu *altp2m = vcpu_of(c, vcpu);
    struct altview_general general;
    uint64_t cr3;

    c->host.get_general(c->host.context, vcpu, &general, &cr3);
    *to = (struct altview_vcpu){
        .vcpu = vcpu,
        .view = altp2m->view,
        .vmfunc = altp2m->vmfunc,
        .flags = flags_of(v),
        .notify_gfn = altp2m->notify_gfn,
        .event = vcpu_waits(v) ? v->event : 0,
        .exits = c->host.exits(c->host.context, vcpu),
        .rip = general.rip,
        .cr3 = cr3,
    };
}

int request_vcpus(struct control *c, struct exchange *x)
{
    const struct altview_first *from = x->payload;
    struct altview_list *list = list_begin(x);

    altp2m_quiesce(c->domain);
    for (uint64_t vcpu = from->first; vcpu < c->vcpu_count; vcpu++) {
        struct altview_vcpu *to = list_add(x, sizeof(*to));

        if (!to) {
            list->next = vcpu;
            break;
        }
        describe(c, (unsigned int)altp2m_clamp(vcpu, c->vcpu_count), to);
    }
    return 0;
}

int request_get_registers(struct control *c, struct exchange *x)
{
    const struct altview_which_vcpu *which = x->payload;
    unsigned int vcpu;

    if (!vcpu_named(c, which->vcpu, &vcpu)) {
        return -XEN_EINVAL;
    }
    __builtin_memset(x->reply, 0, sizeof(struct altview_registers));
    c->host.get_registers(c->host.context, vcpu, x->reply);
    x->reply_size = sizeof(struct altview_registers);
    return 0;
}

int request_set_registers(struct control *c, struct exchange *x)
{
    const struct altview_set_registers *s = x->payload;
    unsigned int vcpu;
    int rc;

    if (!vcpu_named(c, s->vcpu, &vcpu)) {
        return -XEN_EINVAL;
    }
    if (!control_holds(c, vcpu)) {
        return -XEN_EBUSY;
    }
    rc = registers_check(c, vcpu, s->mask, &s->general, s->cr3);
    if (!rc) {
        registers_set(c, vcpu, s->mask, &s->general, s->cr3);
    }
    return rc;
}

static uint8_t *pauses_of(struct control *c, unsigned int vcpu, uint32_t flags)
{
    struct control_vcpu *v = &c->vcpus[vcpu];

    return flags & ALTVIEW_PAUSE_DOMAIN ? &v->held : &v->pauses;
}

/* Count up or down on one vCPU or all, unless one of them is at its limit already. */
static int count_pauses(struct control *c, const struct altview_which_vcpu *which, unsigned int end,
                        int error, int step)
{
    unsigned int first = 0;
    unsigned int last = c->vcpu_count - 1;

    if (which->flags & ~ALTVIEW_PAUSE_DOMAIN) {
        return -XEN_EINVAL;
    }
    if (which->vcpu != ALTVIEW_ALL_VCPUS) {
        if (!vcpu_named(c, which->vcpu, &first)) {
            return -XEN_EINVAL;
        }
        last = first;
    }
    for (unsigned int i = first; i <= last; i++) {
        if (*pauses_of(c, i, which->flags) == end) {
            return error;
        }
    }
    for (unsigned int i = first; i <= last; i++) {
        *pauses_of(c, i, which->flags) = (uint8_t)(*pauses_of(c, i, which->flags) + step);
    }
    return 0;
}

int request_pause(struct control *c, struct exchange *x)
{
    return count_pauses(c, x->payload, UINT8_MAX, -XEN_EBUSY, 1);
}

int request_unpause(struct control *c, struct exchange *x)
{
    return count_pauses(c, x->payload, 0, -XEN_EINVAL, -1);
}

int request_single_step(struct control *c, struct exchange *x)
{
    const struct altview_single_step *s = x->payload;
    unsigned int vcpu;

    if (!vcpu_named(c, s->vcpu, &vcpu) || s->enable > 1) {
        return -XEN_EINVAL;
    }
    c->vcpus[vcpu].stepping = s->enable;
    c->host.single_step(c->host.context, vcpu, s->enable);
    return 0;
}

bool control_holds(const struct control *c, unsigned int vcpu)
{
    const struct control_vcpu *v = &c->vcpus[vcpu];

    return v->pauses || v->held || vcpu_waits(v);
}
