/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes of control registers: which the machine watches, and the decisions about them. */
#include "control/port.h"

#define EVERY_REGISTER ALTVIEW_REGISTER_EVENTS
#define BIT(type)      (1U << (type))
#define OLD            UINT64_C(0x80000011)
#define VALUE          UINT64_C(0x80010011)
#define GP             13

static const enum altview_event_type types[ALTVIEW_CONTROL_REGISTERS] = {
    ALTVIEW_EVENT_CR0, ALTVIEW_EVENT_CR3, ALTVIEW_EVENT_CR4, ALTVIEW_EVENT_XCR0};

static struct control_verdict write_register(struct port *p, enum altview_event_type type)
{
    return control_write(&p->c, PORT_VCPU, type, VALUE, OLD);
}

/* The vCPU waits; the event as the client got it. */
static const struct altview_event *asked(struct port *p, enum altview_event_type type)
{
    assert_int_equal(write_register(p, type).action, ALTP2M_VERDICT_WAIT);
    assert_true(control_holds(&p->c, PORT_VCPU));
    port_drain(p);
    return port_last_event(p);
}

static int answer(struct port *p, const struct altview_event *event, uint32_t actions,
                  uint8_t vector)
{
    return PORT_ASK(p, ALTVIEW_ANSWER, altview_answer, .event = event->id, .vcpu = PORT_VCPU,
                    .actions = actions, .view = event->view, .vector = vector);
}

static void test_nobody_listens(void **state)
{
    struct port *p = *state;

    for (unsigned int i = 0; i < ALTVIEW_CONTROL_REGISTERS; i++)
        assert_int_equal(write_register(p, types[i]).action, ALTP2M_VERDICT_DEFAULT);
    assert_int_equal(p->c.event_count, 0);
    assert_int_equal(p->watches, 0);
}

static void test_a_report(void **state)
{
    struct port *p = *state;

    port_listen(p, 0, EVERY_REGISTER);
    for (unsigned int i = 0; i < ALTVIEW_CONTROL_REGISTERS; i++) {
        assert_int_equal(write_register(p, types[i]).action, ALTP2M_VERDICT_DEFAULT);
        port_drain(p);
        assert_int_equal(port_last_event(p)->type, types[i]);
        assert_int_equal(port_last_event(p)->value, VALUE);
        assert_int_equal(port_last_event(p)->old, OLD);
        assert_int_equal(port_last_event(p)->outcome, ALTVIEW_OUTCOME_DONE);
    }
}

/* Each action that such an event has, and what becomes of the vCPU. */
static const struct row {
    uint32_t actions;
    uint8_t vector;
    int status;
    enum altp2m_verdict verdict;
} rows[] = {
    {0, 0, 0, ALTP2M_VERDICT_DEFAULT},
    {ALTVIEW_ANSWER_SKIP, 0, 0, ALTP2M_VERDICT_SKIP},
    {ALTVIEW_ANSWER_SWITCH, 0, 0, ALTP2M_VERDICT_DEFAULT},
    {ALTVIEW_ANSWER_DENY, GP, 0, ALTP2M_VERDICT_INJECT},
    {ALTVIEW_ANSWER_SET, 0, 0, ALTP2M_VERDICT_DEFAULT},
    {ALTVIEW_ANSWER_SET | ALTVIEW_ANSWER_SKIP, 0, 0, ALTP2M_VERDICT_SKIP},
    {ALTVIEW_ANSWER_STEP, 0, -XEN_EINVAL, 0},
    {ALTVIEW_ANSWER_LIFT, 0, -XEN_EINVAL, 0},
    {ALTVIEW_ANSWER_SKIP | ALTVIEW_ANSWER_SWITCH, 0, -XEN_EINVAL, 0},
    {ALTVIEW_ANSWER_SKIP | ALTVIEW_ANSWER_DENY, GP, -XEN_EINVAL, 0},
};

static void test_answers(void **state)
{
    struct port *p = *state;

    port_listen(p, EVERY_REGISTER, 0);
    for (unsigned int i = 0; i < ALTVIEW_CONTROL_REGISTERS; i++) {
        for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++) {
            const struct altview_event *event = asked(p, types[i]);

            assert_int_equal(answer(p, event, rows[j].actions, rows[j].vector), rows[j].status);
            if (rows[j].status) {
                assert_true(control_holds(&p->c, PORT_VCPU));
                assert_int_equal(answer(p, event, 0, 0), 0);
                control_resume(&p->c, PORT_VCPU);
                continue;
            }
            assert_int_equal(control_resume(&p->c, PORT_VCPU).action, rows[j].verdict);
        }
    }
}

/* No other event has an instruction to skip. */
static void test_others_are_not_skipped(void **state)
{
    struct port *p = *state;
    const struct altview_event *event;

    port_listen(p, BIT(ALTVIEW_EVENT_MEM_ACCESS), 0);
    event = port_wait(p);
    assert_int_equal(answer(p, event, ALTVIEW_ANSWER_SKIP, 0), -XEN_EINVAL);
}

