/* SPDX-License-Identifier: BSD-2-Clause */
/* The action when the listener does not answer: its rule, and when that applies. */
#include "control/port.h"

#define MEM_ACCESS     (1U << ALTVIEW_EVENT_MEM_ACCESS)
#define SINGLE_STEP    (1U << ALTVIEW_EVENT_SINGLE_STEP)
#define VMFUNC_REFUSED (1U << ALTVIEW_EVENT_VMFUNC_REFUSED)
#define TIMEOUT        (1U << ALTVIEW_EVENT_TIMEOUT)
#define BREAKPOINT     (1U << ALTVIEW_EVENT_BREAKPOINT)

#define UD 6
#define GP 13
#define PF 14

static void listen_by(struct port *p, uint32_t sync, uint32_t report, enum altview_unanswered rule)
{
    assert_int_equal(PORT_ASK(p, ALTVIEW_LISTEN, altview_listen, .sync = sync, .report = report,
                              .flags = ALTVIEW_LISTEN_UNANSWERED(rule)),
                     0);
}

/* A peer that knows it reports that the listener has gone; `report`: events that others still
 * get. */
static void gone(struct port *p, uint32_t sync, uint32_t report)
{
    assert_int_equal(PORT_ASK(p, ALTVIEW_LISTEN, altview_listen, .sync = sync, .report = report,
                              .flags = ALTVIEW_LISTEN_GONE),
                     0);
}

static uint16_t access_now(const struct port *p)
{
    return scene_access(p->scene, 1, PORT_GFN);
}

static struct control_verdict violation_with(struct port *p, unsigned int wants, uint16_t flags)
{
    const struct control_violation v = {.physical = (uint64_t)PORT_GFN << ALTP2M_PAGE_SHIFT,
                                        .gla = 0x7000123,
                                        .wants = wants,
                                        .flags = flags};

    return control_refused(&p->c, PORT_VCPU, ALTP2M_VERDICT_RESTRICTED, &v);
}

/* The result of a refused write, and whether the page is closed afterwards. */
static const struct row {
    enum altview_unanswered rule;
    uint16_t flags;
    enum altp2m_verdict action;
    uint8_t vector;
    uint32_t error_code;
    uint64_t cr2;
    bool opened;
} rows[] = {
    {ALTVIEW_UNANSWERED_DEFAULT, ALTVIEW_EVENT_GLA, ALTP2M_VERDICT_INJECT, GP, 0, 0, false},
    {ALTVIEW_UNANSWERED_LIFT, ALTVIEW_EVENT_GLA, ALTP2M_VERDICT_RUN, 0, 0, 0, true},
    {ALTVIEW_UNANSWERED_STOP, ALTVIEW_EVENT_GLA, ALTP2M_VERDICT_GIVE_UP, 0, 0, 0, false},
    {ALTVIEW_UNANSWERED_DENY_UD, ALTVIEW_EVENT_GLA, ALTP2M_VERDICT_INJECT, UD, 0, 0, false},
    {ALTVIEW_UNANSWERED_DENY_GP, ALTVIEW_EVENT_GLA, ALTP2M_VERDICT_INJECT, GP, 0, 0, false},
    {ALTVIEW_UNANSWERED_DENY_PF, ALTVIEW_EVENT_GLA, ALTP2M_VERDICT_INJECT, PF, 3, 0x7000123, false},
    {ALTVIEW_UNANSWERED_DENY_PF, ALTVIEW_EVENT_GLA | ALTVIEW_EVENT_USER, ALTP2M_VERDICT_INJECT, PF,
     7, 0x7000123, false},
    /* There is no address for the fault. */
    {ALTVIEW_UNANSWERED_DENY_PF, 0, ALTP2M_VERDICT_INJECT, GP, 0, 0, false},
    /* No exception can be raised while another is pending. */
    {ALTVIEW_UNANSWERED_DEFAULT, ALTVIEW_EVENT_DELIVERING, ALTP2M_VERDICT_GIVE_UP, 0, 0, 0, false},
    {ALTVIEW_UNANSWERED_DENY_PF, ALTVIEW_EVENT_DELIVERING, ALTP2M_VERDICT_GIVE_UP, 0, 0, 0, false},
    {ALTVIEW_UNANSWERED_LIFT, ALTVIEW_EVENT_DELIVERING, ALTP2M_VERDICT_RUN, 0, 0, 0, true},
};

