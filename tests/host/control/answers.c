/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers to events: each kind of answer, and those that the server refuses. After an error the
 * vCPU still waits. */
#include "control/port.h"

#define MEM_ACCESS     (1U << ALTVIEW_EVENT_MEM_ACCESS)
#define SINGLE_STEP    (1U << ALTVIEW_EVENT_SINGLE_STEP)
#define VMFUNC_REFUSED (1U << ALTVIEW_EVENT_VMFUNC_REFUSED)
#define BREAKPOINT     (1U << ALTVIEW_EVENT_BREAKPOINT)

#define LIFT     ALTVIEW_ANSWER_LIFT
#define SWITCH   ALTVIEW_ANSWER_SWITCH
#define STEP     ALTVIEW_ANSWER_STEP
#define DENY     ALTVIEW_ANSWER_DENY
#define SET      ALTVIEW_ANSWER_SET
#define NOT_LIVE 7

/* A port with a MEM_ACCESS event that PORT_VCPU waits on. */
static int waiting_setup(void **state)
{
    struct port *p;

    port_setup(state);
    p = *state;
    port_listen(p, MEM_ACCESS | SINGLE_STEP | VMFUNC_REFUSED, 0);
    port_wait(p);
    return 0;
}

/* The answer to the last event, for its vCPU. */
static int answer(struct port *p, struct altview_answer a)
{
    a.event = port_last_event(p)->id;
    a.vcpu = port_last_event(p)->vcpu;
    return port_ask(p, ALTVIEW_ANSWER, &a, sizeof(a));
}

#define ANSWER(p, ...) answer(p, (struct altview_answer){__VA_ARGS__})

static struct control_verdict resume(struct port *p)
{
    unsigned int vcpu = port_last_event(p)->vcpu;

    assert_false(control_holds(&p->c, vcpu));
    return control_resume(&p->c, vcpu);
}

static const struct altp2m_vcpu *vcpu(const struct port *p)
{
    return &p->scene->machine.vcpus[PORT_VCPU];
}

static void test_continue(void **state)
{
    struct port *p = *state;

    assert_int_equal(ANSWER(p, 0), 0);
    assert_int_equal(p->reply.length, 0);
    assert_int_equal(resume(p).action, ALTP2M_VERDICT_RUN);
    assert_int_equal(scene_access(p->scene, 1, PORT_GFN), XENMEM_access_r);
    assert_int_equal(vcpu(p)->view, 1);
    assert_int_equal(p->c.counters.events_answered, 1);
    /* The instruction meets the restriction again: another event. */
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_WAIT);
}

static void test_lift(void **state)
{
    struct port *p = *state;

    assert_int_equal(ANSWER(p, .actions = LIFT), 0);
    assert_int_equal(scene_access(p->scene, 1, PORT_GFN), XENMEM_access_rwx);
    assert_int_equal(resume(p).action, ALTP2M_VERDICT_RUN);
}

/* No page is free for it: the vCPU still waits, and the client may send another answer. */
static void test_lift_without_memory(void **state)
{
    struct port *p = *state;
    struct control_violation v = {.physical = SCENE_LARGE << 12, .wants = ALTP2M_W};

    assert_int_equal(altp2m_vcpu_enter(p->d, &p->scene->machine.vcpus[0], 2), 0);
    assert_int_equal(control_refused(&p->c, 0, ALTP2M_VERDICT_RESTRICTED, &v).action,
                     ALTP2M_VERDICT_WAIT);
    port_drain(p);
    sim_memory_fail_at(&p->scene->machine.memory, 1, true);
    assert_int_equal(ANSWER(p, .actions = LIFT | SWITCH, .view = 1), -XEN_ENOMEM);
    sim_memory_fail_at(&p->scene->machine.memory, 0, false);
    assert_true(control_holds(&p->c, 0));
    assert_int_equal(p->scene->machine.vcpus[0].view, 2);
    assert_int_equal(ANSWER(p, .actions = LIFT | SWITCH, .view = 1), 0);
    assert_int_equal(p->scene->machine.vcpus[0].view, 1);
    assert_int_equal(scene_access(p->scene, 2, SCENE_LARGE), XENMEM_access_rwx);
}

static void test_lift_of_what_has_gone(void **state)
{
    struct port *p = *state;

    assert_int_equal(altp2m_host_unmap(p->d, PORT_GFN, 1), 0);
    assert_int_equal(ANSWER(p, .actions = LIFT), -XEN_ESRCH);
    assert_true(control_holds(&p->c, PORT_VCPU));
    altp2m_set_active(p->d, false);
    assert_int_equal(ANSWER(p, .actions = LIFT), -XEN_EINVAL);
    assert_int_equal(ANSWER(p, 0), 0);
}

