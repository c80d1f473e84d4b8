/* SPDX-License-Identifier: BSD-2-Clause */
/* Policies decide without an event: each test has a listener, which must get none. */
#include "scene.h"

#define EVERY_READ 3

static int setup(void **state)
{
    scene_setup(state);
    scene_restrict(*state, XENMEM_access_n);
    scene_listen(*state, EVENT(MEM_ACCESS), 0);
    return 0;
}

static void lift_gives_the_page_for_good(void **state)
{
    altview *h = *state;
    uint64_t value;

    assert_int_equal(altview_set_policy(h, SCENE_VIEW, ALTVIEW_POLICY_LIFT, 0), 0);
    assert_int_equal(scene_read_text(h, &value), 0);
    assert_int_equal(value, SCENE_REAL_TEXT);
    assert_int_equal(scene_access(h, SCENE_VIEW), XENMEM_access_rwx);
    scene_no_event(h);
}

static void report_lets_through_and_tells(void **state)
{
    altview *h = *state;
    uint64_t value;

    assert_int_equal(altview_set_policy(h, SCENE_VIEW, ALTVIEW_POLICY_REPORT, 0), 0);
    for (unsigned int i = 0; i < EVERY_READ; i++) {
        struct altview_event e;

        assert_int_equal(scene_read_text(h, &value), 0);
        assert_int_equal(value, SCENE_REAL_TEXT);
        e = scene_event(h, ALTVIEW_EVENT_MEM_ACCESS);
        assert_int_equal(e.outcome, ALTVIEW_OUTCOME_STEPPED);
        assert_false(e.flags & ALTVIEW_EVENT_SYNC);
        assert_int_equal(e.access, XENMEM_access_n);
    }
    assert_int_equal(scene_access(h, SCENE_VIEW), XENMEM_access_n);
}

/* The most frequent event of introspection: a read of a page with hidden contents gets the clean
 * page. */
static void step_reads_the_other_views_page(void **state)
{
    altview *h = *state;
    uint64_t rip, value;

    assert_int_equal(altview_set_policy(h, SCENE_VIEW, ALTVIEW_POLICY_STEP, SCENE_OTHER), 0);
    rip = scene_vcpu(h).rip;
    for (unsigned int i = 1; i <= EVERY_READ; i++) {
        assert_int_equal(scene_read_text(h, &value), 0);
        assert_int_equal(value, SCENE_FALSE_TEXT);
        assert_int_equal(scene_vcpu(h).view, SCENE_VIEW);
        assert_int_equal(scene_vcpu(h).rip, rip + i);
    }
    assert_int_equal(scene_access(h, SCENE_VIEW), XENMEM_access_n);
    scene_no_event(h);
}

/* If the other view refuses the access too, that view decides. */
static void step_into_a_view_that_asks(void **state)
{
    altview *h = *state;
    struct altview_event e;
    uint64_t value = 0;

    assert_int_equal(altview_set_policy(h, SCENE_VIEW, ALTVIEW_POLICY_STEP, SCENE_OTHER), 0);
    assert_int_equal(altview_set_access(h, SCENE_OTHER, SCENE_GFN, 1, XENMEM_access_n), 0);
    assert_int_equal(scene_read_text(h, &value), -EINPROGRESS);
    e = scene_event(h, ALTVIEW_EVENT_MEM_ACCESS);
    assert_int_equal(e.view, SCENE_OTHER);
    scene_answer(h, &e, ALTVIEW_ANSWER_LIFT, 0);
    assert_int_equal(altview_sim_resume(h, 0, &value), 0);
    assert_int_equal(value, SCENE_FALSE_TEXT);
    assert_int_equal(scene_vcpu(h).view, SCENE_VIEW);
    assert_int_equal(scene_access(h, SCENE_OTHER), XENMEM_access_rwx);
    assert_int_equal(scene_access(h, SCENE_VIEW), XENMEM_access_n);
}