static void check_row(struct port *p, const struct row *r, struct control_verdict got)
{
    assert_int_equal(got.action, r->action);
    assert_int_equal(got.vector, r->vector);
    assert_int_equal(got.error_code, r->error_code);
    assert_int_equal(got.cr2, r->cr2);
    assert_int_equal(access_now(p), r->opened ? XENMEM_access_rwx : XENMEM_access_r);
    scene_set_access(p->scene, 1, PORT_GFN, XENMEM_access_r);
}

/* The error code reports a fetch where the guest's own would. */
static void test_denied_fetch(void **state)
{
    struct port *p = *state;
    struct control_violation v = {.physical = (uint64_t)PORT_GFN << ALTP2M_PAGE_SHIFT,
                                  .gla = 0x7000123,
                                  .wants = ALTP2M_X,
                                  .flags = ALTVIEW_EVENT_GLA | ALTVIEW_EVENT_USER};

    scene_set_access(p->scene, 1, PORT_GFN, XENMEM_access_rw);
    listen_by(p, MEM_ACCESS, 0, ALTVIEW_UNANSWERED_DENY_PF);
    gone(p, 0, 0);
    assert_int_equal(control_refused(&p->c, PORT_VCPU, ALTP2M_VERDICT_RESTRICTED, &v).error_code,
                     5);
    v.tells_fetches = true;
    assert_int_equal(control_refused(&p->c, PORT_VCPU, ALTP2M_VERDICT_RESTRICTED, &v).error_code,
                     0x15);
}

/* After the timeout. A listener that has missed one gets no more events, but its rule stays. */
static void test_no_answer_in_time(void **state)
{
    struct port *p = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        listen_by(p, MEM_ACCESS, TIMEOUT, rows[i].rule);
        assert_int_equal(violation_with(p, ALTP2M_W, rows[i].flags).action, ALTP2M_VERDICT_WAIT);
        port_pass(p, 5000);
        check_row(p, &rows[i], control_resume(&p->c, PORT_VCPU));
        check_row(p, &rows[i], violation_with(p, ALTP2M_W, rows[i].flags));
        port_drain(p);
    }
}

/* At once, by the same rules. */
static void test_who_was_to_answer_has_gone(void **state)
{
    struct port *p = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        listen_by(p, MEM_ACCESS, 0, rows[i].rule);
        assert_int_equal(violation_with(p, ALTP2M_W, rows[i].flags).action, ALTP2M_VERDICT_WAIT);
        gone(p, 0, 0);
        check_row(p, &rows[i], control_resume(&p->c, PORT_VCPU));
        check_row(p, &rows[i], violation_with(p, ALTP2M_W, rows[i].flags));
    }
}

/* A listener that ends in order has its rule for its open events, and none for later ones. */
static void test_farewell(void **state)
{
    struct port *p = *state;

    listen_by(p, MEM_ACCESS, 0, ALTVIEW_UNANSWERED_DENY_UD);
    port_wait(p);
    port_listen(p, 0, 0);
    assert_int_equal(control_resume(&p->c, PORT_VCPU).vector, UD);
    assert_int_equal(access_now(p), XENMEM_access_r);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_RUN);
    assert_int_equal(access_now(p), XENMEM_access_rwx);
}

