/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of what a vCPU ran into: a policy decides, or a listener, or Xen's default. */
#include "control/server.h"

#include <xen/memory.h>

/* Error code of a #PF. */
#define FAULT_PRESENT 1U
#define FAULT_WRITE   2U
#define FAULT_USER    4U
#define FAULT_FETCH   16U

static const struct control_verdict run_on = {.action = CONTROL_RUN};

/* What altp2m_unheard says, to the embedder and to the listener. */
static const struct {
    enum control_action action;
    enum altview_outcome outcome;
} unheard_means[] = {
    [ALTP2M_VERDICT_RETRY] = {CONTROL_RUN, ALTVIEW_OUTCOME_LIFTED},
    [ALTP2M_VERDICT_HOLE] = {CONTROL_RUN, ALTVIEW_OUTCOME_DONE}, /* and find the hole */
    [ALTP2M_VERDICT_STOP] = {CONTROL_STOP, ALTVIEW_OUTCOME_STOPPED},
    [ALTP2M_VERDICT_NOMEM] = {CONTROL_NOMEM, ALTVIEW_OUTCOME_STEPPED},
};

/* Rules by which a refused access is denied: the exception. */
static const uint8_t denies_with[ALTVIEW_UNANSWERED_RULES] = {
    [ALTVIEW_UNANSWERED_DEFAULT] = VECTOR_GP,
    [ALTVIEW_UNANSWERED_DENY_UD] = VECTOR_UD,
    [ALTVIEW_UNANSWERED_DENY_GP] = VECTOR_GP,
    [ALTVIEW_UNANSWERED_DENY_PF] = VECTOR_PF,
};

/* The error code of an access that is not allowed, to a page that is there (SDM Vol. 3A 4.7). */
static uint32_t page_fault_code(const struct altview_event *event)
{
    return FAULT_PRESENT | (event->wants & ALTP2M_W ? FAULT_WRITE : 0) |
           (event->flags & ALTVIEW_EVENT_USER ? FAULT_USER : 0) |
           (event->wants & ALTP2M_X ? FAULT_FETCH : 0);
}

static struct control_verdict denied(const struct altview_event *event, uint8_t vector)
{
    if (event->flags & ALTVIEW_EVENT_DELIVERING) {
        return (struct control_verdict){.action = CONTROL_GIVE_UP};
    }
    if (vector != VECTOR_PF || !(event->flags & ALTVIEW_EVENT_GLA)) {
        return (struct control_verdict){.action = CONTROL_INJECT,
                                        .vector = vector == VECTOR_PF ? VECTOR_GP : vector};
    }
    return (struct control_verdict){.action = CONTROL_INJECT,
                                    .vector = VECTOR_PF,
                                    .error_code = page_fault_code(event),
                                    .cr2 = event->gla};
}

/* What is due if the event is not answered. CONTROL_DEFAULT: as without a listener. */
static struct control_verdict by_rule(const struct control *c, const struct altview_event *event)
{
    uint8_t rule = c->rules[altp2m_clamp(event->type, ALTVIEW_EVENTS)];
    uint8_t vector = denies_with[altp2m_clamp(rule, ALTVIEW_UNANSWERED_RULES)];

    if (!rule && c->domain->config.access_required) {
        return (struct control_verdict){.action = CONTROL_DEFAULT}; /* which is to stop */
    }
    if (rule == ALTVIEW_UNANSWERED_STOP) {
        return (struct control_verdict){.action = CONTROL_GIVE_UP};
    }
    if (event->type == ALTVIEW_EVENT_MEM_ACCESS && vector) {
        return denied(event, vector);
    }
    return (struct control_verdict){.action = CONTROL_DEFAULT};
}

/* The event that has been sent stops its vCPU. */
static void wait_for_answer(struct control *c, const struct altview_event *event)
{
    struct control_vcpu *v = &c->vcpus[event->vcpu];

    v->event = event->id;
    v->deadline = time_now(c) + time_ticks(c, c->listen.timeout_ms);
    v->type = event->type;
    v->gfn = event->gfn;
    v->view = event->view;
    v->wants = event->wants;
    v->delivering = event->flags & ALTVIEW_EVENT_DELIVERING;
    v->answered = v->missed = false;
    v->otherwise = by_rule(c, event);
}

static void tell(struct control *c, struct altview_event *event, enum altview_outcome outcome)
{
    if (control_hears(c, event->type)) {
        event->outcome = (uint8_t)outcome;
        event_send(c, event);
    }
}

/*
 * Ask the listener. If it has gone, or there is no room for the question, go by its rule.
 * CONTROL_DEFAULT: that is the rule, or there is no listener and none has left a rule.
 */
static struct control_verdict ask(struct control *c, struct altview_event *event)
{
    bool sync = listens(c->listen.sync, event->type);
    struct control_verdict verdict = {.action = CONTROL_DEFAULT};

