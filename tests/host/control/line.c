/* SPDX-License-Identifier: BSD-2-Clause */
/* The line itself: lost, repeated and unread frames, a peer that floods, and one that goes away. */
#include "control/port.h"

#define MEM_ACCESS  (1U << ALTVIEW_EVENT_MEM_ACCESS)
#define SINGLE_STEP (1U << ALTVIEW_EVENT_SINGLE_STEP)

static size_t ping(uint8_t *frame, uint32_t sequence)
{
    return port_frame(frame, ALTVIEW_PING, sequence, NULL, 0);
}

/* The reply was lost: the peer repeats the request, and the server does nothing twice. */
static void test_a_repeated_request_is_done_once(void **state)
{
    struct port *p = *state;
    const struct altview_which_vcpu which = {.vcpu = 1};
    uint8_t frame[FRAME_MAX];
    size_t size = port_frame(frame, ALTVIEW_PAUSE, 7, &which, sizeof(which));

    for (unsigned int i = 0; i < 3; i++) {
        port_send(p, frame, size);
        port_drain(p);
        assert_int_equal(p->reply.sequence, 7);
        assert_int_equal(p->reply.status, 0);
    }
    assert_int_equal(p->replies, 3);
    assert_int_equal(p->c.vcpus[1].pauses, 1);
    /* Another number, or another type under the same number, is another request. */
    port_send(p, frame, port_frame(frame, ALTVIEW_PAUSE, 8, &which, sizeof(which)));
    port_drain(p);
    assert_int_equal(p->c.vcpus[1].pauses, 2);
    port_send(p, frame, port_frame(frame, ALTVIEW_UNPAUSE, 8, &which, sizeof(which)));
    port_drain(p);
    assert_int_equal(p->c.vcpus[1].pauses, 1);
}

/* The server repeats the reply with its payload, whatever it has sent meanwhile. */
static void test_a_repeated_reply_is_the_same(void **state)
{
    struct port *p = *state;
    uint8_t frame[FRAME_MAX];
    size_t size = port_frame(frame, ALTVIEW_HELLO, 1, NULL, 0);
    struct altview_frame first;

    port_send(p, frame, size);
    port_drain(p);
    first = p->reply;
    port_listen(p, 0, SINGLE_STEP);
    port_send(p, frame, size);
    port_drain(p);
    control_done(&p->c, 0, ALTVIEW_EVENT_SINGLE_STEP);
    port_drain(p);
    first = p->reply;
    port_send(p, frame, size);
    control_done(&p->c, 0, ALTVIEW_EVENT_SINGLE_STEP);
    port_drain(p);
    assert_memory_equal(&p->reply, &first, sizeof(first));
    assert_int_equal(p->event_count, 2);
}

/* Sequence 0 right after the start is valid like any other. */
static void test_the_first_request_is_no_repetition(void **state)
{
    struct port *p = *state;
    struct altview_frame f = {.kind = ALTVIEW_FRAME_REQUEST};

    port_send(p, &f, frame_seal(&f));
    port_drain(p);
    assert_int_equal(p->replies, 1);
    assert_int_equal(p->reply.status, -XEN_ENOSYS);
}

/* Only requests are for the server, which might receive its own echo. */
static void test_other_kinds_of_frames(void **state)
{
    struct port *p = *state;
    struct altview_frame f = {.type = ALTVIEW_PING};

    f.kind = ALTVIEW_FRAME_REPLY;
    port_send(p, &f, frame_seal(&f));
    f.kind = ALTVIEW_FRAME_EVENT;
    port_send(p, &f, frame_seal(&f));
    port_drain(p);
    assert_int_equal(p->replies, 0);
    assert_int_equal(p->c.counters.bad_frames, 2);
    assert_int_equal(p->c.counters.requests, 0);
    assert_int_equal(port_ask(p, ALTVIEW_PING, NULL, 0), 0);
}

/* A frame cut off anywhere: after half a second the port starts afresh. */
static void test_a_peer_that_goes_in_the_middle_of_a_frame(void **state)
{
    struct port *p = *state;
    const struct altview_which_vcpu which = {.vcpu = 1};
    uint8_t frame[FRAME_MAX];
    size_t size = port_frame(frame, ALTVIEW_PAUSE, 7, &which, sizeof(which));

    for (size_t cut = 1; cut < size; cut++) {
        port_send(p, frame, cut);
        port_pass(p, 499);
        assert_true(frame_is_under_way(&p->c.reader));
        port_pass(p, 1);
        assert_false(frame_is_under_way(&p->c.reader));
        assert_int_equal(port_ask(p, ALTVIEW_PING, NULL, 0), 0);
    }
    assert_false(control_holds(&p->c, 1));
    assert_int_equal(p->c.reader.stray, (size - 1) * size / 2);
}

