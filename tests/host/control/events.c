/* SPDX-License-Identifier: BSD-2-Clause */
/* The decisions about a guest's events: policies, listeners, and no listener. */
#include "control/port.h"

#define MEM_ACCESS     (1U << ALTVIEW_EVENT_MEM_ACCESS)
#define SINGLE_STEP    (1U << ALTVIEW_EVENT_SINGLE_STEP)
#define VMFUNC_REFUSED (1U << ALTVIEW_EVENT_VMFUNC_REFUSED)
#define SHUTDOWN       (1U << ALTVIEW_EVENT_SHUTDOWN)
#define TIMEOUT        (1U << ALTVIEW_EVENT_TIMEOUT)
#define BREAKPOINT     (1U << ALTVIEW_EVENT_BREAKPOINT)
#define EVERYTHING     ALTVIEW_ALL_EVENTS

static const struct altp2m_view *view_1(const struct port *p)
{
    return &p->d->views[1];
}

static void set_policy(struct port *p, enum altview_policy policy, uint16_t view)
{
    assert_int_equal(PORT_ASK(p, ALTVIEW_SET_POLICY, altview_view_policy, .view = 1,
                              .policy = (uint8_t)policy, .policy_view = view),
                     0);
}

/* The only event so far. */
static const struct altview_event *only_event(struct port *p)
{
    port_drain(p);
    assert_int_equal(p->event_count, 1);
    return &p->events[0];
}

static void test_nobody_listens(void **state)
{
    struct port *p = *state;

    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_RUN);
    assert_int_equal(scene_access(p->scene, 1, PORT_GFN), XENMEM_access_rwx);
    assert_int_equal(control_vmfunc_refused(&p->c, 0, 0, 5).action, ALTP2M_VERDICT_DEFAULT);
    assert_int_equal(control_done(&p->c, 0, ALTVIEW_EVENT_SINGLE_STEP).action, ALTP2M_VERDICT_RUN);
    control_shutdown(&p->c, 3);
    port_drain(p);
    assert_int_equal(p->event_count, 0);
    assert_int_equal(p->c.event_count, 0);
}

static void test_nobody_listens_where_somebody_must(void **state)
{
    struct port *p = *state;

    p->d->config.access_required = true;
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_STOP);
    assert_int_equal(scene_access(p->scene, 1, PORT_GFN), XENMEM_access_r);
    port_listen(p, 0, MEM_ACCESS);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_STOP);
    assert_int_equal(only_event(p)->outcome, ALTVIEW_OUTCOME_STOPPED);
}

static void test_no_page_to_lift_with(void **state)
{
    struct port *p = *state;
    struct control_violation v = {.physical = SCENE_LARGE << 12, .wants = ALTP2M_W};

    port_listen(p, 0, MEM_ACCESS);
    assert_int_equal(altp2m_vcpu_enter(p->d, &p->scene->machine.vcpus[0], 2), 0);
    sim_memory_fail_at(&p->scene->machine.memory, 1, true);
    assert_int_equal(control_refused(&p->c, 0, ALTP2M_VERDICT_RESTRICTED, &v).action,
                     ALTP2M_VERDICT_NOMEM);
    assert_int_equal(only_event(p)->outcome, ALTVIEW_OUTCOME_STEPPED);
    assert_int_equal(altp2m_set_policy(p->d, 2, ALTP2M_POLICY_LIFT, 0), 0);
    assert_int_equal(control_refused(&p->c, 0, ALTP2M_VERDICT_RESTRICTED, &v).action,
                     ALTP2M_VERDICT_NOMEM);
    assert_int_equal(p->c.counters.policy_lifts, 0);
    sim_memory_fail_at(&p->scene->machine.memory, 0, false);
}