/* Whether the view is hidden or not. */
static void test_switch(void **state)
{
    struct port *p = *state;

    assert_int_equal(ANSWER(p, .actions = SWITCH, .view = 3), 0);
    assert_int_equal(resume(p).action, ALTP2M_VERDICT_RUN);
    assert_int_equal(vcpu(p)->view, 3);
    sim_machine_check_vcpus(&p->scene->machine);
    assert_int_equal(scene_access(p->scene, 1, PORT_GFN), XENMEM_access_r);
}

static void test_step_in_another_view(void **state)
{
    struct port *p = *state;
    struct control_verdict verdict;

    assert_int_equal(ANSWER(p, .actions = STEP, .view = 3), 0);
    verdict = resume(p);
    assert_int_equal(verdict.action, ALTP2M_VERDICT_STEP_IN);
    assert_int_equal(verdict.view, 3);
    assert_int_equal(vcpu(p)->view, 1); /* the embedder does the step */
}

static void test_let_through_once(void **state)
{
    struct port *p = *state;

    assert_int_equal(ANSWER(p, .actions = STEP, .view = 1), 0);
    assert_int_equal(resume(p).action, ALTP2M_VERDICT_STEP);
    assert_int_equal(scene_access(p->scene, 1, PORT_GFN), XENMEM_access_r);
}

/* The answer has come, but the view is destroyed before the vCPU goes on. */
static void test_step_in_a_view_that_goes(void **state)
{
    struct port *p = *state;

    assert_int_equal(ANSWER(p, .actions = STEP, .view = 3), 0);
    assert_int_equal(altp2m_view_destroy(p->d, 3), 0);
    assert_int_equal(resume(p).action, ALTP2M_VERDICT_RUN);
}

static void test_deny(void **state)
{
    static const uint8_t vectors[] = {6, 13, 14};
    struct port *p = *state;

    for (size_t i = 0; i < COUNT(vectors); i++) {
        struct control_verdict verdict;
        uint32_t code = vectors[i] == 6 ? 0 : 0x7fff;

        if (i)
            port_wait(p);
        assert_int_equal(ANSWER(p, .actions = DENY, .vector = vectors[i], .error_code = code,
                                .cr2 = 0xdeadbeef000),
                         0);
        verdict = resume(p);
        assert_int_equal(verdict.action, ALTP2M_VERDICT_INJECT);
        assert_int_equal(verdict.vector, vectors[i]);
        assert_int_equal(verdict.error_code, code);
        assert_int_equal(verdict.cr2, 0xdeadbeef000);
    }
    assert_int_equal(scene_access(p->scene, 1, PORT_GFN), XENMEM_access_r);
}

/* Two exceptions can't be delivered at once. */
static void test_deny_while_an_event_is_delivered(void **state)
{
    struct port *p = *state;
    struct control_violation v = {
        .physical = PORT_GFN << 12, .wants = ALTP2M_W, .flags = ALTVIEW_EVENT_DELIVERING};

    assert_int_equal(ANSWER(p, 0), 0);
    resume(p);
    assert_int_equal(control_refused(&p->c, PORT_VCPU, ALTP2M_VERDICT_RESTRICTED, &v).action,
                     ALTP2M_VERDICT_WAIT);
    port_drain(p);
    assert_int_equal(ANSWER(p, .actions = DENY, .vector = 13), -XEN_EBUSY);
    assert_true(control_holds(&p->c, PORT_VCPU));
    assert_int_equal(ANSWER(p, .actions = LIFT), 0);
    resume(p);
    port_wait(p); /* and the next one finds no exception pending */
    assert_int_equal(ANSWER(p, .actions = DENY, .vector = 13), 0);
}

static void test_set(void **state)
{
    struct port *p = *state;

    assert_int_equal(ANSWER(p, .actions = SET, .mask = ALTVIEW_SET_RIP, .general.rip = 0x401000),
                     0);
    assert_int_equal(p->registers[PORT_VCPU].general.rip, 0x401000);
    assert_int_equal(p->set_mask, ALTVIEW_SET_RIP);
    assert_int_equal(resume(p).action, ALTP2M_VERDICT_RUN);
}

static void test_everything_that_goes_together(void **state)
{
    struct port *p = *state;

    assert_int_equal(ANSWER(p, .actions = LIFT | SWITCH | SET, .view = 2, .mask = ALTVIEW_SET_CR3,
                            .cr3 = 0x9000),
                     0);
    assert_int_equal(scene_access(p->scene, 1, PORT_GFN), XENMEM_access_rwx);
    assert_int_equal(vcpu(p)->view, 2);
    assert_int_equal(p->registers[PORT_VCPU].cr3, 0x9000);
    assert_int_equal(resume(p).action, ALTP2M_VERDICT_RUN);
    port_listen(p, VMFUNC_REFUSED, 0);
    assert_int_equal(control_vmfunc_refused(&p->c, PORT_VCPU, 0, 5).action, ALTP2M_VERDICT_WAIT);
    port_drain(p);
    assert_int_equal(ANSWER(p, .actions = SET | DENY, .vector = 6, .mask = ALTVIEW_SET_GPRS), 0);
    assert_int_equal(p->set_mask, ALTVIEW_SET_GPRS);
    assert_int_equal(resume(p).action, ALTP2M_VERDICT_INJECT);
}