/* Bytes that come slowly, but without a long break, make a frame. */
static void test_a_slow_peer(void **state)
{
    struct port *p = *state;
    uint8_t frame[FRAME_MAX];
    size_t size = ping(frame, 5);

    for (size_t i = 0; i < size; i++) {
        port_send(p, frame + i, 1);
        port_pass(p, 499);
    }
    port_drain(p);
    assert_int_equal(p->replies, 1);
}

/* A given-up frame may contain a whole request, after the header of another. The server serves
 * it. */
static void test_a_frame_behind_a_header_without_its_payload(void **state)
{
    struct port *p = *state;
    static uint8_t bytes[2 * FRAME_MAX];
    size_t size;

    port_frame(bytes, ALTVIEW_WRITE, 1, bytes, 4000);
    size = sizeof(struct altview_frame);
    size += ping(bytes + size, 2);
    port_send(p, bytes, size);
    port_drain(p);
    assert_int_equal(p->replies, 0);
    port_pass(p, 500);
    port_drain(p);
    assert_int_equal(p->replies, 1);
    assert_int_equal(p->reply.sequence, 2);
}

/* A flood of requests, with no reply read: the port takes as many as it has room for, and is
 * stable. */
static void test_a_flood_of_requests(void **state)
{
    static uint8_t flood[64 * FRAME_MAX];
    struct port *p = *state;
    size_t size = 0, taken, at;
    uint32_t count = 0;

    while (size < sizeof(flood) - FRAME_MAX)
        size += ping(flood + size, ++count);
    taken = 0;
    for (unsigned int i = 0; i < 100; i++)
        taken += control_receive(&p->c, flood + taken, size - taken);
    assert_in_range(taken, 1, 2 * FRAME_MAX);
    assert_int_equal(p->c.counters.requests, 1);
    port_pass(p, 100000); /* the port gives none of it up meanwhile */
    /* The peer reads at last: every request has had its reply, in order. */
    for (at = taken; at < size;) {
        port_drain(p);
        at += control_receive(&p->c, flood + at, size - at);
    }
    port_drain(p);
    assert_int_equal(p->replies, count);
    assert_int_equal(p->reply.sequence, count);
    assert_int_equal(p->c.reader.stray, 0);
}

/* A frame is not late if the server could not take it in whole because a reply waited. */
static void test_a_frame_held_up_by_a_reply(void **state)
{
    static uint8_t bytes[4 * FRAME_MAX];
    struct port *p = *state;
    size_t size = ping(bytes, 1), taken;

    size += port_frame(bytes + size, ALTVIEW_WRITE, 2, bytes, 8000);
    size += port_frame(bytes + size, ALTVIEW_WRITE, 3, bytes, 8000);
    taken = control_receive(&p->c, bytes, size);
    assert_true(taken < size);
    port_pass(p, 10000);
    port_drain(p);
    control_tick(&p->c);
    while (taken < size) {
        taken += control_receive(&p->c, bytes + taken, size - taken);
        port_drain(p);
    }
    assert_int_equal(p->replies, 3);
    assert_int_equal(p->c.reader.broken, 0);
}

/* Garbage alone has no effect, however much it is. */
static void test_a_flood_of_garbage(void **state)
{
    struct sim_random random = sim_random_seed(3);
    struct port *p = *state;
    uint64_t before = scene_fingerprint(p->scene);

    for (unsigned int i = 0; i < 100; i++) {
        uint8_t noise[4096];

        for (size_t j = 0; j < sizeof(noise); j++)
            noise[j] = (uint8_t)sim_random_next(&random);
        port_send(p, noise, sizeof(noise));
        control_tick(&p->c);
    }
    port_drain(p);
    assert_int_equal(p->replies + p->event_count, 0);
    assert_int_equal(p->c.counters.requests, 0);
    assert_int_equal(scene_fingerprint(p->scene), before);
    port_pass(p, 500);
    assert_int_equal(port_ask(p, ALTVIEW_PING, NULL, 0), 0);
}

/* Byte by byte, with replies and events that come while another is half sent: frames stay whole. */
static void test_output_byte_by_byte(void **state)
{
    struct port *p = *state;
    uint8_t frame[FRAME_MAX];
    const void *bytes;
    size_t size;

    port_listen(p, 0, SINGLE_STEP);
    for (uint32_t i = 0; i < 5000; i++) {
        if (i % 300 == 0)
            control_done(&p->c, 0, ALTVIEW_EVENT_SINGLE_STEP);
        if (i % 200 == 0)
            port_send(p, frame, ping(frame, 0x8000 + i));
        bytes = control_output(&p->c, &size);
        if (!bytes)
            continue;
        assert_int_equal(frame_feed(&p->client, bytes, 1), 1);
        control_sent(&p->c, 1);
        if (frame_next(&p->client))
            p->replies++;
    }
    while ((bytes = control_output(&p->c, &size))) {
        assert_int_equal(frame_feed(&p->client, bytes, 1), 1);
        control_sent(&p->c, 1);
        if (frame_next(&p->client))
            p->replies++;
    }
    assert_int_equal(p->client.stray + p->client.broken, 0);
    assert_int_equal(p->replies, 1 + 25 + 17); /* LISTEN, pings, events */
}