static void test_a_report_says_all(void **state)
{
    struct port *p = *state;
    const struct altview_event *e;
    const uint8_t code[16] = {0xcc, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90,
                              0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90};

    p->registers[1].general.gpr[15] = 0xf15;
    port_listen(p, 0, MEM_ACCESS);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_RUN);
    e = only_event(p);
    assert_int_equal(p->event_sizes[0], sizeof(*e));
    assert_int_equal(e->id, 1);
    assert_int_equal(e->tsc, p->now);
    assert_int_equal(e->vcpu, PORT_VCPU);
    assert_int_equal(e->type, ALTVIEW_EVENT_MEM_ACCESS);
    assert_int_equal(e->outcome, ALTVIEW_OUTCOME_LIFTED);
    assert_int_equal(e->flags, ALTVIEW_EVENT_GLA);
    assert_int_equal(e->view, 1);
    assert_int_equal(e->access, XENMEM_access_r); /* unchanged */
    assert_int_equal(e->wants, ALTP2M_W);
    assert_int_equal(e->gfn, PORT_GFN);
    assert_int_equal(e->offset, 0x123);
    assert_int_equal(e->gla, 0x7000123);
    assert_int_equal(e->cr3, 0x5000);
    assert_int_equal(e->code_bits, 64);
    assert_int_equal(e->instruction_size, PORT_CODE);
    assert_memory_equal(e->instruction, code, sizeof(code));
    assert_memory_equal(&e->general, &p->registers[1].general, sizeof(e->general));
    assert_int_equal(e->lost, 0);
    assert_int_equal(p->c.counters.events_sent, 1);
}

static void test_a_brief_report(void **state)
{
    struct port *p = *state;
    const struct altview_event *e;

    assert_int_equal(PORT_ASK(p, ALTVIEW_LISTEN, altview_listen, .report = MEM_ACCESS,
                              .flags = ALTVIEW_LISTEN_BRIEF),
                     0);
    port_violation(p);
    e = only_event(p);
    assert_int_equal(p->event_sizes[0], ALTVIEW_EVENT_BRIEF_SIZE);
    assert_int_equal(e->gfn, PORT_GFN);
    assert_int_equal(e->cr3, 0x5000);
    assert_int_equal(e->instruction_size, 0);
}

static void test_converted(void **state)
{
    struct port *p = *state;
    struct control_violation v = {.physical = 0x33 << 12, .wants = ALTP2M_X};

    scene_set_access(p->scene, 1, 0x33, XENMEM_access_rwx);
    assert_int_equal(control_refused(&p->c, PORT_VCPU, ALTP2M_VERDICT_CONVERTED, &v).action,
                     ALTP2M_VERDICT_RUN);
    assert_int_equal(p->c.event_count, 0);
    /* Even a synchronous listener only gets a report: the access has happened. */
    port_listen(p, MEM_ACCESS, 0);
    assert_int_equal(control_refused(&p->c, PORT_VCPU, ALTP2M_VERDICT_CONVERTED, &v).action,
                     ALTP2M_VERDICT_RUN);
    assert_int_equal(only_event(p)->outcome, ALTVIEW_OUTCOME_CONVERTED);
    assert_int_equal(only_event(p)->access, XENMEM_access_n2rwx);
    assert_int_equal(only_event(p)->flags, 0);
    assert_false(control_holds(&p->c, PORT_VCPU));
}

static bool can_notify(const struct control_access *access)
{
    return access->wants != ALTP2M_X; /* so that the table below has both kinds */
}

static struct control_violation describe(const struct control_access *access)
{
    return (struct control_violation){.physical = access->gfn << ALTP2M_PAGE_SHIFT,
                                      .wants = access->wants};
}

static enum altp2m_verdict decide(struct port *p, unsigned int vcpu, uint64_t gfn,
                                  unsigned int wants)
{
    const struct control_access access = {gfn, wants, can_notify, describe};

    return control_violation(&p->c, &p->scene->machine.vcpus[vcpu], &access).action;
}

/* From the engine's rights to the rule of a listener that has gone: the figure of
 * docs/design/exits.md, path by path. vCPU 2 has #VE on. */
