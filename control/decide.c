/* SPDX-License-Identifier: BSD-2-Clause */
/* Decisions about events other than violations, and about events that have waited for an answer. */
#include "control/prefix.h"
#include "control/server.h"

static const struct control_verdict run_on = {.action = ALTP2M_VERDICT_RUN};

/* An event that changes nothing without an answer. `outcome` and `otherwise` say what holds
 * then. */
static struct control_verdict ask_or_tell(struct control *c, struct altview_event *event,
                                          enum altview_outcome outcome,
                                          enum altp2m_verdict otherwise)
{
    struct control_verdict verdict = event_ask(c, event, 0);

    if (verdict.action == ALTP2M_VERDICT_DEFAULT) {
        event_tell_unasked(c, event, outcome);
        verdict.action = otherwise;
    }
    return verdict;
}

struct control_verdict control_vmfunc_refused(struct control *c, unsigned int vcpu,
                                              uint32_t function, uint32_t view)
{
    struct altview_event event;

    if (!control_cares(c, ALTVIEW_EVENT_VMFUNC_REFUSED)) {
        return (struct control_verdict){.action = ALTP2M_VERDICT_DEFAULT};
    }
    event = event_new(c, vcpu, ALTVIEW_EVENT_VMFUNC_REFUSED);
    event.wanted_view = (uint16_t)(view < UINT16_MAX ? view : UINT16_MAX);
    event.status = function;
    return ask_or_tell(c, &event, ALTVIEW_OUTCOME_DENIED, ALTP2M_VERDICT_DEFAULT);
}

#define INT3 0xcc

/*
 * Has a peer removed the INT3 since the vCPU executed it? Then the vCPU executes the instruction
 * that is there now. Code that the server can't read counts as unchanged.
 */
static bool int3_has_gone(const struct control *c, unsigned int vcpu)
{
    uint8_t code[16], bits = 0;
    unsigned int i = 0, size = c->host.instruction(c->host.context, vcpu, code, &bits);

    while (i < size && prefix_is_one(code[i], bits)) {
        i++;
    }
    return i < size && code[i] != INT3;
}

/* The policy STEP sends this instruction into another view. */
static struct control_verdict unheard_breakpoint(struct control *c, unsigned int vcpu)
{
    if (c->domain->views[vcpu_of(c, vcpu)->view].policy == ALTP2M_POLICY_STEP) {
        return violation_step_in(c, vcpu);
    }
    if (int3_has_gone(c, vcpu)) {
        return run_on;
    }
    return (struct control_verdict){.action = ALTP2M_VERDICT_DEFAULT};
}

struct control_verdict control_breakpoint(struct control *c, unsigned int vcpu, uint64_t gla)
{
    struct control_verdict verdict;
    struct altview_event event;

    if (!control_cares(c, ALTVIEW_EVENT_BREAKPOINT)) {
        return unheard_breakpoint(c, vcpu);
    }
    event = event_new(c, vcpu, ALTVIEW_EVENT_BREAKPOINT);
    event.gla = gla;
    event.flags = ALTVIEW_EVENT_GLA;
    verdict = event_ask(c, &event, 0);
    if (verdict.action == ALTP2M_VERDICT_DEFAULT) {
        verdict = unheard_breakpoint(c, vcpu);
        event_tell_unasked(c, &event,
                           verdict.action == ALTP2M_VERDICT_STEP_IN ? ALTVIEW_OUTCOME_STEPPED
                                                                    : ALTVIEW_OUTCOME_DENIED);
    }
    return verdict;
}

struct control_verdict control_done(struct control *c, unsigned int vcpu,
                                    enum altview_event_type type)
{
    struct altview_event event;

    if (!control_cares(c, type)) {
        return run_on;
    }
    event = event_new(c, vcpu, type);
    return ask_or_tell(c, &event, ALTVIEW_OUTCOME_DONE, ALTP2M_VERDICT_RUN);
}

struct control_verdict control_write(struct control *c, unsigned int vcpu,
                                     enum altview_event_type type, uint64_t value, uint64_t old)
{
    struct altview_event event;