static void test_refused_answers(void **state)
{
    static const struct altview_answer refused[] = {
        {.actions = 32},
        {.actions = 0x80000000},
        {.actions = SWITCH | STEP, .view = 2},
        {.actions = SWITCH | DENY, .view = 2, .vector = 13},
        {.actions = STEP | DENY, .view = 2, .vector = 13},
        {.actions = LIFT | STEP, .view = 2},
        {.actions = LIFT | DENY, .vector = 13},
        {.actions = SWITCH, .view = NOT_LIVE},
        {.actions = SWITCH, .view = ALTVIEW_NO_VIEW},
        {.actions = STEP, .view = NOT_LIVE},
        {.actions = DENY, .vector = 0},
        {.actions = DENY, .vector = 3},
        {.actions = DENY, .vector = 20},
        {.actions = DENY, .vector = 255},
        {.actions = DENY, .vector = 13, .error_code = 0x8000},
        {.actions = DENY, .vector = 6, .error_code = 1},
        {.actions = SET, .mask = 16},
        {.actions = LIFT | SET, .mask = ALTVIEW_SET_RFLAGS, .general.rflags = 8},
        {.actions = SWITCH | SET, .view = 2, .mask = ALTVIEW_SET_RIP, .general.rip = 1ULL << 63},
        {.actions = SET, .mask = ALTVIEW_SET_CR3, .cr3 = 1ULL << 50},
        {.pad = 1},
        {.pad2 = 1},
    };
    struct port *p = *state;
    uint64_t before = scene_fingerprint(p->scene);

    for (size_t i = 0; i < COUNT(refused); i++) {
        if (answer(p, refused[i]) != -XEN_EINVAL)
            fail_msg("answer %zu: %d", i, p->reply.status);
        assert_true(control_holds(&p->c, PORT_VCPU));
        assert_true(scene_fingerprint(p->scene) == before);
        assert_int_equal(p->registers_set, 0);
    }
    assert_int_equal(p->c.counters.events_answered, 0);
    assert_int_equal(ANSWER(p, 0), 0);
}

/* A client can answer only the event that a vCPU waits on, and only once. */
static void test_answers_to_something_else(void **state)
{
    struct port *p = *state;
    uint64_t id = port_last_event(p)->id;

    assert_int_equal(
        PORT_ASK(p, ALTVIEW_ANSWER, altview_answer, .event = id + 1, .vcpu = PORT_VCPU),
        -XEN_ESRCH);
    assert_int_equal(PORT_ASK(p, ALTVIEW_ANSWER, altview_answer, .event = id, .vcpu = 0),
                     -XEN_ESRCH);
    assert_int_equal(PORT_ASK(p, ALTVIEW_ANSWER, altview_answer, .event = id, .vcpu = PORT_VCPU),
                     0);
    assert_int_equal(PORT_ASK(p, ALTVIEW_ANSWER, altview_answer, .event = id, .vcpu = PORT_VCPU),
                     -XEN_ESRCH);
    resume(p);
    assert_int_equal(PORT_ASK(p, ALTVIEW_ANSWER, altview_answer, .event = id, .vcpu = PORT_VCPU),
                     -XEN_ESRCH);
}

/* The event has no restriction to lift, and no access to let through. */
static void test_answers_to_a_refused_vmfunc(void **state)
{
    struct port *p = *state;

    assert_int_equal(control_vmfunc_refused(&p->c, 0, 0, 3).action, ALTP2M_VERDICT_WAIT);
    port_drain(p);
    assert_int_equal(ANSWER(p, .actions = LIFT), -XEN_EINVAL);
    assert_int_equal(ANSWER(p, .actions = STEP, .view = 0), -XEN_EINVAL);
    assert_int_equal(altp2m_set_visibility(p->d, 3, true), 0);
    assert_int_equal(ANSWER(p, 0), 0);
    assert_int_equal(resume(p).action, ALTP2M_VERDICT_RUN); /* executed again, and it succeeds */
    assert_int_equal(control_vmfunc_refused(&p->c, 0, 0, 8).action, ALTP2M_VERDICT_WAIT);
    port_drain(p);
    assert_int_equal(ANSWER(p, .actions = DENY, .vector = 6), 0);
    assert_int_equal(resume(p).action, ALTP2M_VERDICT_INJECT);
}