static void test_one_decision(void **state)
{
    struct port *p = *state;

    assert_int_equal(decide(p, 1, 0x14, ALTP2M_W), ALTP2M_VERDICT_RUN); /* the view grants it */
    scene_set_access(p->scene, 1, 0x14, XENMEM_access_x);
    assert_int_equal(decide(p, 1, 0x14, ALTP2M_R), ALTP2M_VERDICT_RUN); /* lifted: no listener */
    assert_int_equal(scene_access(p->scene, 1, 0x14), XENMEM_access_rwx);
    assert_int_equal(decide(p, 1, SCENE_HOLE, ALTP2M_R), ALTP2M_VERDICT_HOLE);
    altp2m_vcpu_enter(p->d, &p->scene->machine.vcpus[2], 1);
    p->d->config.has_ve = false;
    scene_set_access(p->scene, 1, 0x13, XENMEM_access_r);
    assert_int_equal(decide(p, 2, 0x13, ALTP2M_W), ALTP2M_VERDICT_NOTIFY);
    assert_int_equal(decide(p, 2, 0x13, ALTP2M_X), ALTP2M_VERDICT_RUN); /* no event can report it */
    p->d->config.access_required = true;
    assert_int_equal(decide(p, 1, PORT_GFN, ALTP2M_W), ALTP2M_VERDICT_STOP);
    port_listen(p, MEM_ACCESS, MEM_ACCESS);
    assert_int_equal(decide(p, PORT_VCPU, PORT_GFN, ALTP2M_W), ALTP2M_VERDICT_WAIT);
}

static void test_a_synchronous_event_waits(void **state)
{
    struct port *p = *state;
    const struct altview_event *e;

    port_listen(p, MEM_ACCESS, MEM_ACCESS);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_WAIT);
    e = only_event(p);
    assert_int_equal(e->flags, ALTVIEW_EVENT_GLA | ALTVIEW_EVENT_SYNC);
    assert_int_equal(e->outcome, ALTVIEW_OUTCOME_WAITS);
    assert_true(control_holds(&p->c, PORT_VCPU));
    assert_false(control_holds(&p->c, 0));
    assert_int_equal(control_resume(&p->c, PORT_VCPU).action, ALTP2M_VERDICT_WAIT);
    assert_int_equal(scene_access(p->scene, 1, PORT_GFN), XENMEM_access_r);
}

static void test_vmfunc_refused(void **state)
{
    struct port *p = *state;

    port_listen(p, 0, VMFUNC_REFUSED);
    assert_int_equal(control_vmfunc_refused(&p->c, 0, 3, 0x12345).action, ALTP2M_VERDICT_DEFAULT);
    assert_int_equal(only_event(p)->outcome, ALTVIEW_OUTCOME_DENIED);
    assert_int_equal(only_event(p)->wanted_view, 0xffff);
    assert_int_equal(only_event(p)->status, 3);
    assert_true(only_event(p)->gfn == ALTVIEW_NO_GFN);
    port_listen(p, VMFUNC_REFUSED, 0);
    assert_int_equal(control_vmfunc_refused(&p->c, 0, 0, 3).action, ALTP2M_VERDICT_WAIT);
    port_drain(p);
    assert_int_equal(port_last_event(p)->wanted_view, 3);
    assert_int_equal(port_last_event(p)->outcome, ALTVIEW_OUTCOME_WAITS);
}

static void test_breakpoint(void **state)
{
    struct port *p = *state;

    assert_int_equal(control_breakpoint(&p->c, 0, 0x401000).action, ALTP2M_VERDICT_DEFAULT);
    port_listen(p, 0, BREAKPOINT);
    assert_int_equal(control_breakpoint(&p->c, 0, 0x401000).action, ALTP2M_VERDICT_DEFAULT);
    assert_int_equal(only_event(p)->type, ALTVIEW_EVENT_BREAKPOINT);
    assert_int_equal(only_event(p)->outcome, ALTVIEW_OUTCOME_DENIED);
    assert_int_equal(only_event(p)->flags, ALTVIEW_EVENT_GLA);
    assert_int_equal(only_event(p)->gla, 0x401000);
    assert_true(only_event(p)->gfn == ALTVIEW_NO_GFN);
    port_listen(p, BREAKPOINT, 0);
    assert_int_equal(control_breakpoint(&p->c, 0, 0x401000).action, ALTP2M_VERDICT_WAIT);
    port_drain(p);
    assert_int_equal(port_last_event(p)->outcome, ALTVIEW_OUTCOME_WAITS);
    port_pass(p, 5000);
    assert_int_equal(control_resume(&p->c, 0).action, ALTP2M_VERDICT_DEFAULT);
}

