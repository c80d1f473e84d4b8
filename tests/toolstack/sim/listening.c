/* SPDX-License-Identifier: BSD-2-Clause */
/* Which listener gets an event and which one decides: none, one that only watches, one that stops
 * listening, one that is late. */
#include "scene.h"

#include <poll.h>
#include <unistd.h>

#define STATUS_STOPPED 71
#define SHORT_MS       20

static void nobody_listens(void **state)
{
    altview *h = *state;

    scene_restrict(h, XENMEM_access_n);
    assert_int_equal(scene_write(h, 1), 0);
    assert_int_equal(scene_access(h, SCENE_VIEW), XENMEM_access_rwx); /* lifted, as in Xen */
    scene_no_event(h);
}

static void who_reports_is_told_and_not_asked(void **state)
{
    struct altview_event e;
    altview *h = *state;

    scene_restrict(h, XENMEM_access_n);
    scene_listen(h, 0, EVENT(MEM_ACCESS));
    assert_int_equal(scene_write(h, 1), 0);
    e = scene_event(h, ALTVIEW_EVENT_MEM_ACCESS);
    assert_int_equal(e.outcome, ALTVIEW_OUTCOME_LIFTED);
    assert_false(e.flags & ALTVIEW_EVENT_SYNC);
    assert_int_equal(scene_access(h, SCENE_VIEW), XENMEM_access_rwx);
}

static void n2rwx_converts_and_tells(void **state)
{
    struct altview_event e;
    altview *h = *state;

    scene_restrict(h, XENMEM_access_n2rwx);
    scene_listen(h, EVENT(MEM_ACCESS), 0);
    assert_int_equal(scene_write(h, 1), 0);
    e = scene_event(h, ALTVIEW_EVENT_MEM_ACCESS);
    assert_int_equal(e.outcome, ALTVIEW_OUTCOME_CONVERTED);
    assert_int_equal(e.access, XENMEM_access_n2rwx);
    assert_int_equal(scene_access(h, SCENE_VIEW), XENMEM_access_rwx);
}

static void rx2rw_converts_in_silence(void **state)
{
    altview *h = *state;

    scene_restrict(h, XENMEM_access_rx2rw);
    scene_listen(h, EVENT(MEM_ACCESS), 0);
    assert_int_equal(scene_write(h, 1), 0);
    assert_int_equal(scene_access(h, SCENE_VIEW), XENMEM_access_rw);
    scene_no_event(h);
}

static void brief_events_leave_registers_away(void **state)
{
    const struct altview_listen listen = {.sync = EVENT(MEM_ACCESS), .flags = ALTVIEW_LISTEN_BRIEF};
    struct altview_event e;
    altview *h = *state;

    scene_restrict(h, XENMEM_access_n);
    assert_int_equal(altview_listen(h, &listen), 0);
    assert_int_equal(scene_write(h, 1), -EINPROGRESS);
    e = scene_event(h, ALTVIEW_EVENT_MEM_ACCESS);
    assert_int_equal(e.gfn, SCENE_GFN);
    assert_int_equal(e.general.rip, 0);
    assert_int_equal(e.instruction_size, 0);
}

/* access_required: an access without a listener that decides ends the guest. */
static void required_listener_is_missing(void **state)
{
    altview *h = scene_open(",access_required");
    struct altview_event e;

    (void)state;
    scene_restrict(h, XENMEM_access_r);
    scene_listen(h, 0, EVENT(MEM_ACCESS) | EVENT(SHUTDOWN));
    assert_int_equal(scene_write(h, 1), -ECANCELED);
    assert_int_equal(scene_event(h, ALTVIEW_EVENT_MEM_ACCESS).outcome, ALTVIEW_OUTCOME_STOPPED);
    e = scene_event(h, ALTVIEW_EVENT_SHUTDOWN);
    assert_int_equal(e.status, STATUS_STOPPED);
    assert_int_equal(scene_memory(h, SCENE_ADDRESS), 0);
    /* The guest does not come back. */
    assert_int_equal(altview_sim_step(h, 0), -ECANCELED);
    altview_close(h);
}

/* The monitor goes away while a vCPU waits on it: the monitor's rule decides. */
static void listening_ends_while_a_vcpu_waits(void **state)
{
    altview *h = *state;

    scene_restrict(h, XENMEM_access_r);
    scene_listen(h, EVENT(MEM_ACCESS), 0);
    assert_int_equal(scene_write(h, 7), -EINPROGRESS);
    assert_int_equal(scene_resume(h), -EINPROGRESS);
    scene_listen(h, 0, 0);
    assert_int_equal(scene_resume(h), -EFAULT);
    assert_int_equal(scene_memory(h, SCENE_ADDRESS), 0);
    assert_int_equal(scene_access(h, SCENE_VIEW), XENMEM_access_r);
}