/* Only for a breakpoint the answer can be the guest's #BP. There is no access to let through. */
static void test_answers_to_a_breakpoint(void **state)
{
    struct port *p = *state;
    struct control_verdict verdict;

    port_listen(p, BREAKPOINT, 0);
    assert_int_equal(control_breakpoint(&p->c, 0, 0x401000).action, ALTP2M_VERDICT_WAIT);
    port_drain(p);
    assert_int_equal(ANSWER(p, .actions = LIFT), -XEN_EINVAL);
    assert_int_equal(ANSWER(p, .actions = STEP, .view = 0), -XEN_EINVAL);
    assert_int_equal(ANSWER(p, .actions = DENY, .vector = 3, .error_code = 1), -XEN_EINVAL);
    assert_int_equal(ANSWER(p, .actions = DENY, .vector = 3), 0);
    verdict = resume(p);
    assert_int_equal(verdict.action, ALTP2M_VERDICT_INJECT);
    assert_int_equal(verdict.vector, 3);
    assert_int_equal(control_breakpoint(&p->c, 0, 0x401000).action, ALTP2M_VERDICT_WAIT);
    port_drain(p);
    assert_int_equal(ANSWER(p, .actions = STEP, .view = 3), 0);
    verdict = resume(p);
    assert_int_equal(verdict.action, ALTP2M_VERDICT_STEP_IN);
    assert_int_equal(verdict.view, 3);
}

static void test_answers_to_a_step(void **state)
{
    struct port *p = *state;

    assert_int_equal(control_done(&p->c, 0, ALTVIEW_EVENT_SINGLE_STEP).action, ALTP2M_VERDICT_WAIT);
    port_drain(p);
    assert_int_equal(ANSWER(p, .actions = STEP, .view = 2), 0);
    assert_int_equal(resume(p).action, ALTP2M_VERDICT_STEP_IN);
    assert_int_equal(control_done(&p->c, 0, ALTVIEW_EVENT_SINGLE_STEP).action, ALTP2M_VERDICT_WAIT);
    port_drain(p);
    assert_int_equal(ANSWER(p, .actions = SWITCH, .view = 1), 0);
    assert_int_equal(resume(p).action, ALTP2M_VERDICT_RUN);
    assert_int_equal(p->scene->machine.vcpus[0].view, 1);
}

/* A client can answer while the vCPU is paused too. The vCPU goes on when both have ended, and the
 * client may set registers before that. */
static void test_answered_and_paused(void **state)
{
    struct port *p = *state;
    struct altview_set_registers s = {.vcpu = PORT_VCPU, .mask = ALTVIEW_SET_GPRS};

    assert_int_equal(PORT_ASK(p, ALTVIEW_PAUSE, altview_which_vcpu, .vcpu = PORT_VCPU), 0);
    assert_int_equal(ANSWER(p, .actions = STEP, .view = 3), 0);
    assert_true(control_holds(&p->c, PORT_VCPU));
    assert_int_equal(control_resume(&p->c, PORT_VCPU).action, ALTP2M_VERDICT_WAIT);
    assert_int_equal(port_ask(p, ALTVIEW_SET_REGISTERS, &s, sizeof(s)), 0);
    assert_int_equal(PORT_ASK(p, ALTVIEW_UNPAUSE, altview_which_vcpu, .vcpu = PORT_VCPU), 0);
    assert_int_equal(resume(p).action, ALTP2M_VERDICT_STEP_IN);
    assert_int_equal(port_ask(p, ALTVIEW_SET_REGISTERS, &s, sizeof(s)), -XEN_EBUSY);
}

/* Just in time: the answer comes before the server reads the clock. */
static void test_answered_at_the_last_moment(void **state)
{
    struct port *p = *state;

    p->now += 5000 * PORT_TICKS_MS;
    assert_int_equal(ANSWER(p, .actions = STEP, .view = 3), 0);
    control_tick(&p->c);
    assert_int_equal(resume(p).action, ALTP2M_VERDICT_STEP_IN);
    assert_int_equal(p->logged, 0);
    assert_int_equal(p->c.listen.sync, MEM_ACCESS | SINGLE_STEP | VMFUNC_REFUSED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, waiting_setup, port_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_continue),
        TEST(test_lift),
        TEST(test_lift_without_memory),
        TEST(test_lift_of_what_has_gone),
        TEST(test_switch),
        TEST(test_step_in_another_view),
        TEST(test_let_through_once),
        TEST(test_step_in_a_view_that_goes),
        TEST(test_deny),
        TEST(test_deny_while_an_event_is_delivered),
        TEST(test_set),
        TEST(test_everything_that_goes_together),
        TEST(test_refused_answers),
        TEST(test_answers_to_something_else),
        TEST(test_answers_to_a_refused_vmfunc),
        TEST(test_answers_to_a_breakpoint),
        TEST(test_answers_to_a_step),
        TEST(test_answered_and_paused),
        TEST(test_answered_at_the_last_moment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