/* The view that the policy enters for reads is entered for INT3 as well, unless a listener
 * decides. */
static void test_breakpoint_under_policy_step(void **state)
{
    struct port *p = *state;

    set_policy(p, ALTVIEW_POLICY_STEP, 3);
    assert_int_equal(control_breakpoint(&p->c, PORT_VCPU, 0).action, ALTP2M_VERDICT_STEP_IN);
    assert_int_equal(control_breakpoint(&p->c, PORT_VCPU, 0).view, 3);
    assert_int_equal(p->c.counters.policy_steps, 2);
    port_listen(p, 0, BREAKPOINT);
    assert_int_equal(control_breakpoint(&p->c, PORT_VCPU, 0).action, ALTP2M_VERDICT_STEP_IN);
    assert_int_equal(only_event(p)->outcome, ALTVIEW_OUTCOME_STEPPED);
    port_listen(p, BREAKPOINT, 0);
    assert_int_equal(control_breakpoint(&p->c, PORT_VCPU, 0).action, ALTP2M_VERDICT_WAIT);
    port_pass(p, 5000);
    assert_int_equal(control_resume(&p->c, PORT_VCPU).action, ALTP2M_VERDICT_STEP_IN);
}

static void test_stepped(void **state)
{
    struct port *p = *state;

    port_listen(p, 0, SINGLE_STEP);
    assert_int_equal(control_done(&p->c, 2, ALTVIEW_EVENT_SINGLE_STEP).action, ALTP2M_VERDICT_RUN);
    assert_int_equal(only_event(p)->outcome, ALTVIEW_OUTCOME_DONE);
    assert_int_equal(only_event(p)->vcpu, 2);
    port_listen(p, SINGLE_STEP, 0);
    assert_int_equal(control_done(&p->c, 2, ALTVIEW_EVENT_SINGLE_STEP).action, ALTP2M_VERDICT_WAIT);
    assert_true(control_holds(&p->c, 2));
}

static void test_shutdown(void **state)
{
    struct port *p = *state;

    port_listen(p, 0, SHUTDOWN);
    control_shutdown(&p->c, 77);
    assert_int_equal(only_event(p)->type, ALTVIEW_EVENT_SHUTDOWN);
    assert_int_equal(only_event(p)->status, 77);
}

/* The client listens for one type, and not for the others. */
static void test_masks_are_by_type(void **state)
{
    struct port *p = *state;

    port_listen(p, VMFUNC_REFUSED, SHUTDOWN);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_RUN);
    assert_int_equal(control_done(&p->c, 2, ALTVIEW_EVENT_SINGLE_STEP).action, ALTP2M_VERDICT_RUN);
    assert_int_equal(p->c.event_count, 0);
}

static void test_policy_lift(void **state)
{
    struct port *p = *state;

    set_policy(p, ALTVIEW_POLICY_LIFT, 0);
    port_listen(p, MEM_ACCESS, 0);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_RUN);
    assert_int_equal(scene_access(p->scene, 1, PORT_GFN), XENMEM_access_rwx);
    assert_int_equal(p->c.counters.policy_lifts, 1);
    assert_int_equal(p->c.event_count, 0);
}

/* A listener gets a report, synchronous or not, and does not decide. */
static void test_policy_report(void **state)
{
    struct port *p = *state;

    set_policy(p, ALTVIEW_POLICY_REPORT, 0);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_STEP);
    assert_int_equal(p->c.event_count, 0);
    port_listen(p, MEM_ACCESS, 0);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_STEP);
    assert_int_equal(only_event(p)->outcome, ALTVIEW_OUTCOME_STEPPED);
    assert_int_equal(only_event(p)->flags, ALTVIEW_EVENT_GLA);
    assert_int_equal(scene_access(p->scene, 1, PORT_GFN), XENMEM_access_r);
    assert_false(control_holds(&p->c, PORT_VCPU));
}

