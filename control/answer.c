/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers to events. The server lifts, changes the view and sets registers at once. It does the
 * rest when the vCPU runs on (control_resume). */
#include "control/server.h"

#define MAX_ERROR_CODE 0x7fff /* what every CPU takes (SDM Vol. 3C 27.2.1.3) */

#define ONE_OF                                                                                     \
    (ALTVIEW_ANSWER_SWITCH | ALTVIEW_ANSWER_STEP | ALTVIEW_ANSWER_DENY | ALTVIEW_ANSWER_SKIP)
#define ACTIONS (ALTVIEW_ANSWER_LIFT | ONE_OF | ALTVIEW_ANSWER_SET)

static bool writes_register(enum altview_event_type type)
{
    return listens(ALTVIEW_REGISTER_EVENTS, type);
}

/* The vCPU can't step the instruction of a write: it would cause the same event again. */
static int check_actions(const struct control_vcpu *v, uint32_t actions)
{
    uint32_t one_of = actions & ONE_OF;

    if (actions & ~ACTIONS || one_of & (one_of - 1)) {
        return -XEN_EINVAL;
    }
    if (actions & ALTVIEW_ANSWER_LIFT &&
        (v->type != ALTVIEW_EVENT_MEM_ACCESS || one_of & ~ALTVIEW_ANSWER_SWITCH)) {
        return -XEN_EINVAL;
    }
    return actions & (writes_register(v->type) ? ALTVIEW_ANSWER_STEP : ALTVIEW_ANSWER_SKIP)
               ? -XEN_EINVAL
               : 0;
}

static bool lets_through(const struct control *c, const struct altview_answer *a)
{
    return a->view == vcpu_of(c, a->vcpu)->view;
}

static int check_view(const struct control *c, const struct altview_answer *a)
{
    bool step = a->actions & ALTVIEW_ANSWER_STEP;

    if (!step && !(a->actions & ALTVIEW_ANSWER_SWITCH)) {
        return 0;
    }
    if (!view_exists(c, a->view)) {
        return -XEN_EINVAL;
    }
    /* A step in the vCPU's own view lets an access through. Only MEM_ACCESS has an access. */
    return step && lets_through(c, a) && c->vcpus[a->vcpu].type != ALTVIEW_EVENT_MEM_ACCESS
               ? -XEN_EINVAL
               : 0;
}

static bool can_raise(const struct control_vcpu *v, const struct altview_answer *a)
{
    switch (a->vector) {
    case VECTOR_BP:
        return v->type == ALTVIEW_EVENT_BREAKPOINT && !a->error_code;
    case VECTOR_UD:
        return !a->error_code;
    case VECTOR_GP:
    case VECTOR_PF:
        return a->error_code <= MAX_ERROR_CODE;
    default:
        return false;
    }
}

static int check_deny(const struct control_vcpu *v, const struct altview_answer *a)
{
    if (!(a->actions & ALTVIEW_ANSWER_DENY)) {
        return 0;
    }
    if (!can_raise(v, a)) {
        return -XEN_EINVAL;
    }
    return v->delivering ? -XEN_EBUSY : 0;
}

static int check(const struct control *c, const struct altview_answer *a)
{
    const struct control_vcpu *v = &c->vcpus[a->vcpu];
    int rc = check_actions(v, a->actions);

    rc = rc ? rc : check_view(c, a);
    rc = rc ? rc : check_deny(v, a);
    if (!rc && a->actions & ALTVIEW_ANSWER_SET) {
        rc = registers_check(c, a->vcpu, a->mask, &a->general, a->cr3);
    }
    return rc;
}

static int lift(struct control *c, const struct control_vcpu *v)
{
    return view_exists(c, v->view) ? altp2m_lift(c->domain, v->view, v->gfn) : -XEN_EINVAL;
}

/* What control_resume then has to do. */
static struct control_verdict verdict_of(const struct control *c, const struct altview_answer *a)
{
    if (a->actions & ALTVIEW_ANSWER_STEP) {
        return (struct control_verdict){.action = lets_through(c, a) ? ALTP2M_VERDICT_STEP
                                                                     : ALTP2M_VERDICT_STEP_IN,
                                        .view = a->view};
    }
    if (a->actions & ALTVIEW_ANSWER_DENY) {
        return (struct control_verdict){.action = ALTP2M_VERDICT_INJECT,
                                        .vector = a->vector,
                                        .error_code = a->error_code,
                                        .cr2 = a->cr2};
    }
    if (a->actions & ALTVIEW_ANSWER_SKIP) {
        return (struct control_verdict){.action = ALTP2M_VERDICT_SKIP};
    }
    return (struct control_verdict){.action = writes_register(c->vcpus[a->vcpu].type)
                                                  ? ALTP2M_VERDICT_DEFAULT
                                                  : ALTP2M_VERDICT_RUN};
}

/* Only lifting can still fail, so it comes first. */
static int carry_out(struct control *c, const struct altview_answer *a)
{
    struct control_vcpu *v = &c->vcpus[a->vcpu];
    int rc = a->actions & ALTVIEW_ANSWER_LIFT ? lift(c, v) : 0;

    if (rc) {
        return rc;
    }
    if (a->actions & ALTVIEW_ANSWER_SWITCH) {
        altp2m_vcpu_enter(c->domain, vcpu_of(c, a->vcpu), a->view);
    }
    if (a->actions & ALTVIEW_ANSWER_SET) {
        registers_set(c, a->vcpu, a->mask, &a->general, a->cr3);
    }
    v->answer = verdict_of(c, a);
    v->answered = true;
    c->counters.events_answered++;
    return 0;
}

int request_answer(struct control *c, struct exchange *x)
{
    struct altview_answer a = *(const struct altview_answer *)x->payload;
    unsigned int vcpu;
    int rc;

    if (a.pad2 || !vcpu_named(c, a.vcpu, &vcpu)) {
        return -XEN_EINVAL;
    }
    if (!vcpu_waits(&c->vcpus[vcpu]) || c->vcpus[vcpu].event != a.event) {
        return -XEN_ESRCH;
    }
    a.vcpu = vcpu;
    rc = check(c, &a);
    return rc ? rc : carry_out(c, &a);
}