/* Both views refuse the page, and each sends a vCPU that needs it to the other. */
static void refuse_in_both(altview *h, enum altview_policy here, enum altview_policy there)
{
    assert_int_equal(altview_set_access(h, SCENE_OTHER, SCENE_GFN, 1, XENMEM_access_n), 0);
    assert_int_equal(altview_set_policy(h, SCENE_VIEW, here, SCENE_OTHER), 0);
    assert_int_equal(altview_set_policy(h, SCENE_OTHER, there, SCENE_VIEW), 0);
}

static void check_refused_in_both(altview *h)
{
    assert_int_equal(scene_access(h, SCENE_VIEW), XENMEM_access_n);
    assert_int_equal(scene_access(h, SCENE_OTHER), XENMEM_access_n);
}

/* Two views that send each other the accesses that they refuse: the guest must still make
 * progress. */
static void policies_in_a_circle_come_to_an_end(void **state)
{
    altview *h = *state;
    uint64_t value;

    refuse_in_both(h, ALTVIEW_POLICY_STEP, ALTVIEW_POLICY_STEP);
    for (unsigned int i = 0; i < EVERY_READ; i++) {
        assert_int_equal(scene_read_text(h, &value), 0);
        assert_int_equal(scene_vcpu(h).view, SCENE_VIEW);
    }
    check_refused_in_both(h);
}

/* The vCPU goes to the other view and stays there. That view decides about the access. */
static void switch_goes_on_in_the_other_view(void **state)
{
    altview *h = *state;
    uint64_t value;

    assert_int_equal(altview_set_policy(h, SCENE_VIEW, ALTVIEW_POLICY_SWITCH, SCENE_OTHER), 0);
    assert_int_equal(scene_read_text(h, &value), 0);
    assert_int_equal(value, SCENE_FALSE_TEXT);
    assert_int_equal(scene_vcpu(h).view, SCENE_OTHER);
    assert_int_equal(scene_access(h, SCENE_VIEW), XENMEM_access_n);
    scene_no_event(h);
}

/* One sends the vCPU on, the other steps in the first: by themselves they would never end. */
static void a_switch_and_a_step_come_to_an_end(void **state)
{
    altview *h = *state;
    uint64_t value;

    refuse_in_both(h, ALTVIEW_POLICY_SWITCH, ALTVIEW_POLICY_STEP);
    assert_int_equal(scene_read_text(h, &value), 0);
    check_refused_in_both(h);
    scene_no_event(h);
}

static void statistics_count_silent_decisions(void **state)
{
    struct altview_statistics s;
    altview *h = *state;
    uint64_t value;

    assert_int_equal(altview_set_policy(h, SCENE_VIEW, ALTVIEW_POLICY_STEP, SCENE_OTHER), 0);
    assert_int_equal(scene_read_text(h, &value), 0);
    assert_int_equal(altview_set_policy(h, SCENE_VIEW, ALTVIEW_POLICY_LIFT, 0), 0);
    assert_int_equal(scene_read_text(h, &value), 0);
    assert_int_equal(altview_statistics(h, 0, &s), 0);
    assert_int_equal(s.policy_steps, 1);
    assert_int_equal(s.policy_lifts, 1);
    assert_int_equal(s.events_sent, 0);
    assert_int_equal(s.exits[48], 2); /* EPT violations */
}

/* The policy goes with its view: then the listener gets the event. */
static void policy_ends_with_the_view_it_names(void **state)
{
    altview *h = *state;
    uint64_t value;

    assert_int_equal(altview_set_policy(h, SCENE_VIEW, ALTVIEW_POLICY_STEP, SCENE_OTHER), 0);
    assert_int_equal(altview_destroy_view(h, SCENE_OTHER), 0);
    assert_int_equal(scene_read_text(h, &value), -EINPROGRESS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, scene_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lift_gives_the_page_for_good),        TEST(report_lets_through_and_tells),
        TEST(step_reads_the_other_views_page),     TEST(step_into_a_view_that_asks),
        TEST(policies_in_a_circle_come_to_an_end), TEST(statistics_count_silent_decisions),
        TEST(policy_ends_with_the_view_it_names),  TEST(switch_goes_on_in_the_other_view),
        TEST(a_switch_and_a_step_come_to_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