static void test_policy_step(void **state)
{
    struct port *p = *state;
    struct control_verdict verdict;

    set_policy(p, ALTVIEW_POLICY_STEP, 3);
    port_listen(p, MEM_ACCESS, 0);
    verdict = port_violation(p);
    assert_int_equal(verdict.action, ALTP2M_VERDICT_STEP_IN);
    assert_int_equal(verdict.view, 3);
    assert_int_equal(p->c.counters.policy_steps, 1);
    assert_int_equal(p->c.event_count, 0);
    /* The other view goes, and the policy with it. */
    assert_int_equal(altp2m_view_destroy(p->d, 3), 0);
    assert_int_equal(view_1(p)->policy, ALTP2M_POLICY_NONE);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_WAIT);
}

static void test_policy_switch(void **state)
{
    struct port *p = *state;

    set_policy(p, ALTVIEW_POLICY_SWITCH, 3);
    port_listen(p, MEM_ACCESS, 0);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_RUN);
    assert_int_equal(p->scene->machine.vcpus[PORT_VCPU].view, 3);
    assert_int_equal(scene_access(p->scene, 1, PORT_GFN), XENMEM_access_r);
    assert_int_equal(p->c.counters.policy_steps, 1);
    assert_int_equal(p->c.event_count, 0);
}

/* The peer does not read: the server drops whole events, and counts them. The rest is still
 * consistent. */
static void test_no_room(void **state)
{
    const uint64_t room =
        CONTROL_EVENT_BUFFER / (sizeof(struct altview_frame) + sizeof(struct altview_event));
    struct port *p = *state;

    port_listen(p, 0, SINGLE_STEP);
    for (unsigned int i = 0; i < room + 5; i++)
        assert_int_equal(control_done(&p->c, 2, ALTVIEW_EVENT_SINGLE_STEP).action,
                         ALTP2M_VERDICT_RUN);
    assert_int_equal(p->c.counters.events_sent, room);
    assert_int_equal(p->c.counters.events_dropped, 5);
    port_drain(p);
    assert_int_equal(p->event_count, room);
    assert_int_equal(port_last_event(p)->lost, 0);
    control_done(&p->c, 2, ALTVIEW_EVENT_SINGLE_STEP);
    port_drain(p);
    assert_int_equal(port_last_event(p)->lost, 5);
    assert_int_equal(port_last_event(p)->id, room + 6); /* the gap in the numbers shows these too */
}

/* The server tells the machine that an event waits to be sent. On a machine without a timer nothing
 * else makes it look at the port again. If an event found no room, there is nothing to send. */
static void test_the_machine_is_told(void **state)
{
    struct port *p = *state;

    control_done(&p->c, 2, ALTVIEW_EVENT_SINGLE_STEP);
    assert_int_equal(p->told, 0);
    port_listen(p, 0, SINGLE_STEP);
    while (!p->c.counters.events_dropped) {
        control_done(&p->c, 2, ALTVIEW_EVENT_SINGLE_STEP);
        assert_int_equal(p->told, p->c.counters.events_sent);
    }
    assert_true(p->told);
}

/* A vCPU that waits for an answer polls the port itself: its event needs no one else's look, and
 * the entry after the answer would look once more, in vain. */
static void test_the_machine_is_not_told_of_a_question(void **state)
{
    struct port *p = *state;

    port_listen(p, MEM_ACCESS, 0);
    port_wait(p);
    assert_int_equal(p->c.counters.events_sent, 1);
    assert_int_equal(p->told, 0);
}

/* Reports leave room for the events that vCPUs wait on. */
static void test_what_is_told_does_not_keep_questions_out(void **state)
{
    struct port *p = *state;

    port_listen(p, MEM_ACCESS | VMFUNC_REFUSED, SINGLE_STEP);
    while (!p->c.counters.events_dropped)
        control_done(&p->c, 2, ALTVIEW_EVENT_SINGLE_STEP);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_WAIT);
    assert_int_equal(control_vmfunc_refused(&p->c, 0, 0, 3).action, ALTP2M_VERDICT_WAIT);
    assert_int_equal(p->c.counters.events_dropped, 1);
    port_drain(p);
    assert_int_equal(port_last_event(p)->type, ALTVIEW_EVENT_VMFUNC_REFUSED);
    assert_int_equal(port_last_event(p)->vcpu, 0);
}