    if (sync) {
        event->flags |= ALTVIEW_EVENT_SYNC;
        event->outcome = ALTVIEW_OUTCOME_WAITS;
        if (event_send(c, event)) {
            wait_for_answer(c, event);
            return (struct control_verdict){.action = CONTROL_WAIT};
        }
    }
    if (sync || listens(c->left, event->type)) {
        verdict = by_rule(c, event);
    }
    if (!sync && verdict.action != CONTROL_DEFAULT) {
        tell(c, event,
             verdict.action == CONTROL_INJECT ? ALTVIEW_OUTCOME_DENIED : ALTVIEW_OUTCOME_STOPPED);
    }
    return verdict;
}

/* The listener is told of what it was not asked about. */
static void tell_unasked(struct control *c, struct altview_event *event,
                         enum altview_outcome outcome)
{
    if (!listens(c->listen.sync, event->type)) {
        tell(c, event, outcome);
    }
}

static struct altview_event access_event(const struct control *c, unsigned int vcpu,
                                         const struct control_violation *v)
{
    struct altview_event event = event_new(c, vcpu, ALTVIEW_EVENT_MEM_ACCESS);
    uint16_t access = 0;

    event.gfn = v->physical >> ALTP2M_PAGE_SHIFT;
    event.offset = v->physical % ALTP2M_PAGE_SIZE;
    event.gla = v->gla;
    event.flags = v->flags;
    event.wants = (uint8_t)v->wants;
    altp2m_get_access(c->domain, event.view, event.gfn, &access);
    event.access = (uint8_t)access;
    return event;
}

static struct control_verdict unheard(struct control *c, unsigned int vcpu, uint64_t gfn,
                                      struct altview_event *event)
{
    enum altp2m_verdict verdict = altp2m_unheard(c->domain, vcpu_of(c, vcpu), gfn);

    if (event) {
        tell_unasked(c, event, unheard_means[verdict].outcome);
    }
    return (struct control_verdict){.action = unheard_means[verdict].action};
}

static struct control_verdict policy_none(struct control *c, unsigned int vcpu,
                                          const struct control_violation *v)
{
    uint64_t gfn = v->physical >> ALTP2M_PAGE_SHIFT;
    struct control_verdict verdict;
    struct altview_event event;

    if (!control_cares(c, ALTVIEW_EVENT_MEM_ACCESS)) {
        return unheard(c, vcpu, gfn, NULL);
    }
    event = access_event(c, vcpu, v);
    verdict = ask(c, &event);
    return verdict.action == CONTROL_DEFAULT ? unheard(c, vcpu, gfn, &event) : verdict;
}

static struct control_verdict policy_lift(struct control *c, unsigned int vcpu,
                                          const struct control_violation *v)
{
    int rc = altp2m_lift(c->domain, vcpu_of(c, vcpu)->view, v->physical >> ALTP2M_PAGE_SHIFT);

    c->counters.policy_lifts += !rc;
    return (struct control_verdict){.action = rc == -XEN_ENOMEM ? CONTROL_NOMEM : CONTROL_RUN};
}

static struct control_verdict policy_report(struct control *c, unsigned int vcpu,
                                            const struct control_violation *v)
{
    if (control_hears(c, ALTVIEW_EVENT_MEM_ACCESS)) {
        struct altview_event event = access_event(c, vcpu, v);

        tell(c, &event, ALTVIEW_OUTCOME_STEPPED);
    }
    return (struct control_verdict){.action = CONTROL_STEP};
}

static struct control_verdict policy_step(struct control *c, unsigned int vcpu,
                                          const struct control_violation *v)
{
    (void)v;
    c->counters.policy_steps++;
    return (struct control_verdict){
        .action = CONTROL_STEP_IN,
        .view = c->domain->views[vcpu_of(c, vcpu)->view].policy_view,
    };
}

static struct control_verdict policy_switch(struct control *c, unsigned int vcpu,
                                            const struct control_violation *v)
{
    struct altp2m_vcpu *who = vcpu_of(c, vcpu);

    (void)v;
    c->counters.policy_steps++;
    altp2m_vcpu_enter(c->domain, who, c->domain->views[who->view].policy_view);
    return run_on;
}

struct control_verdict control_restricted(struct control *c, unsigned int vcpu,
                                          const struct control_violation *v)
{
    static struct control_verdict (*const policies[])(struct control *, unsigned int,
                                                      const struct control_violation *) = {
        [ALTP2M_POLICY_NONE] = policy_none,     [ALTP2M_POLICY_LIFT] = policy_lift,
        [ALTP2M_POLICY_REPORT] = policy_report, [ALTP2M_POLICY_STEP] = policy_step,
        [ALTP2M_POLICY_SWITCH] = policy_switch,
    };

    return policies[c->domain->views[vcpu_of(c, vcpu)->view].policy](c, vcpu, v);
}