    if (!control_cares(c, type)) {
        return (struct control_verdict){.action = ALTP2M_VERDICT_DEFAULT};
    }
    event = event_new(c, vcpu, type);
    event.value = value;
    event.old = old;
    return ask_or_tell(c, &event, ALTVIEW_OUTCOME_DONE, ALTP2M_VERDICT_DEFAULT);
}

struct control_verdict control_write_msr(struct control *c, unsigned int vcpu, uint32_t msr,
                                         uint64_t value, uint64_t old)
{
    struct altview_event event;

    if (!msr_is_told(c, msr, value != old)) {
        return (struct control_verdict){.action = ALTP2M_VERDICT_DEFAULT};
    }
    event = event_new(c, vcpu, ALTVIEW_EVENT_MSR);
    event.status = msr;
    event.value = value;
    event.old = old;
    return ask_or_tell(c, &event, ALTVIEW_OUTCOME_DONE, ALTP2M_VERDICT_DEFAULT);
}

void control_shutdown(struct control *c, uint32_t status)
{
    if (control_hears(c, ALTVIEW_EVENT_SHUTDOWN)) {
        struct altview_event event = event_new(c, 0, ALTVIEW_EVENT_SHUTDOWN);

        event.status = status;
        event_tell(c, &event, ALTVIEW_OUTCOME_DONE);
    }
}

/*
 * Not if the vCPU has moved meanwhile, or the view now allows the access: then the vCPU may go on.
 */
static bool is_still_refused(const struct control *c, unsigned int vcpu)
{
    const struct control_vcpu *v = &c->vcpus[vcpu];
    struct altp2m_translation t;

    if (v->view != vcpu_of(c, vcpu)->view) {
        return false; /* and it may no longer exist */
    }
    t = altp2m_translate(c->domain, v->view, v->gfn);
    return t.to.type != ALTP2M_TYPE_NONE && v->wants & ~t.rights;
}

static bool cause_has_gone(const struct control *c, unsigned int vcpu)
{
    switch (c->vcpus[vcpu].type) {
    case ALTVIEW_EVENT_MEM_ACCESS:
        return !is_still_refused(c, vcpu);
    case ALTVIEW_EVENT_BREAKPOINT:
        return int3_has_gone(c, vcpu);
    default:
        return false;
    }
}

/* As without a listener. */
static struct control_verdict unanswered(struct control *c, unsigned int vcpu)
{
    const struct control_vcpu *v = &c->vcpus[vcpu];
    struct control_verdict verdict;

    switch (v->type) {
    case ALTVIEW_EVENT_MEM_ACCESS:
        verdict = violation_unheard(c, vcpu, v->gfn, NULL);
        return verdict.action == ALTP2M_VERDICT_HOLE ? run_on : verdict; /* and find the hole */
    case ALTVIEW_EVENT_VMFUNC_REFUSED:
    case ALTVIEW_EVENT_CR0:
    case ALTVIEW_EVENT_CR3:
    case ALTVIEW_EVENT_CR4:
    case ALTVIEW_EVENT_XCR0:
    case ALTVIEW_EVENT_MSR:
        return v->answer;
    case ALTVIEW_EVENT_BREAKPOINT:
        return unheard_breakpoint(c, vcpu);
    default:
        return run_on;
    }
}

struct control_verdict control_resume(struct control *c, unsigned int vcpu)
{
    struct control_vcpu *v = &c->vcpus[vcpu];

    if (control_holds(c, vcpu)) {
        return (struct control_verdict){.action = ALTP2M_VERDICT_WAIT};
    }
    if (!v->event) {
        return run_on;
    }
    v->event = 0;
    if (v->missed && cause_has_gone(c, vcpu)) {
        return run_on;
    }
    if (v->missed && v->answer.action == ALTP2M_VERDICT_DEFAULT) {
        /* Another listener may have come while the vCPU waited: then the server asks that one. */
        return listens(c->listen.sync, v->type) ? run_on : unanswered(c, vcpu);
    }
    /* The view may no longer exist: then the vCPU's own view refuses the instruction again. */
    if (v->answer.action == ALTP2M_VERDICT_STEP_IN && !view_exists(c, v->answer.view)) {
        return run_on;
    }
    return v->answer;
}