static void test_without_an_answer_it_is_written(void **state)
{
    struct port *p = *state;

    port_listen(p, EVERY_REGISTER, 0);
    asked(p, ALTVIEW_EVENT_CR3);
    port_pass(p, 5000);
    assert_int_equal(control_resume(&p->c, PORT_VCPU).action, ALTP2M_VERDICT_DEFAULT);
    assert_int_equal(p->watched[1], 0);
}

/* Another monitor listens by then: the vCPU executes the instruction again, and that one is
 * asked. */
static void test_another_is_asked(void **state)
{
    struct port *p = *state;

    port_listen(p, EVERY_REGISTER, 0);
    asked(p, ALTVIEW_EVENT_CR4);
    port_listen(p, 0, 0);
    port_listen(p, EVERY_REGISTER, 0);
    assert_int_equal(control_resume(&p->c, PORT_VCPU).action, ALTP2M_VERDICT_RUN);
}

static void test_the_rule_stop(void **state)
{
    struct port *p = *state;

    assert_int_equal(PORT_ASK(p, ALTVIEW_LISTEN, altview_listen, .sync = EVERY_REGISTER,
                              .flags = ALTVIEW_LISTEN_UNANSWERED(ALTVIEW_UNANSWERED_STOP)),
                     0);
    asked(p, ALTVIEW_EVENT_CR0);
    port_pass(p, 5000);
    assert_int_equal(control_resume(&p->c, PORT_VCPU).action, ALTP2M_VERDICT_GIVE_UP);
    assert_int_equal(p->watched[0], UINT64_MAX); /* the rule holds */
    assert_int_equal(write_register(p, ALTVIEW_EVENT_CR0).action, ALTP2M_VERDICT_GIVE_UP);
}

/* The rule is for the bits that the listener has not ignored, whatever later listeners ignore. */
static void test_the_rule_of_what_was_ignored(void **state)
{
    static const uint64_t changed = OLD ^ VALUE;
    struct port *p = *state;
    struct altview_listen stops = {
        .sync = BIT(ALTVIEW_EVENT_CR0) | BIT(ALTVIEW_EVENT_CR4),
        .ignore = {[0] = changed, [2] = ~changed},
        .flags = ALTVIEW_LISTEN_UNANSWERED(ALTVIEW_UNANSWERED_STOP),
    };
    struct altview_listen later = {
        .report = BIT(ALTVIEW_EVENT_CR4), .ignore = {[2] = changed}, .flags = ALTVIEW_LISTEN_GONE};

    assert_int_equal(port_ask(p, ALTVIEW_LISTEN, &stops, sizeof(stops)), 0);
    assert_int_equal(port_ask(p, ALTVIEW_LISTEN, &later, sizeof(later)), 0);
    assert_int_equal(p->watched[0], ~changed);
    assert_int_equal(write_register(p, ALTVIEW_EVENT_CR0).action, ALTP2M_VERDICT_DEFAULT);
    assert_int_equal(p->watched[2], UINT64_MAX); /* those of both */
    assert_int_equal(write_register(p, ALTVIEW_EVENT_CR4).action, ALTP2M_VERDICT_GIVE_UP);
}

/* The machine watches what somebody listens for, and only that. */
static void test_what_is_watched(void **state)
{
    struct port *p = *state;

    for (unsigned int i = 0; i < ALTVIEW_CONTROL_REGISTERS; i++) {
        struct altview_listen listen = {.sync = BIT(types[i])};

        listen.ignore[i] = 0x80;
        listen.ignore[(i + 1) % ALTVIEW_CONTROL_REGISTERS] = 0x40; /* of no account */
        assert_int_equal(port_ask(p, ALTVIEW_LISTEN, &listen, sizeof(listen)), 0);
        for (unsigned int j = 0; j < ALTVIEW_CONTROL_REGISTERS; j++)
            assert_int_equal(p->watched[j], i == j ? ~UINT64_C(0x80) : 0);
    }
    p->watches = 0;
    port_listen(p, 0, BIT(ALTVIEW_EVENT_MEM_ACCESS));
    assert_int_equal(p->watches, 1);
    for (unsigned int j = 0; j < ALTVIEW_CONTROL_REGISTERS; j++)
        assert_int_equal(p->watched[j], 0);
    port_listen(p, BIT(ALTVIEW_EVENT_MEM_ACCESS), 0);
    assert_int_equal(p->watches, 1); /* nothing has changed */
}

#define LSTAR 0xc0000082U
#define STAR  0xc0000081U

static int listen_for(struct port *p, uint32_t sync, uint32_t report, uint32_t msr, bool changes)
{
    return PORT_ASK(p, ALTVIEW_LISTEN, altview_listen, .sync = sync, .report = report,
                    .flags = ALTVIEW_LISTEN_UNANSWERED(ALTVIEW_UNANSWERED_STOP),
                    .msrs = {.count = 1, .numbers = {msr}, .changes = changes});
}

