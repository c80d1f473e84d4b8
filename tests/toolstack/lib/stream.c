/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream and a peer that breaks the rules. */
#include "peer.h"

#include "toolstack/lib/event_queue.h"
#include "toolstack/lib/transport.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* PATIENCE is long enough for an answer on a busy machine; a wait for no answer is short. */
#define PATIENCE 60000
#define SHORTLY  200

static uint8_t reply[ALTVIEW_CONTROL_MAX_PAYLOAD];
static size_t reply_size;

static int ask(struct transport *t, unsigned int milliseconds)
{
    return t->ops->request(t, ALTVIEW_READ, "question", 8, reply, sizeof(reply), &reply_size,
                           milliseconds);
}

static int next(struct transport *t, struct altview_event *e, int milliseconds)
{
    return t->ops->next_event(t, e, milliseconds);
}

static void finish(struct transport *t, struct peer *p)
{
    t->ops->close(t);
    peer_join(p);
}

static void assert_answered(int rc)
{
    assert_int_equal(rc, 0);
    assert_int_equal(reply_size, 6);
    assert_memory_equal(reply, "answer", 6);
}

static void give_answer(struct peer *p, const struct request *r)
{
    peer_reply(p, r, 0, "answer", 6);
}

static void answer_all(struct peer *p)
{
    struct request r;

    while (peer_receive(p, &r)) {
        CHECK(r.frame.length == 8 && !memcmp(r.payload, "question", 8));
        give_answer(p, &r);
    }
}

static void a_request_gets_its_reply(void **state)
{
    struct peer p;
    struct transport *t = peer_start(&p, answer_all);

    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_answered(ask(t, PATIENCE));
    }
    finish(t, &p);
}

static void refuse_with_payload(struct peer *p)
{
    struct request r;

    peer_expect(p, &r, ALTVIEW_READ);
    peer_reply(p, &r, -EINVAL, "answer", 6);
}

static void status_and_payload_both_arrive(void **state)
{
    struct peer p;
    struct transport *t = peer_start(&p, refuse_with_payload);

    (void)state;
    assert_int_equal(ask(t, PATIENCE), -EINVAL);
    assert_int_equal(reply_size, 6);
    finish(t, &p);
}

/* Frames that do not answer the request, then the answer. */
static void answer_after_others(struct peer *p)
{
    _Alignas(8) uint8_t bytes[FRAME_MAX];
    struct request r, other;
    struct altview_frame head;

    peer_expect(p, &r, ALTVIEW_READ);
    head = r.frame;
    head.kind = ALTVIEW_FRAME_REPLY;
    head.length = 5;
    size_t size = peer_frame(bytes, &head, "wrong");
    bytes[size - 1] ^= 1; /* payload and checksum disagree */
    peer_send(p, bytes, size);
    size = peer_frame(bytes, &head, "wrong");
    bytes[12] ^= 1; /* header and checksum disagree */
    peer_send(p, bytes, size);
    other = r;
    other.frame.sequence++;
    peer_reply(p, &other, 0, "wrong", 5);
    other = r;
    other.frame.type++;
    peer_reply(p, &other, 0, "wrong", 5);
    peer_send(p, "a line of the log\n", 18);
    head.kind = ALTVIEW_FRAME_REQUEST; /* no peer asks the client */
    peer_send(p, bytes, peer_frame(bytes, &head, "wrong"));
    give_answer(p, &r);
    give_answer(p, &r);
    peer_expect(p, &r, ALTVIEW_READ);
    give_answer(p, &r);
    peer_wait_for_end(p);
}

static void what_is_no_reply_is_passed_over(void **state)
{
    struct peer p;
    struct transport *t = peer_start(&p, answer_after_others);

    (void)state;
    assert_answered(ask(t, PATIENCE));
    assert_answered(ask(t, PATIENCE)); /* the repetition of the first reply does not count */
    finish(t, &p);
}

static void count_repetitions(struct peer *p)
{
    struct request first, again;
    unsigned int count = 1;

    peer_expect(p, &first, ALTVIEW_READ);
    while (peer_receive(p, &again)) {
        CHECK(again.frame.sequence == first.frame.sequence);
        CHECK(!memcmp(&again.frame, &first.frame, sizeof(again.frame)));
        count++;
    }
    CHECK(count >= 2 && count <= 5); /* every quarter of the time it has */
}

static void silence_is_a_timeout_after_asking_again(void **state)
{
    struct peer p;
    struct transport *t = peer_start(&p, count_repetitions);

    (void)state;
    assert_int_equal(ask(t, SHORTLY), -ETIMEDOUT);
    assert_int_equal(reply_size, 0);
    finish(t, &p);
}

static void answer_the_third(struct peer *p)
{
    struct request r;

    for (int i = 0; i < 3; i++) {
        peer_expect(p, &r, ALTVIEW_READ);
    }
    give_answer(p, &r);
    peer_wait_for_end(p);
}