/* Events that the peer does not read delay no reply. */
static void test_replies_overtake_events(void **state)
{
    struct port *p = *state;
    uint8_t frame[FRAME_MAX];
    const struct altview_frame *first;
    const void *bytes;
    size_t size;

    port_listen(p, 0, SINGLE_STEP);
    for (unsigned int i = 0; i < 100; i++)
        control_done(&p->c, 0, ALTVIEW_EVENT_SINGLE_STEP);
    port_send(p, frame, ping(frame, 77));
    bytes = control_output(&p->c, &size);
    first = bytes;
    assert_int_equal(first->kind, ALTVIEW_FRAME_REPLY);
    assert_int_equal(first->sequence, 77);
}

/* The peer went away while its vCPU waited, and comes back as another: the new one gets a clean
 * start. */
static void test_a_peer_that_comes_back(void **state)
{
    struct port *p = *state;
    uint8_t frame[FRAME_MAX];

    port_listen(p, MEM_ACCESS, 0);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_WAIT);
    port_send(p, frame, ping(frame, 1)); /* the peer reads neither event nor reply */
    port_send(p, frame, 20);
    port_pass(p, 5000);
    assert_false(control_holds(&p->c, PORT_VCPU));
    assert_int_equal(control_resume(&p->c, PORT_VCPU).action, ALTP2M_VERDICT_INJECT);
    /* The new peer finds the old one's reply and event, which it did not ask for. */
    port_drain(p);
    assert_int_equal(p->replies, 2);
    port_pass(p, 500);
    assert_int_equal(port_ask(p, ALTVIEW_HELLO, NULL, 0), 0);
}

/* The guest stops before each request that the server serves: when its bytes come, when the reply
 * before it has been sent, when the server gives up an unfinished frame before it. The guest stops
 * only then. */
static void test_the_guest_stands_still_for_each_request(void **state)
{
    struct port *p = *state;
    uint8_t frames[FRAME_MAX];
    size_t size = ping(frames, 1);

    size += ping(frames + size, 2);
    port_send(p, frames, size);
    assert_int_equal(p->stilled, 1);
    port_drain(p);
    assert_int_equal(p->replies, 2);
    assert_int_equal(p->stilled, 2);
    port_send(p, frames, ping(frames, 2)); /* only a repetition */
    port_drain(p);
    port_send(p, frames, port_frame(frames, ALTVIEW_READ, 3, frames, 24) - 1);
    assert_int_equal(p->stilled, 2);
    port_send(p, frames, ping(frames, 4));
    port_pass(p, 500);
    port_drain(p);
    assert_int_equal(p->replies, 4);
    assert_int_equal(p->stilled, 3);
}

/* On the rings the ends neither make nor check checksums, and drop an old partial frame. */
static void test_a_peer_that_moves(void **state)
{
    struct port *p = *state;
    _Alignas(8) uint8_t frame[FRAME_MAX];
    struct altview_frame *header = (void *)frame;
    size_t size = port_frame(frame, ALTVIEW_HELLO, 7, NULL, 0);

    port_send(p, frame, size - 1);
    control_moved(&p->c);
    p->client.unchecked = true;
    assert_int_equal(frame_seal_unchecked(header), size);
    assert_int_equal(header->header_checksum, 0);
    port_send(p, frame, size);
    port_drain(p);
    assert_int_equal(p->replies, 1);
    assert_int_equal(p->reply.length, sizeof(struct altview_hello));
    assert_int_equal(p->reply.header_checksum | p->reply.payload_checksum, 0);
    port_listen(p, 0, SINGLE_STEP);
    control_done(&p->c, 0, ALTVIEW_EVENT_SINGLE_STEP);
    port_drain(p);
    assert_int_equal(p->event_count, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, port_setup, port_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_a_repeated_request_is_done_once),
        TEST(test_a_repeated_reply_is_the_same),
        TEST(test_the_first_request_is_no_repetition),
        TEST(test_other_kinds_of_frames),
        TEST(test_a_peer_that_goes_in_the_middle_of_a_frame),
        TEST(test_a_slow_peer),
        TEST(test_a_frame_behind_a_header_without_its_payload),
        TEST(test_a_flood_of_requests),
        TEST(test_a_frame_held_up_by_a_reply),
        TEST(test_a_flood_of_garbage),
        TEST(test_output_byte_by_byte),
        TEST(test_replies_overtake_events),
        TEST(test_a_peer_that_comes_back),
        TEST(test_the_guest_stands_still_for_each_request),
        TEST(test_a_peer_that_moves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