void control_converted(struct control *c, unsigned int vcpu, const struct control_violation *v)
{
    if (control_hears(c, ALTVIEW_EVENT_MEM_ACCESS)) {
        struct altview_event event = access_event(c, vcpu, v);

        event.access = XENMEM_access_n2rwx; /* what it was: it is rwx by now */
        tell(c, &event, ALTVIEW_OUTCOME_CONVERTED);
    }
}

/* An event that changes nothing without an answer: then `outcome` and `otherwise` hold. */
static struct control_verdict ask_or_tell(struct control *c, struct altview_event *event,
                                          enum altview_outcome outcome,
                                          enum control_action otherwise)
{
    struct control_verdict verdict = ask(c, event);

    if (verdict.action == CONTROL_DEFAULT) {
        tell_unasked(c, event, outcome);
        verdict.action = otherwise;
    }
    return verdict;
}

struct control_verdict control_vmfunc_refused(struct control *c, unsigned int vcpu,
                                              uint32_t function, uint32_t view)
{
    struct altview_event event;

    if (!control_cares(c, ALTVIEW_EVENT_VMFUNC_REFUSED)) {
        return (struct control_verdict){.action = CONTROL_DEFAULT};
    }
    event = event_new(c, vcpu, ALTVIEW_EVENT_VMFUNC_REFUSED);
    event.wanted_view = (uint16_t)(view < UINT16_MAX ? view : UINT16_MAX);
    event.status = function;
    return ask_or_tell(c, &event, ALTVIEW_OUTCOME_DENIED, CONTROL_DEFAULT);
}

/* The policy STEP sends this instruction into another view. */
static struct control_verdict unheard_breakpoint(struct control *c, unsigned int vcpu)
{
    if (c->domain->views[vcpu_of(c, vcpu)->view].policy == ALTP2M_POLICY_STEP) {
        return policy_step(c, vcpu, NULL);
    }
    return (struct control_verdict){.action = CONTROL_DEFAULT};
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
    verdict = ask(c, &event);
    if (verdict.action == CONTROL_DEFAULT) {
        verdict = unheard_breakpoint(c, vcpu);
        tell_unasked(c, &event,
                     verdict.action == CONTROL_STEP_IN ? ALTVIEW_OUTCOME_STEPPED
                                                       : ALTVIEW_OUTCOME_DENIED);
    }
    return verdict;
}

struct control_verdict control_stepped(struct control *c, unsigned int vcpu)
{
    struct altview_event event;

    if (!control_cares(c, ALTVIEW_EVENT_SINGLE_STEP)) {
        return run_on;
    }
    event = event_new(c, vcpu, ALTVIEW_EVENT_SINGLE_STEP);
    return ask_or_tell(c, &event, ALTVIEW_OUTCOME_DONE, CONTROL_RUN);
}

void control_shutdown(struct control *c, uint32_t status)
{
    if (control_hears(c, ALTVIEW_EVENT_SHUTDOWN)) {
        struct altview_event event = event_new(c, 0, ALTVIEW_EVENT_SHUTDOWN);

        event.status = status;
        tell(c, &event, ALTVIEW_OUTCOME_DONE);
    }
}

/*
 * Not if the vCPU has been moved meanwhile, or the page has been opened: it may do what it wanted.
 */
static bool is_still_refused(const struct control *c, unsigned int vcpu)
{
    const struct control_vcpu *v = &c->vcpus[vcpu];
    struct altp2m_translation t;

    if (v->view != vcpu_of(c, vcpu)->view) {
        return false; /* and it may have gone */
    }
    t = altp2m_translate(c->domain, v->view, v->gfn);
    return t.to.type != ALTP2M_TYPE_NONE && v->wants & ~t.rights;
}

/* As without a listener. */
static struct control_verdict unanswered(struct control *c, unsigned int vcpu)
{
    const struct control_vcpu *v = &c->vcpus[vcpu];

    switch (v->type) {
    case ALTVIEW_EVENT_MEM_ACCESS:
        return unheard(c, vcpu, v->gfn, NULL);
    case ALTVIEW_EVENT_VMFUNC_REFUSED:
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
        return (struct control_verdict){.action = CONTROL_WAIT};
    }
    if (!v->event) {
        return run_on;
    }
    v->event = 0;
    if (v->missed && v->type == ALTVIEW_EVENT_MEM_ACCESS && !is_still_refused(c, vcpu)) {
        return run_on;
    }
    if (v->answer.action == CONTROL_DEFAULT) {
        return unanswered(c, vcpu);
    }
    /* The view may have gone since: then the instruction is refused again. */
    if (v->answer.action == CONTROL_STEP_IN && !view_exists(c, v->answer.view)) {
        return run_on;
    }
    return v->answer;
}