static void a_lost_request_is_sent_again(void **state)
{
    struct peer p;
    struct transport *t = peer_start(&p, answer_the_third);

    (void)state;
    assert_answered(ask(t, 2000));
    finish(t, &p);
}

/* The first reply loses its end; the repetition is complete. */
static void lose_bytes(struct peer *p)
{
    _Alignas(8) uint8_t bytes[FRAME_MAX];
    struct altview_frame head;
    struct request r;

    peer_expect(p, &r, ALTVIEW_READ);
    head = r.frame;
    head.kind = ALTVIEW_FRAME_REPLY;
    head.length = ALTVIEW_CONTROL_MAX_PAYLOAD;
    peer_frame(bytes, &head, reply);
    peer_send(p, bytes, 1000);
    peer_expect(p, &r, ALTVIEW_READ);
    give_answer(p, &r);
    peer_wait_for_end(p);
}

static void bytes_lost_in_a_frame_dont_swallow_the_next(void **state)
{
    struct peer p;
    struct transport *t = peer_start(&p, lose_bytes);

    (void)state;
    assert_answered(ask(t, 2000));
    finish(t, &p);
}

static void hang_up_in_a_reply(struct peer *p)
{
    _Alignas(8) uint8_t bytes[FRAME_MAX];
    struct altview_frame head;
    struct request r;

    peer_expect(p, &r, ALTVIEW_READ);
    peer_event(p, 7, 0);
    head = r.frame;
    head.kind = ALTVIEW_FRAME_REPLY;
    head.length = 6;
    peer_send(p, bytes, peer_frame(bytes, &head, "answer") - 3);
}

static void a_peer_that_goes_is_told_of_at_once(void **state)
{
    struct peer p;
    struct transport *t = peer_start(&p, hang_up_in_a_reply);
    struct altview_event e;

    (void)state;
    assert_int_equal(ask(t, PATIENCE), -ENOTCONN);
    /* The peer does not come back, but the library still delivers what it sent before it went. */
    assert_int_equal(ask(t, PATIENCE), -ENOTCONN);
    assert_int_equal(next(t, &e, -1), 0);
    assert_int_equal(e.id, 7);
    assert_int_equal(next(t, &e, -1), -ENOTCONN);
    finish(t, &p);
}

static void say_goodbye(struct peer *p)
{
    peer_event(p, 1, 0);
}

static void what_was_said_last_can_be_read_after_a_failed_request(void **state)
{
    struct peer p;
    struct transport *t = peer_start(&p, say_goodbye);
    struct altview_event e;

    (void)state;
    peer_join(&p);
    assert_int_equal(ask(t, PATIENCE), -ENOTCONN);
    assert_int_equal(next(t, &e, -1), 0);
    assert_int_equal(next(t, &e, -1), -ENOTCONN);
    t->ops->close(t);
}

#define FLOOD 1000

static void flood(struct peer *p)
{
    struct request r;

    peer_expect(p, &r, ALTVIEW_READ);
    peer_event(p, 1, ALTVIEW_EVENT_SYNC);
    for (uint64_t id = 2; id <= FLOOD; id++) {
        peer_event(p, id, 0);
    }
    give_answer(p, &r);
    peer_wait_for_end(p);
}

static void a_flood_of_events_drops_the_oldest_and_counts(void **state)
{
    struct peer p;
    struct transport *t = peer_start(&p, flood);
    struct altview_event e;

    (void)state;
    assert_answered(ask(t, PATIENCE));
    /* The vCPU of a synchronous event waits, so the library does not drop the event. */
    assert_int_equal(next(t, &e, 0), 0);
    assert_int_equal(e.id, 1);
    for (uint64_t id = FLOOD - EVENT_QUEUE_SIZE + 2; id <= FLOOD; id++) {
        assert_int_equal(next(t, &e, 0), 0);
        assert_int_equal(e.id, id);
        assert_int_equal(e.lost, FLOOD - EVENT_QUEUE_SIZE);
    }
    assert_int_equal(next(t, &e, 0), -EAGAIN);
    finish(t, &p);
}

static void flood_synchronously(struct peer *p)
{
    for (uint64_t id = 1; id <= EVENT_QUEUE_SIZE + 1; id++) {
        peer_event(p, id, ALTVIEW_EVENT_SYNC);
    }
    answer_all(p);
}

static void a_queue_of_synchronous_events_is_bounded_too(void **state)
{
    struct peer p;
    struct transport *t = peer_start(&p, flood_synchronously);
    struct altview_event e;

    (void)state;
    assert_answered(ask(t, PATIENCE));
    assert_int_equal(next(t, &e, 0), 0);
    assert_int_equal(e.id, 2);
    assert_int_equal(e.lost, 1);
    finish(t, &p);
}