/* A listener that only watches, or stops watching, does not change the rule. */
static void test_a_rule_outlives_who_only_watches(void **state)
{
    struct port *p = *state;

    port_listen(p, MEM_ACCESS, 0);
    gone(p, 0, 0);
    port_listen(p, 0, MEM_ACCESS);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_INJECT);
    port_drain(p);
    assert_int_equal(port_last_event(p)->outcome, ALTVIEW_OUTCOME_DENIED);
    assert_int_equal(port_last_event(p)->flags, ALTVIEW_EVENT_GLA); /* no vCPU waits */
    port_listen(p, 0, 0);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_INJECT);
    /* The next listener that answers replaces it. */
    port_listen(p, MEM_ACCESS, 0);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_WAIT);
    port_listen(p, 0, 0);
    assert_int_equal(control_resume(&p->c, PORT_VCPU).action, ALTP2M_VERDICT_INJECT);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_RUN);
}

/* A listener for other events leaves those that it does not name unchanged. */
static void test_taking_over_is_by_type(void **state)
{
    struct port *p = *state;

    listen_by(p, MEM_ACCESS | BREAKPOINT, 0, ALTVIEW_UNANSWERED_STOP);
    gone(p, 0, 0);
    listen_by(p, BREAKPOINT, 0, ALTVIEW_UNANSWERED_LIFT);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_GIVE_UP);
    assert_int_equal(control_breakpoint(&p->c, 0, 0).action, ALTP2M_VERDICT_WAIT);
    /* One goes and another comes at the same moment. */
    gone(p, MEM_ACCESS, 0);
    assert_int_equal(control_resume(&p->c, 0).action, ALTP2M_VERDICT_DEFAULT);
    assert_int_equal(control_breakpoint(&p->c, 0, 0).action, ALTP2M_VERDICT_DEFAULT);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_WAIT);
}

/* The rule of the listener that got the event decides about it. */
static void test_the_rule_is_of_who_was_asked(void **state)
{
    struct port *p = *state;

    listen_by(p, MEM_ACCESS, 0, ALTVIEW_UNANSWERED_DENY_UD);
    port_wait(p);
    listen_by(p, MEM_ACCESS, 0, ALTVIEW_UNANSWERED_LIFT);
    port_pass(p, 5000);
    assert_int_equal(control_resume(&p->c, PORT_VCPU).vector, UD);
    assert_int_equal(access_now(p), XENMEM_access_r);
}

/* Other events: as without a listener, unless the rule stops the guest. */
static void test_other_events(void **state)
{
    struct port *p = *state;
    const uint32_t all = SINGLE_STEP | VMFUNC_REFUSED | BREAKPOINT;

    port_listen(p, all, 0);
    gone(p, 0, 0);
    assert_int_equal(control_breakpoint(&p->c, 0, 0).action, ALTP2M_VERDICT_DEFAULT);
    assert_int_equal(control_vmfunc_refused(&p->c, 0, 0, 3).action, ALTP2M_VERDICT_DEFAULT);
    assert_int_equal(control_done(&p->c, 0, ALTVIEW_EVENT_SINGLE_STEP).action, ALTP2M_VERDICT_RUN);
    listen_by(p, all, 0, ALTVIEW_UNANSWERED_STOP);
    gone(p, 0, all);
    assert_int_equal(control_breakpoint(&p->c, 0, 0).action, ALTP2M_VERDICT_GIVE_UP);
    assert_int_equal(control_vmfunc_refused(&p->c, 0, 0, 3).action, ALTP2M_VERDICT_GIVE_UP);
    assert_int_equal(control_done(&p->c, 0, ALTVIEW_EVENT_SINGLE_STEP).action,
                     ALTP2M_VERDICT_GIVE_UP);
    port_drain(p);
    assert_int_equal(port_last_event(p)->outcome, ALTVIEW_OUTCOME_STOPPED);
    listen_by(p, BREAKPOINT, 0, ALTVIEW_UNANSWERED_STOP);
    assert_int_equal(control_breakpoint(&p->c, 0, 0).action, ALTP2M_VERDICT_WAIT);
    port_pass(p, 5000);
    assert_int_equal(control_resume(&p->c, 0).action, ALTP2M_VERDICT_GIVE_UP);
}

