/* SPDX-License-Identifier: BSD-2-Clause */
/* vCPUs and their monitor in threads of their own, on one handle. */
#include "scene.h"

#include <pthread.h>
#include <sched.h>

#define VCPUS    4
#define ACCESSES 500

struct guest {
    altview *handle;
    unsigned int vcpu;
    unsigned int done; /* accesses that have happened */
};

/* cmocka's asserts work only in the main thread. The other threads count their successes. */
static int write_once(const struct guest *g, uint64_t value)
{
    uint64_t address = SCENE_PAGE + 8 * g->vcpu;
    int rc = altview_sim_access(g->handle, g->vcpu, WRITE, address, 8, &value);

    while (rc == -EINPROGRESS) {
        sched_yield();
        rc = altview_sim_resume(g->handle, g->vcpu, NULL);
    }
    return rc;
}

static void *run_guest(void *argument)
{
    struct guest *g = argument;

    for (uint64_t i = 1; i <= ACCESSES; i++) {
        g->done += write_once(g, i) == 0;
    }
    return NULL;
}

/* The monitor sleeps in next_event, and other threads' accesses wake it. */
static void answer_all(altview *h, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++) {
        struct altview_event e;
        struct altview_answer answer;

        assert_int_equal(altview_next_event(h, &e, -1), 0);
        assert_int_equal(e.type, ALTVIEW_EVENT_MEM_ACCESS);
        answer = (struct altview_answer){
            .event = e.id, .vcpu = e.vcpu, .actions = ALTVIEW_ANSWER_STEP, .view = e.view};
        assert_int_equal(altview_answer(h, &answer), 0);
    }
}

static void monitor_serves_several_vcpus(void **state)
{
    altview *h = scene_open(",vcpus=4");
    const struct altview_listen listen = {.sync = EVENT(MEM_ACCESS), .timeout_ms = 60000};
    struct guest guests[VCPUS];
    pthread_t threads[VCPUS];

    (void)state;
    scene_restrict(h, XENMEM_access_r);
    assert_int_equal(altview_listen(h, &listen), 0);
    for (unsigned int i = 0; i < VCPUS; i++) {
        guests[i] = (struct guest){.handle = h, .vcpu = i};
        assert_int_equal(pthread_create(&threads[i], NULL, run_guest, &guests[i]), 0);
    }
    answer_all(h, VCPUS * ACCESSES);
    for (unsigned int i = 0; i < VCPUS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(guests[i].done, ACCESSES);
        assert_int_equal(scene_memory(h, SCENE_PAGE + 8 * i), ACCESSES);
    }
    scene_no_event(h);
    altview_close(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(monitor_serves_several_vcpus),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