static void exceed(struct peer *p)
{
    struct request r;

    peer_expect(p, &r, ALTVIEW_READ);
    peer_reply(p, &r, 0, "a long answer", 13);
    peer_wait_for_end(p);
}

static void a_reply_beyond_the_room_for_it_is_refused(void **state)
{
    struct peer p;
    struct transport *t = peer_start(&p, exceed);
    char room[12];

    (void)state;
    int rc = t->ops->request(t, ALTVIEW_READ, NULL, 0, room, sizeof(room), &reply_size, PATIENCE);
    assert_int_equal(rc, -EMSGSIZE);
    assert_int_equal(reply_size, 0);
    finish(t, &p);
}

static void a_request_beyond_a_frame_is_not_sent(void **state)
{
    static const uint8_t bytes[ALTVIEW_CONTROL_MAX_PAYLOAD + 1];
    struct peer p;
    struct transport *t = peer_start(&p, peer_wait_for_end);

    (void)state;
    int rc = t->ops->request(t, ALTVIEW_WRITE, bytes, sizeof(bytes), reply, sizeof(reply),
                             &reply_size, PATIENCE);
    assert_int_equal(rc, -EMSGSIZE);
    finish(t, &p);
}

static void reply_nonsense(struct peer *p)
{
    static const int statuses[] = {1, -4096, INT32_MIN, INT32_MAX};
    struct request r;

    for (unsigned int i = 0; i < 4; i++) {
        peer_expect(p, &r, ALTVIEW_READ);
        peer_reply(p, &r, statuses[i], NULL, 0);
    }
    peer_wait_for_end(p);
}

static void a_status_that_is_no_error_number_is_refused(void **state)
{
    struct peer p;
    struct transport *t = peer_start(&p, reply_nonsense);

    (void)state;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(ask(t, PATIENCE), -EPROTO);
    }
    finish(t, &p);
}

static void send_raw_event(struct peer *p, struct altview_event event, unsigned int type,
                           size_t size)
{
    _Alignas(8) uint8_t bytes[FRAME_MAX], payload[sizeof(event) + 8] = {0};
    const struct altview_frame head = {
        .kind = ALTVIEW_FRAME_EVENT, .type = (uint16_t)type, .length = (uint32_t)size};

    memcpy(payload, &event, sizeof(event));
    peer_send(p, bytes, peer_frame(bytes, &head, payload));
}

static void send_bad_events(struct peer *p)
{
    struct altview_event e = {.id = 1, .type = ALTVIEW_EVENT_SHUTDOWN};

    send_raw_event(p, e, ALTVIEW_EVENT_SHUTDOWN, sizeof(e) + 8);
    send_raw_event(p, e, ALTVIEW_EVENT_SHUTDOWN, sizeof(e) - 1);
    send_raw_event(p, e, ALTVIEW_EVENT_SHUTDOWN, 0);
    send_raw_event(p, e, ALTVIEW_EVENT_MEM_ACCESS, sizeof(e));
    e.type = ALTVIEW_EVENTS;
    send_raw_event(p, e, ALTVIEW_EVENTS, sizeof(e));
    e.type = ALTVIEW_EVENT_SHUTDOWN;
    e.instruction_size = 16; /* at most 15: code that prints them relies on it */
    send_raw_event(p, e, ALTVIEW_EVENT_SHUTDOWN, sizeof(e));
    e.instruction_size = 15;
    e.id = 2;
    e.general.rip = 5;
    send_raw_event(p, e, ALTVIEW_EVENT_SHUTDOWN, ALTVIEW_EVENT_BRIEF_SIZE);
    peer_wait_for_end(p);
}

static void events_that_are_none_are_passed_over(void **state)
{
    struct peer p;
    struct transport *t = peer_start(&p, send_bad_events);
    struct altview_event e;

    (void)state;
    memset(&e, 0xff, sizeof(e));
    assert_int_equal(next(t, &e, PATIENCE), 0);
    assert_int_equal(e.id, 2);
    assert_int_equal(e.general.rip, 0); /* a brief event: registers that were not sent are 0 */
    assert_int_equal(next(t, &e, 0), -EAGAIN);
    finish(t, &p);
}

static bool readable(int fd)
{
    struct pollfd f = {.fd = fd, .events = POLLIN};

    return poll(&f, 1, 0) == 1;
}

static bool becomes_readable(int fd)
{
    struct pollfd f = {.fd = fd, .events = POLLIN};

    return poll(&f, 1, PATIENCE) == 1;
}

static void event_then_answer(struct peer *p)
{
    struct request r;

    peer_expect(p, &r, ALTVIEW_READ);
    peer_event(p, 1, 0);
    give_answer(p, &r);
    peer_expect(p, &r, ALTVIEW_READ);
    give_answer(p, &r);
    peer_event(p, 2, 0);
    peer_expect(p, &r, ALTVIEW_READ);
}