/* The peer answers an event that it has not read, and reads only the reply. */
static void answer_unread(struct port *p)
{
    const struct altview_answer answer = {.event = p->c.event_count, .vcpu = 0};
    uint8_t frame[FRAME_MAX];
    size_t size;

    port_send(p, frame, port_frame(frame, ALTVIEW_ANSWER, ++p->sequence, &answer, sizeof(answer)));
    control_output(&p->c, &size);
    control_sent(&p->c, size);
}

/* No answer can come to a synchronous event that can't be sent: the rule decides at once. */
static void test_no_room_for_one_that_would_wait(void **state)
{
    struct port *p = *state;

    port_listen(p, MEM_ACCESS | VMFUNC_REFUSED, 0);
    while (control_vmfunc_refused(&p->c, 0, 0, 3).action == ALTP2M_VERDICT_WAIT) {
        answer_unread(p);
        control_resume(&p->c, 0);
    }
    assert_int_equal(p->c.counters.events_dropped, 1);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_INJECT);
    assert_int_equal(scene_access(p->scene, 1, PORT_GFN), XENMEM_access_r);
    assert_false(control_holds(&p->c, PORT_VCPU) || control_holds(&p->c, 0));
    assert_int_equal(p->c.counters.events_dropped, 2);
}

/* With the default timeout, counted from the event. A peer that pings all the time gets no more
 * time. */
static void test_an_answer_that_does_not_come(void **state)
{
    struct port *p = *state;

    port_listen(p, MEM_ACCESS, TIMEOUT);
    p->now += UINT64_C(1000000) * PORT_TICKS_MS; /* the guest has slept */
    port_wait(p);
    port_pass(p, 4999);
    assert_true(control_holds(&p->c, PORT_VCPU));
    assert_int_equal(port_ask(p, ALTVIEW_PING, NULL, 0), 0);
    port_pass(p, 1);
    assert_false(control_holds(&p->c, PORT_VCPU));
    assert_int_equal(p->c.listen.sync | p->c.listen.report, 0);
    assert_int_equal(p->logged, 1);
    assert_int_equal(p->c.counters.events_timed_out, 1);
    port_drain(p);
    assert_int_equal(port_last_event(p)->type, ALTVIEW_EVENT_TIMEOUT);
    assert_int_equal(port_last_event(p)->outcome, ALTVIEW_OUTCOME_DONE);
    assert_int_equal(port_last_event(p)->status, ALTVIEW_EVENT_MEM_ACCESS);
    assert_int_equal(port_last_event(p)->vcpu, PORT_VCPU);
    assert_int_equal(control_resume(&p->c, PORT_VCPU).action, ALTP2M_VERDICT_INJECT);
    assert_int_equal(scene_access(p->scene, 1, PORT_GFN), XENMEM_access_r);
    port_pass(p, 100000);
    assert_int_equal(p->logged, 1);
}

static void test_the_timeout_can_be_chosen(void **state)
{
    struct port *p = *state;

    assert_int_equal(
        PORT_ASK(p, ALTVIEW_LISTEN, altview_listen, .sync = VMFUNC_REFUSED, .timeout_ms = 3600000),
        0);
    assert_int_equal(control_vmfunc_refused(&p->c, 0, 0, 3).action, ALTP2M_VERDICT_WAIT);
    port_pass(p, 3599999);
    assert_true(control_holds(&p->c, 0));
    port_pass(p, 1);
    assert_false(control_holds(&p->c, 0));
    assert_int_equal(control_resume(&p->c, 0).action, ALTP2M_VERDICT_DEFAULT);
    assert_int_equal(control_resume(&p->c, 0).action, ALTP2M_VERDICT_RUN); /* no event any more */
}

static void test_timeout_where_somebody_must_listen(void **state)
{
    struct port *p = *state;

    p->d->config.access_required = true;
    port_listen(p, MEM_ACCESS, 0);
    port_wait(p);
    port_pass(p, 5000);
    assert_int_equal(control_resume(&p->c, PORT_VCPU).action, ALTP2M_VERDICT_STOP);
}