static enum altp2m_verdict write_msr(struct port *p, uint32_t msr, uint64_t value)
{
    return control_write_msr(&p->c, PORT_VCPU, msr, value, OLD).action;
}

static void test_msrs(void **state)
{
    struct port *p = *state;
    const struct altview_event *event;

    assert_int_equal(write_msr(p, LSTAR, VALUE), ALTP2M_VERDICT_DEFAULT);
    assert_int_equal(listen_for(p, BIT(ALTVIEW_EVENT_MSR), 0, LSTAR, false), 0);
    assert_true(p->msr == LSTAR && p->msr_on && p->msrs_told == 1);
    assert_int_equal(write_msr(p, STAR, VALUE), ALTP2M_VERDICT_DEFAULT);
    assert_int_equal(write_msr(p, LSTAR, VALUE), ALTP2M_VERDICT_WAIT);
    port_drain(p);
    event = port_last_event(p);
    assert_int_equal(event->type, ALTVIEW_EVENT_MSR);
    assert_int_equal(event->status, LSTAR);
    assert_true(event->value == VALUE && event->old == OLD);
    assert_int_equal(answer(p, event, ALTVIEW_ANSWER_STEP, 0), -XEN_EINVAL);
    assert_int_equal(answer(p, event, ALTVIEW_ANSWER_SKIP, 0), 0);
    assert_int_equal(control_resume(&p->c, PORT_VCPU).action, ALTP2M_VERDICT_SKIP);
    assert_int_equal(listen_for(p, 0, BIT(ALTVIEW_EVENT_MSR), STAR, true), 0);
    assert_true(p->msr == STAR && p->msr_on && p->msrs_told == 3); /* and LSTAR no more */
    p->event_count = 0;
    assert_int_equal(write_msr(p, STAR, OLD), ALTP2M_VERDICT_DEFAULT);
    port_drain(p);
    assert_int_equal(p->event_count, 0);
    assert_int_equal(write_msr(p, STAR, VALUE), ALTP2M_VERDICT_DEFAULT);
    port_drain(p);
    assert_int_equal(p->event_count, 1);
    port_listen(p, 0, 0);
    assert_true(p->msr == STAR && !p->msr_on && p->msrs_told == 4);
}

/* The rule of one that has gone is for the MSRs that it named, whatever later ones name. */
static void test_the_rule_of_msrs(void **state)
{
    struct port *p = *state;
    struct altview_listen later = {.report = BIT(ALTVIEW_EVENT_MSR),
                                   .flags = ALTVIEW_LISTEN_GONE,
                                   .msrs = {.count = 1, .numbers = {STAR}}};

    assert_int_equal(listen_for(p, BIT(ALTVIEW_EVENT_MSR), 0, LSTAR, false), 0);
    assert_int_equal(port_ask(p, ALTVIEW_LISTEN, &later, sizeof(later)), 0);
    assert_true(control_watches_msr(&p->c, LSTAR) && control_watches_msr(&p->c, STAR));
    assert_int_equal(write_msr(p, STAR, VALUE), ALTP2M_VERDICT_DEFAULT);
    assert_int_equal(write_msr(p, LSTAR, VALUE), ALTP2M_VERDICT_GIVE_UP);
}

static void test_refused_msrs(void **state)
{
    static const uint32_t good[] = {0, 0x1fff, 0x40000000, 0xc0001fff, 0xc0011fff};
    static const uint32_t bad[] = {0x2000, 0x3fffffff, 0xc0002000, 0xc000ffff, 0xc0012000};
    struct port *p = *state;
    struct altview_listen many = {.msrs = {.count = ALTVIEW_MSRS + 1}};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(listen_for(p, BIT(ALTVIEW_EVENT_MSR), 0, good[i], false), 0);
        assert_int_equal(listen_for(p, BIT(ALTVIEW_EVENT_MSR), 0, bad[i], false), -XEN_EINVAL);
        assert_int_equal(p->msr, good[i]);
    }
    assert_int_equal(port_ask(p, ALTVIEW_LISTEN, &many, sizeof(many)), -XEN_EINVAL);
    many.msrs = (struct altview_msrs){.pad = 1};
    assert_int_equal(port_ask(p, ALTVIEW_LISTEN, &many, sizeof(many)), -XEN_EINVAL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, port_setup, port_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nobody_listens),
        TEST(test_a_report),
        TEST(test_answers),
        TEST(test_others_are_not_skipped),
        TEST(test_without_an_answer_it_is_written),
        TEST(test_another_is_asked),
        TEST(test_the_rule_stop),
        TEST(test_the_rule_of_what_was_ignored),
        TEST(test_what_is_watched),
        TEST(test_msrs),
        TEST(test_the_rule_of_msrs),
        TEST(test_refused_msrs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