static void event_fd_tells_of_events_wherever_they_are(void **state)
{
    struct peer p;
    struct transport *t = peer_start(&p, event_then_answer);
    struct altview_event e;
    int fd = t->ops->event_fd(t);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(t->ops->event_fd(t), fd);
    assert_false(readable(fd));
    /* The request has read the event, and put it into the queue. */
    assert_answered(ask(t, PATIENCE));
    assert_true(readable(fd));
    assert_int_equal(next(t, &e, 0), 0);
    assert_false(readable(fd));
    /* The library has not read this one yet. */
    assert_answered(ask(t, PATIENCE));
    assert_true(becomes_readable(fd));
    assert_int_equal(next(t, &e, PATIENCE), 0);
    assert_false(readable(fd));
    /* The end of the connection is readable too. */
    assert_int_equal(ask(t, PATIENCE), -ENOTCONN);
    assert_true(readable(fd));
    assert_int_equal(next(t, &e, 0), -ENOTCONN);
    finish(t, &p);
}

static void one_event_then_answer(struct peer *p)
{
    peer_event(p, 1, 0);
    answer_all(p);
}

static void events_before_event_fd_was_asked_for_count_too(void **state)
{
    struct peer p;
    struct transport *t = peer_start(&p, one_event_then_answer);
    struct altview_event e;

    (void)state;
    assert_answered(ask(t, PATIENCE));
    int fd = t->ops->event_fd(t);
    assert_true(readable(fd));
    assert_int_equal(next(t, &e, 0), 0);
    assert_false(readable(fd));
    finish(t, &p);
}

static void no_event_is_no_wait(void **state)
{
    struct peer p;
    struct transport *t = peer_start(&p, peer_wait_for_end);
    struct altview_event e;

    (void)state;
    assert_int_equal(next(t, &e, 0), -EAGAIN);
    assert_int_equal(next(t, &e, 20), -EAGAIN);
    finish(t, &p);
}

static void a_peer_that_reads_nothing_does_not_hold_the_client(void **state)
{
    static const uint8_t payload[ALTVIEW_CONTROL_MAX_PAYLOAD];
    struct transport *t = NULL;
    int ends[2], small = 1;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
    assert_int_equal(transport_over_fd(ends[0], 0, &t), 0);
    /* More than the socket takes. */
    int rc = t->ops->request(t, ALTVIEW_WRITE, payload, sizeof(payload), reply, sizeof(reply),
                             &reply_size, 1);
    assert_int_equal(rc, -ETIMEDOUT);
    t->ops->close(t);
    close(ends[1]);
}

static uint32_t first_sequence;

static void note_sequence(struct peer *p)
{
    struct request r;

    peer_expect(p, &r, ALTVIEW_READ);
    CHECK(r.frame.sequence != first_sequence);
    first_sequence = r.frame.sequence;
    give_answer(p, &r);
    peer_expect(p, &r, ALTVIEW_READ);
    CHECK(r.frame.sequence != first_sequence);
    give_answer(p, &r);
    peer_wait_for_end(p);
}

static void clients_start_counting_somewhere_else(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct peer p;
        struct transport *t = peer_start(&p, note_sequence);
        assert_answered(ask(t, PATIENCE));
        assert_answered(ask(t, PATIENCE));
        finish(t, &p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_gets_its_reply),
        cmocka_unit_test(status_and_payload_both_arrive),
        cmocka_unit_test(what_is_no_reply_is_passed_over),
        cmocka_unit_test(silence_is_a_timeout_after_asking_again),
        cmocka_unit_test(a_lost_request_is_sent_again),
        cmocka_unit_test(bytes_lost_in_a_frame_dont_swallow_the_next),
        cmocka_unit_test(a_peer_that_goes_is_told_of_at_once),
        cmocka_unit_test(what_was_said_last_can_be_read_after_a_failed_request),
        cmocka_unit_test(a_flood_of_events_drops_the_oldest_and_counts),
        cmocka_unit_test(a_queue_of_synchronous_events_is_bounded_too),
        cmocka_unit_test(a_reply_beyond_the_room_for_it_is_refused),
        cmocka_unit_test(a_request_beyond_a_frame_is_not_sent),
        cmocka_unit_test(a_status_that_is_no_error_number_is_refused),
        cmocka_unit_test(events_that_are_none_are_passed_over),
        cmocka_unit_test(event_fd_tells_of_events_wherever_they_are),
        cmocka_unit_test(events_before_event_fd_was_asked_for_count_too),
        cmocka_unit_test(no_event_is_no_wait),
        cmocka_unit_test(a_peer_that_reads_nothing_does_not_hold_the_client),
        cmocka_unit_test(clients_start_counting_somewhere_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