/* The page was opened while its vCPU waited: there is nothing to deny. */
static void test_what_is_allowed_by_then(void **state)
{
    struct port *p = *state;

    listen_by(p, MEM_ACCESS, 0, ALTVIEW_UNANSWERED_STOP);
    port_wait(p);
    scene_set_access(p->scene, 1, PORT_GFN, XENMEM_access_rw);
    port_pass(p, 5000);
    assert_int_equal(control_resume(&p->c, PORT_VCPU).action, ALTP2M_VERDICT_RUN);
    assert_int_equal(access_now(p), XENMEM_access_rw);
}

/* access_required is a rule too, and a stricter one. A listener that names a rule has its own. */
static void test_where_somebody_must_listen(void **state)
{
    struct port *p = *state;

    p->d->config.access_required = true;
    port_listen(p, MEM_ACCESS, 0);
    gone(p, 0, 0);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_STOP);
    listen_by(p, MEM_ACCESS, 0, ALTVIEW_UNANSWERED_LIFT);
    gone(p, 0, 0);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_STOP);
    listen_by(p, MEM_ACCESS, 0, ALTVIEW_UNANSWERED_DENY_GP);
    gone(p, 0, 0);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_INJECT);
}

/* access_required changes while the guest runs: its value at the refused access counts. */
static void test_somebody_must_listen_from_now_on(void **state)
{
    struct port *p = *state;

    assert_int_equal(PORT_ASK(p, ALTVIEW_SET_REQUIRED, altview_required, .required = 1), 0);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_STOP);
    port_listen(p, MEM_ACCESS, 0);
    port_wait(p);
    assert_int_equal(PORT_ASK(p, ALTVIEW_SET_REQUIRED, altview_required, .required = 0), 0);
    gone(p, 0, 0);
    assert_int_equal(control_resume(&p->c, PORT_VCPU).action, ALTP2M_VERDICT_STOP); /* as asked */
    port_listen(p, 0, 0);
    port_listen(p, MEM_ACCESS, 0);
    port_listen(p, 0, 0);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_RUN);
    assert_int_equal(access_now(p), XENMEM_access_rwx);
}

/* A peer that is silent while a vCPU is paused counts as gone, too. */
static void test_silence(void **state)
{
    struct port *p = *state;

    port_listen(p, MEM_ACCESS, 0);
    assert_int_equal(PORT_ASK(p, ALTVIEW_PAUSE, altview_which_vcpu, .vcpu = 0), 0);
    port_pass(p, 5000);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_INJECT);
    assert_int_equal(access_now(p), XENMEM_access_r);
}

static void test_hello_tells(void **state)
{
    struct port *p = *state;
    const struct altview_hello *hello = (const void *)p->payload;

    port_listen(p, MEM_ACCESS, 0);
    assert_int_equal(port_ask(p, ALTVIEW_HELLO, NULL, 0), 0);
    assert_false(hello->flags & ALTVIEW_HELLO_UNANSWERED);
    gone(p, 0, 0);
    assert_int_equal(port_ask(p, ALTVIEW_HELLO, NULL, 0), 0);
    assert_true(hello->flags & ALTVIEW_HELLO_UNANSWERED);
    port_listen(p, MEM_ACCESS, 0);
    assert_int_equal(port_ask(p, ALTVIEW_HELLO, NULL, 0), 0);
    assert_false(hello->flags & ALTVIEW_HELLO_UNANSWERED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, port_setup, port_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_denied_fetch),
        TEST(test_no_answer_in_time),
        TEST(test_who_was_to_answer_has_gone),
        TEST(test_farewell),
        TEST(test_a_rule_outlives_who_only_watches),
        TEST(test_taking_over_is_by_type),
        TEST(test_the_rule_is_of_who_was_asked),
        TEST(test_other_events),
        TEST(test_what_is_allowed_by_then),
        TEST(test_where_somebody_must_listen),
        TEST(test_somebody_must_listen_from_now_on),
        TEST(test_silence),
        TEST(test_hello_tells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
