/* SPDX-License-Identifier: BSD-2-Clause */
/* A hundred thousand events, one after the other. */
#include "scene.h"

#include <time.h>

#define ROUNDTRIPS 100000

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Event, answer, resume, again and again: no event is lost or doubled, and no memory grows. */
static void many_round_trips(void **state)
{
    altview *h = *state;
    struct altview_statistics before, after;
    struct altview_event e;
    uint64_t last = 0;
    double start = seconds();

    scene_restrict(h, XENMEM_access_r);
    scene_listen(h, EVENT(MEM_ACCESS), 0);
    assert_int_equal(altview_statistics(h, 0, &before), 0);
    for (unsigned int i = 0; i < ROUNDTRIPS; i++) {
        assert_int_equal(scene_write(h, i), -EINPROGRESS);
        assert_int_equal(altview_next_event(h, &e, -1), 0);
        assert_int_equal(e.id, last + 1);
        last = e.id;
        scene_answer(h, &e, ALTVIEW_ANSWER_STEP, SCENE_VIEW);
        assert_int_equal(scene_resume(h), 0);
    }
    print_message("%.0f events a second, with sanitizers\n", ROUNDTRIPS / (seconds() - start));
    assert_int_equal(scene_memory(h, SCENE_ADDRESS), ROUNDTRIPS - 1);
    assert_int_equal(altview_statistics(h, 0, &after), 0);
    assert_int_equal(after.events_sent, ROUNDTRIPS);
    assert_int_equal(after.events_answered, ROUNDTRIPS);
    assert_int_equal(after.events_dropped, 0);
    assert_int_equal(after.bad_frames, 0);
    assert_int_equal(after.stray_bytes, 0);
    assert_int_equal(after.pool_free, before.pool_free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_round_trips, scene_setup, scene_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
