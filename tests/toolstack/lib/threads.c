/* SPDX-License-Identifier: BSD-2-Clause */
/* Several threads on one handle. A build with the thread sanitizer runs the tests too. */
#include "peer.h"

#include "toolstack/lib/event_queue.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ASKERS   4
#define REQUESTS 200
#define WATCHERS 3
#define PATIENCE 60000

/* Echoes every request, after an event. */
static void echo(struct peer *p)
{
    struct request r;
    uint64_t id = 0;

    while (peer_receive(p, &r)) {
        peer_event(p, ++id, 0);
        peer_reply(p, &r, 0, r.payload, r.frame.length);
    }
}

static struct transport *line;
static atomic_uint answered, events;

static void *ask_often(void *context)
{
    const uint32_t *who = context;
    uint32_t question[2] = {*who}, reply[2];
    size_t size;

    for (question[1] = 0; question[1] < REQUESTS; question[1]++) {
        int rc = line->ops->request(line, ALTVIEW_READ, question, sizeof(question), reply,
                                    sizeof(reply), &size, PATIENCE);
        CHECK(!rc && size == sizeof(reply) && !memcmp(question, reply, size));
        answered++;
    }
    return NULL;
}

/* Waits without a time limit, like a monitor. The wait ends when the peer closes the line. */
static void *watch(void *context)
{
    struct altview_event e;
    uint64_t last = 0;
    int rc;

    (void)context;
    while (!(rc = line->ops->next_event(line, &e, -1))) {
        CHECK(e.id > last && !e.lost); /* each thread gets its events in order, none lost */
        last = e.id;
        events++;
    }
    CHECK(rc == -ENOTCONN);
    return NULL;
}

/* Takes the waiting events, and does not wait for more. */
static void *glance(void *context)
{
    struct altview_event e;
    int rc;

    (void)context;
    while ((rc = line->ops->next_event(line, &e, 1)) != -ENOTCONN) {
        CHECK(!rc || rc == -EAGAIN);
        events += !rc;
    }
    return NULL;
}

/* The peer is never ahead of the watchers by more than the queue holds, however late they run.
 * Another test covers what the queue drops beyond that. */
static void echo_then_hang_up(struct peer *p)
{
    struct request r;
    uint64_t id = 0;

    for (int i = 0; i < ASKERS * REQUESTS; i++) {
        CHECK(peer_receive(p, &r));
        while (id - events >= EVENT_QUEUE_SIZE) {
            usleep(100);
        }
        peer_event(p, ++id, 0);
        peer_reply(p, &r, 0, r.payload, r.frame.length);
    }
}

static void start(pthread_t *thread, void *(*run)(void *), void *context)
{
    assert_int_equal(pthread_create(thread, NULL, run, context), 0);
}

static void join(pthread_t *threads, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

static void requests_and_events_at_once(void **state)
{
    pthread_t askers[ASKERS], watchers[WATCHERS];
    uint32_t names[ASKERS];
    struct peer p;

    (void)state;
    answered = events = 0;
    line = peer_start(&p, echo_then_hang_up);
    for (unsigned int i = 0; i < WATCHERS; i++) {
        start(&watchers[i], i ? watch : glance, NULL);
    }
    for (uint32_t i = 0; i < ASKERS; i++) {
        names[i] = i;
        start(&askers[i], ask_often, &names[i]);
    }
    join(askers, ASKERS);
    join(watchers, WATCHERS);
    assert_int_equal(answered, ASKERS * REQUESTS);
    assert_int_equal(events, ASKERS * REQUESTS);
    line->ops->close(line);
    peer_join(&p);
}

/* Without a watcher the events wait in the queue, and the caller may ask for event_fd meanwhile. */
static void *ask_for_fd(void *context)
{
    int *fd = context;

    *fd = line->ops->event_fd(line);
    return NULL;
}

static void event_fd_is_one_for_all(void **state)
{
    pthread_t threads[ASKERS], asker;
    uint32_t name = 0;
    int fds[ASKERS];
    struct peer p;

    (void)state;
    line = peer_start(&p, echo);
    start(&asker, ask_often, &name);
    for (int i = 0; i < ASKERS; i++) {
        start(&threads[i], ask_for_fd, &fds[i]);
    }
    join(threads, ASKERS);
    join(&asker, 1);
    for (int i = 0; i < ASKERS; i++) {
        assert_true(fds[i] >= 0);
        assert_int_equal(fds[i], fds[0]);
    }
    line->ops->close(line);
    peer_join(&p);
}

/* The thread that reads the line gives up before the thread that waits for a reply. The latter must
 * take over the reading. */
static void late_reply(struct peer *p)
{
    struct request r;

    CHECK(peer_receive(p, &r));
    CHECK(peer_hears_nothing(p, 100));
    peer_reply(p, &r, 0, r.payload, r.frame.length);
    peer_wait_for_end(p);
}

static void *watch_shortly(void *context)
{
    struct altview_event e;

    (void)context;
    CHECK(line->ops->next_event(line, &e, 20) == -EAGAIN);
    return NULL;
}

static void the_line_is_handed_over(void **state)
{
    uint32_t question = 5, reply = 0;
    pthread_t watcher;
    struct peer p;
    size_t size;

    (void)state;
    line = peer_start(&p, late_reply);
    start(&watcher, watch_shortly, NULL);
    int rc = line->ops->request(line, ALTVIEW_READ, &question, sizeof(question), &reply,
                                sizeof(reply), &size, PATIENCE);
    assert_int_equal(rc, 0);
    assert_int_equal(reply, 5);
    join(&watcher, 1);
    line->ops->close(line);
    peer_join(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_and_events_at_once),
        cmocka_unit_test(event_fd_is_one_for_all),
        cmocka_unit_test(the_line_is_handed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
