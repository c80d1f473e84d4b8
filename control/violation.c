/* SPDX-License-Identifier: BSD-2-Clause */
/* The decision of policies and listeners about an access that a view refuses. control_violation in
 * control.h has the whole decision. */
#include "control/server.h"

#include <xen/memory.h>

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

/* Error code of a #PF. */
#define FAULT_PRESENT 1U
#define FAULT_WRITE   2U
#define FAULT_USER    4U
#define FAULT_FETCH   16U

/* The error code of a forbidden access to a present page (SDM Vol. 3A 4.7). */
static uint32_t page_fault_code(const struct control_violation *v)
{
    return FAULT_PRESENT | (v->wants & ALTP2M_W ? FAULT_WRITE : 0) |
           (v->flags & ALTVIEW_EVENT_USER ? FAULT_USER : 0) |
           (v->wants & ALTP2M_X && v->tells_fetches ? FAULT_FETCH : 0);
}

/* The event for altp2m_unheard's verdict. */
static const uint8_t outcome_of[] = {
    [ALTP2M_VERDICT_RUN] = ALTVIEW_OUTCOME_LIFTED,
    [ALTP2M_VERDICT_HOLE] = ALTVIEW_OUTCOME_DONE,
    [ALTP2M_VERDICT_STOP] = ALTVIEW_OUTCOME_STOPPED,
    [ALTP2M_VERDICT_NOMEM] = ALTVIEW_OUTCOME_STEPPED,
};

struct control_verdict violation_unheard(struct control *c, unsigned int vcpu, uint64_t gfn,
                                         struct altview_event *event)
{
    enum altp2m_verdict verdict = altp2m_unheard(c->domain, vcpu_of(c, vcpu), gfn);

    if (event) {
        event_tell_unasked(c, event, (enum altview_outcome)outcome_of[verdict]);
    }
    return (struct control_verdict){.action = verdict};
}

static struct control_verdict policy_none(struct control *c, unsigned int vcpu,
                                          const struct control_violation *v)
{
    struct altview_event event = access_event(c, vcpu, v);
    struct control_verdict verdict = event_ask(c, &event, page_fault_code(v));

    return verdict.action == ALTP2M_VERDICT_DEFAULT ? violation_unheard(c, vcpu, event.gfn, &event)
                                                    : verdict;
}

static struct control_verdict policy_lift(struct control *c, unsigned int vcpu,
                                          const struct control_violation *v)
{
    int rc = altp2m_lift(c->domain, vcpu_of(c, vcpu)->view, v->physical >> ALTP2M_PAGE_SHIFT);

    c->counters.policy_lifts += !rc;
    return (struct control_verdict){.action = rc == -XEN_ENOMEM ? ALTP2M_VERDICT_NOMEM
                                                                : ALTP2M_VERDICT_RUN};
}

static struct control_verdict policy_report(struct control *c, unsigned int vcpu,
                                            const struct control_violation *v)
{
    if (control_hears(c, ALTVIEW_EVENT_MEM_ACCESS)) {
        struct altview_event event = access_event(c, vcpu, v);

        event_tell(c, &event, ALTVIEW_OUTCOME_STEPPED);
    }
    return (struct control_verdict){.action = ALTP2M_VERDICT_STEP};
}

struct control_verdict violation_step_in(struct control *c, unsigned int vcpu)
{
    c->counters.policy_steps++;
    return (struct control_verdict){
        .action = ALTP2M_VERDICT_STEP_IN,
        .view = c->domain->views[vcpu_of(c, vcpu)->view].policy_view,
    };
}

static struct control_verdict policy_step(struct control *c, unsigned int vcpu,
                                          const struct control_violation *v)
{
    (void)v;
    return violation_step_in(c, vcpu);
}

static struct control_verdict policy_switch(struct control *c, unsigned int vcpu,
                                            const struct control_violation *v)
{
    struct altp2m_vcpu *who = vcpu_of(c, vcpu);

    (void)v;
    c->counters.policy_steps++;
    altp2m_vcpu_enter(c->domain, who, c->domain->views[who->view].policy_view);
    return (struct control_verdict){.action = ALTP2M_VERDICT_RUN};
}

static struct control_verdict restricted(struct control *c, unsigned int vcpu,
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

/* n2rwx has become rwx already: a listener gets an event, but does not decide. */
static struct control_verdict converted(struct control *c, unsigned int vcpu,
                                        const struct control_violation *v)
{
    if (control_hears(c, ALTVIEW_EVENT_MEM_ACCESS)) {
        struct altview_event event = access_event(c, vcpu, v);

        event.access = XENMEM_access_n2rwx; /* what it was */
        event_tell(c, &event, ALTVIEW_OUTCOME_CONVERTED);
    }
    return (struct control_verdict){.action = ALTP2M_VERDICT_RUN};
}

struct control_verdict control_refused(struct control *c, unsigned int vcpu,
                                       enum altp2m_verdict verdict,
                                       const struct control_violation *v)
{
    return (verdict == ALTP2M_VERDICT_CONVERTED ? converted : restricted)(c, vcpu, v);
}
