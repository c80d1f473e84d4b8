/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking a listener to decide about a vCPU, and the action without an answer. */
#include "control/server.h"

/* The rules that deny a refused access, and their exceptions. */
static const uint8_t denies_with[ALTVIEW_UNANSWERED_RULES] = {
    [ALTVIEW_UNANSWERED_DEFAULT] = VECTOR_GP,
    [ALTVIEW_UNANSWERED_DENY_UD] = VECTOR_UD,
    [ALTVIEW_UNANSWERED_DENY_GP] = VECTOR_GP,
    [ALTVIEW_UNANSWERED_DENY_PF] = VECTOR_PF,
};

static struct control_verdict denied(const struct altview_event *event, uint8_t vector,
                                     uint32_t fault_code)
{
    if (event->flags & ALTVIEW_EVENT_DELIVERING) {
        return (struct control_verdict){.action = ALTP2M_VERDICT_GIVE_UP};
    }
    if (vector != VECTOR_PF || !(event->flags & ALTVIEW_EVENT_GLA)) {
        return (struct control_verdict){.action = ALTP2M_VERDICT_INJECT,
                                        .vector = vector == VECTOR_PF ? VECTOR_GP : vector};
    }
    return (struct control_verdict){.action = ALTP2M_VERDICT_INJECT,
                                    .vector = VECTOR_PF,
                                    .error_code = fault_code,
                                    .cr2 = event->gla};
}

/* The action if the event gets no answer. ALTP2M_VERDICT_DEFAULT: as without a listener. */
static struct control_verdict by_rule(const struct control *c, const struct altview_event *event,
                                      uint32_t fault_code)
{
    uint8_t rule = c->rules[altp2m_clamp(event->type, ALTVIEW_EVENTS)];
    uint8_t vector = denies_with[altp2m_clamp(rule, ALTVIEW_UNANSWERED_RULES)];

    if (!rule && c->domain->config.access_required) {
        /* Not "as without a listener", whose meaning may change while the vCPU waits. */
        return (struct control_verdict){.action = event->type == ALTVIEW_EVENT_MEM_ACCESS
                                                      ? ALTP2M_VERDICT_STOP
                                                      : ALTP2M_VERDICT_DEFAULT};
    }
    if (rule == ALTVIEW_UNANSWERED_STOP) {
        return (struct control_verdict){.action = ALTP2M_VERDICT_GIVE_UP};
    }
    if (event->type == ALTVIEW_EVENT_MEM_ACCESS && vector) {
        return denied(event, vector, fault_code);
    }
    return (struct control_verdict){.action = ALTP2M_VERDICT_DEFAULT};
}

/* The vCPU waits on the event that was sent. */
static void wait_for_answer(struct control *c, const struct altview_event *event,
                            uint32_t fault_code)
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
    v->otherwise = by_rule(c, event, fault_code);
}

void event_tell(struct control *c, struct altview_event *event, enum altview_outcome outcome)
{
    if (control_hears(c, event->type)) {
        event->outcome = (uint8_t)outcome;
        event_send(c, event);
    }
}

/* A listener for this has disconnected, and has named the MSR, or not ignored the register's
 * bits. */
static bool is_left(const struct control *c, const struct altview_event *event)
{
    size_t i = (size_t)event->type - ALTVIEW_EVENT_CR0;

    if (event->type == ALTVIEW_EVENT_MSR) {
        return msr_is_left(c, event->status, event->value != event->old);
    }
    if (!listens(c->left, event->type) || i >= ALTVIEW_CONTROL_REGISTERS) {
        return listens(c->left, event->type);
    }
    i = altp2m_clamp(i, ALTVIEW_CONTROL_REGISTERS);
    return (event->value ^ event->old) & ~c->left_ignore[i];
}

struct control_verdict event_ask(struct control *c, struct altview_event *event,
                                 uint32_t fault_code)
{
    bool sync = listens(c->listen.sync, event->type);
    struct control_verdict verdict = {.action = ALTP2M_VERDICT_DEFAULT};

    if (sync) {
        event->flags |= ALTVIEW_EVENT_SYNC;
        event->outcome = ALTVIEW_OUTCOME_WAITS;
        if (event_send(c, event)) {
            wait_for_answer(c, event, fault_code);
            return (struct control_verdict){.action = ALTP2M_VERDICT_WAIT};
        }
    }
    if (sync || is_left(c, event)) {
        verdict = by_rule(c, event, fault_code);
    }
    if (!sync && verdict.action != ALTP2M_VERDICT_DEFAULT) {
        event_tell(c, event,
                   verdict.action == ALTP2M_VERDICT_INJECT ? ALTVIEW_OUTCOME_DENIED
                                                           : ALTVIEW_OUTCOME_STOPPED);
    }
    return verdict;
}

void event_tell_unasked(struct control *c, struct altview_event *event,
                        enum altview_outcome outcome)
{
    if (!listens(c->listen.sync, event->type)) {
        event_tell(c, event, outcome);
    }
}