/* One missing answer ends the waits of all vCPUs. */
static void test_timeout_releases_all(void **state)
{
    struct port *p = *state;

    port_listen(p, SINGLE_STEP | VMFUNC_REFUSED, TIMEOUT);
    p->c.vcpus[2].stepping = p->stepping[2] = true;
    assert_int_equal(control_done(&p->c, 2, ALTVIEW_EVENT_SINGLE_STEP).action, ALTP2M_VERDICT_WAIT);
    port_pass(p, 4000);
    assert_int_equal(control_vmfunc_refused(&p->c, 0, 0, 3).action, ALTP2M_VERDICT_WAIT);
    port_pass(p, 1000);
    assert_false(control_holds(&p->c, 0) || control_holds(&p->c, 2));
    assert_int_equal(control_resume(&p->c, 2).action, ALTP2M_VERDICT_RUN);
    assert_int_equal(control_resume(&p->c, 0).action, ALTP2M_VERDICT_DEFAULT);
    assert_int_equal(p->c.counters.events_timed_out, 2);
    assert_false(p->stepping[2]); /* no listener wants steps any more */
    port_drain(p);
    assert_int_equal(p->event_count, 3);
    assert_int_equal(port_last_event(p)->vcpu, 2);
}

/* The page was unmapped while its vCPU waited: the vCPU goes on and meets the hole. */
static void test_timeout_after_the_page_has_gone(void **state)
{
    struct port *p = *state;

    p->d->config.access_required = true;
    port_listen(p, MEM_ACCESS, 0);
    port_wait(p);
    assert_int_equal(altp2m_host_unmap(p->d, PORT_GFN, 1), 0);
    port_pass(p, 5000);
    assert_int_equal(control_resume(&p->c, PORT_VCPU).action, ALTP2M_VERDICT_RUN);
}

/* The vCPU was moved to another view while it waited: the server lifts nothing in that view. */
static void test_timeout_after_the_view_has_changed(void **state)
{
    struct port *p = *state;

    port_listen(p, MEM_ACCESS, 0);
    port_wait(p);
    assert_int_equal(altp2m_vcpu_enter(p->d, &p->scene->machine.vcpus[PORT_VCPU], 2), 0);
    port_pass(p, 5000);
    assert_int_equal(control_resume(&p->c, PORT_VCPU).action, ALTP2M_VERDICT_RUN);
    assert_int_equal(scene_access(p->scene, 1, PORT_GFN), XENMEM_access_r);
    assert_int_equal(scene_access(p->scene, 2, PORT_GFN), XENMEM_access_r);
}

static void test_listening_no_more_releases_at_once(void **state)
{
    struct port *p = *state;

    port_listen(p, MEM_ACCESS, TIMEOUT);
    port_wait(p);
    port_listen(p, 0, TIMEOUT); /* another listener still may answer */
    assert_true(control_holds(&p->c, PORT_VCPU));
    port_listen(p, 0, 0);
    assert_false(control_holds(&p->c, PORT_VCPU));
    assert_int_equal(control_resume(&p->c, PORT_VCPU).action, ALTP2M_VERDICT_INJECT);
    assert_int_equal(scene_access(p->scene, 1, PORT_GFN), XENMEM_access_r);
    port_drain(p);
    assert_int_equal(p->event_count, 1); /* no TIMEOUT: the peer itself has stopped */
    assert_int_equal(p->c.counters.events_timed_out, 0);
    assert_int_equal(p->logged, 0);
}

/* The next listener gets events from then on, and no older ones. */
static void test_listening_no_more_forgets(void **state)
{
    struct port *p = *state;

    set_policy(p, ALTVIEW_POLICY_REPORT, 0);
    port_listen(p, 0, MEM_ACCESS);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_STEP);
    port_listen(p, 0, 0);
    port_listen(p, 0, MEM_ACCESS);
    port_drain(p);
    assert_int_equal(p->event_count, 0);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_STEP);
    assert_int_equal(only_event(p)->id, 2);
}