/* The domain goes with its handle, whatever its vCPUs were doing (the sanitizer finds leaks). */
static void handle_is_closed_while_a_vcpu_waits(void **state)
{
    altview *h = scene_open(",vcpus=2");

    (void)state;
    scene_restrict(h, XENMEM_access_r);
    scene_listen(h, EVENT(MEM_ACCESS), 0);
    assert_int_equal(scene_write(h, 7), -EINPROGRESS);
    assert_int_equal(altview_pause(h, 1), 0);
    altview_close(h);
}

static void late_answers_count_for_nothing(void **state)
{
    const struct altview_listen listen = {.sync = EVENT(MEM_ACCESS), .timeout_ms = SHORT_MS};
    struct altview_event e;
    struct altview_answer answer;
    altview *h = *state;
    int rc;

    scene_restrict(h, XENMEM_access_r);
    assert_int_equal(altview_listen(h, &listen), 0);
    assert_int_equal(scene_write(h, 7), -EINPROGRESS);
    e = scene_event(h, ALTVIEW_EVENT_MEM_ACCESS);
    do {
        usleep(1000);
        rc = scene_resume(h);
    } while (rc == -EINPROGRESS);
    assert_int_equal(rc, -EFAULT); /* #GP: the page stays closed */
    assert_int_equal(scene_access(h, SCENE_VIEW), XENMEM_access_r);
    assert_int_equal(scene_event(h, ALTVIEW_EVENT_TIMEOUT).status, ALTVIEW_EVENT_MEM_ACCESS);
    answer = (struct altview_answer){.event = e.id};
    assert_int_equal(altview_answer(h, &answer), -ESRCH);
    /* A listener that was late gets no more events; its rule holds. */
    assert_int_equal(scene_write(h, 8), -EFAULT);
    assert_int_equal(scene_access(h, SCENE_VIEW), XENMEM_access_r);
    scene_no_event(h);
}

/* A thread that only waits for events learns of the passed time as well. */
static void timeout_wakes_who_waits_for_events(void **state)
{
    const struct altview_listen listen = {.sync = EVENT(MEM_ACCESS), .timeout_ms = SHORT_MS};
    struct altview_event e;
    altview *h = *state;

    scene_restrict(h, XENMEM_access_r);
    assert_int_equal(altview_listen(h, &listen), 0);
    assert_int_equal(scene_write(h, 7), -EINPROGRESS);
    scene_event(h, ALTVIEW_EVENT_MEM_ACCESS);
    assert_int_equal(altview_next_event(h, &e, -1), 0);
    assert_int_equal(e.type, ALTVIEW_EVENT_TIMEOUT);
    assert_int_equal(scene_resume(h), -EFAULT);
}

static bool is_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    assert_true(poll(&p, 1, 0) >= 0);
    return p.revents & POLLIN;
}

static void event_fd_is_readable_while_there_are_events(void **state)
{
    altview *h = *state;
    int fd = altview_event_fd(h);

    assert_true(fd >= 0);
    assert_false(is_readable(fd));
    scene_listen(h, 0, EVENT(MEM_ACCESS));
    for (unsigned int i = 0; i < 2; i++) {
        scene_restrict(h, XENMEM_access_n);
        assert_int_equal(scene_write(h, 1), 0);
    }
    for (unsigned int i = 0; i < 2; i++) {
        assert_true(is_readable(fd));
        scene_event(h, ALTVIEW_EVENT_MEM_ACCESS);
    }
    assert_false(is_readable(fd));
}

/* A monitor that does not read: events without room are dropped and counted, and the guest goes
 * on. */
static void events_that_nobody_reads_are_dropped(void **state)
{
    struct altview_statistics s;
    altview *h = *state;

    scene_listen(h, 0, EVENT(SINGLE_STEP));
    assert_int_equal(altview_single_step(h, 0, true), 0);
    for (unsigned int i = 0; i < 1000; i++) {
        assert_int_equal(altview_sim_step(h, 0), 0);
    }
    assert_int_equal(altview_statistics(h, 0, &s), 0);
    assert_true(s.events_dropped > 0);
    assert_int_equal(s.events_sent + s.events_dropped, 1000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nobody_listens),
        TEST(who_reports_is_told_and_not_asked),
        TEST(n2rwx_converts_and_tells),
        TEST(rx2rw_converts_in_silence),
        TEST(brief_events_leave_registers_away),
        cmocka_unit_test(required_listener_is_missing),
        TEST(listening_ends_while_a_vcpu_waits),
        cmocka_unit_test(handle_is_closed_while_a_vcpu_waits),
        TEST(late_answers_count_for_nothing),
        TEST(timeout_wakes_who_waits_for_events),
        TEST(event_fd_is_readable_while_there_are_events),
        TEST(events_that_nobody_reads_are_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