/* A paused vCPU is held as long as the peer sends something, and for the timeout after that. */
static void test_a_pause_ends_with_silence(void **state)
{
    struct port *p = *state;

    port_listen(p, 0, EVERYTHING);
    assert_int_equal(PORT_ASK(p, ALTVIEW_PAUSE, altview_which_vcpu, .vcpu = 1), 0);
    for (unsigned int i = 0; i < 10; i++) {
        port_pass(p, 4999);
        assert_true(control_holds(&p->c, 1));
        assert_int_equal(port_ask(p, ALTVIEW_PING, NULL, 0), 0);
    }
    port_send(p, "\xe5\xf7 is no good frame", 20);
    port_pass(p, 5000);
    assert_false(control_holds(&p->c, 1));
    assert_int_equal(control_resume(&p->c, 1).action, ALTP2M_VERDICT_RUN);
    assert_int_equal(p->c.listen.report, 0);
    assert_int_equal(p->logged, 1);
    assert_int_equal(p->c.counters.events_timed_out, 0);
    assert_int_equal(only_event(p)->type, ALTVIEW_EVENT_TIMEOUT);
    assert_int_equal(only_event(p)->status, ALTVIEW_EVENT_PAUSE);
}

/* The ping came after the start of another frame, and the server finds it at the last moment. */
static void test_a_pause_goes_on_with_a_frame_found_late(void **state)
{
    struct port *p = *state;
    uint8_t bytes[2 * sizeof(struct altview_frame)];

    assert_int_equal(PORT_ASK(p, ALTVIEW_PAUSE, altview_which_vcpu, .vcpu = 1), 0);
    port_frame(bytes, ALTVIEW_PING, 1, NULL, 0);
    memmove(bytes + 8, bytes, sizeof(struct altview_frame));
    p->now += 4000 * PORT_TICKS_MS;
    port_send(p, bytes, 8);
    port_send(p, "............", 12); /* too short for a header: the port waits for more */
    port_send(p, bytes + 8, 11);
    port_pass(p, 400);
    port_send(p, bytes + 8 + 11, 21);
    port_pass(p, 600);
    port_drain(p);
    assert_int_equal(p->replies, 2);
    assert_true(control_holds(&p->c, 1));
}

/* While no vCPU is held, a silent peer is normal. */
static void test_silence_alone_ends_nothing(void **state)
{
    struct port *p = *state;

    port_listen(p, MEM_ACCESS, EVERYTHING);
    port_pass(p, 1000000);
    assert_int_equal(p->c.listen.sync, MEM_ACCESS);
    assert_int_equal(p->logged, 0);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_WAIT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, port_setup, port_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_nobody_listens),
        TEST(test_nobody_listens_where_somebody_must),
        TEST(test_no_page_to_lift_with),
        TEST(test_a_report_says_all),
        TEST(test_a_brief_report),
        TEST(test_converted),
        TEST(test_one_decision),
        TEST(test_a_synchronous_event_waits),
        TEST(test_vmfunc_refused),
        TEST(test_breakpoint),
        TEST(test_breakpoint_under_policy_step),
        TEST(test_stepped),
        TEST(test_shutdown),
        TEST(test_masks_are_by_type),
        TEST(test_policy_lift),
        TEST(test_policy_report),
        TEST(test_policy_step),
        TEST(test_policy_switch),
        TEST(test_no_room),
        TEST(test_the_machine_is_told),
        TEST(test_the_machine_is_not_told_of_a_question),
        TEST(test_no_room_for_one_that_would_wait),
        TEST(test_what_is_told_does_not_keep_questions_out),
        TEST(test_an_answer_that_does_not_come),
        TEST(test_the_timeout_can_be_chosen),
        TEST(test_timeout_where_somebody_must_listen),
        TEST(test_timeout_releases_all),
        TEST(test_timeout_after_the_page_has_gone),
        TEST(test_timeout_after_the_view_has_changed),
        TEST(test_listening_no_more_releases_at_once),
        TEST(test_listening_no_more_forgets),
        TEST(test_a_pause_ends_with_silence),
        TEST(test_a_pause_goes_on_with_a_frame_found_late),
        TEST(test_silence_alone_ends_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
