/* SPDX-License-Identifier: BSD-2-Clause */
/* The control port over the rings, from the server to the client: one bell each way, however many
 * vCPUs wait, and however many answers the client gives at once. */
#define port test_port /* the hypervisor has a struct port of its own, and a port_drain */
#include "control/port.h"
#undef port
#define port_drain machine_port_drain

#include "base/log.h"
#include "base/serial.h"
#include "core/domain.h"
#include "memory/pages.h"
#include "port/line.h"
#include "port/monitor.h"

#include <stdlib.h>

#define SINGLE_STEP (1U << ALTVIEW_EVENT_SINGLE_STEP)

struct stage {
    struct test_port *p;
    struct domain domain;
    struct ring_reader in;
    struct ring_writer out;
};

static void *memory;       /* the rings */
static unsigned int bells; /* the client's, on the serial line */

void *pages_reserve(size_t count)
{
    memory = calloc(count, PAGE_SIZE);
    assert_non_null(memory);
    return memory;
}

uint64_t phys_of(const void *virt)
{
    return (uintptr_t)virt;
}

void machine_end(enum status status, const char *format, ...)
{
    (void)status;
    printf("%s\n", format);
    abort();
}

size_t serial_send(const void *bytes, size_t size)
{
    assert_int_equal(size, 1);
    assert_int_equal(*(const uint8_t *)bytes, ALTVIEW_RING_BELL);
    bells++;
    return size;
}

void serial_write(const void *bytes, size_t size)
{
    (void)bytes, (void)size;
}

size_t serial_receive(void *bytes, size_t size)
{
    (void)bytes, (void)size;
    return 0;
}

/* Puts one request into the ring, and leaves the bell to the caller. */
static void put(struct stage *s, uint16_t type, const void *payload, size_t size)
{
    _Alignas(8) uint8_t frame[FRAME_MAX];

    size = port_frame(frame, type, ++s->p->sequence, payload, size);
    frame_seal_unchecked((void *)frame);
    assert_int_equal(ring_write(&s->out, frame, size), size);
}

/* What the client reads; then it sleeps. */
static void read_all(struct stage *s)
{
    uint8_t bytes[512];
    size_t got;

    while ((got = ring_read(&s->in, bytes, sizeof(bytes)))) {
        const struct altview_frame *frame;

        assert_int_equal(frame_feed(&s->p->client, bytes, got), got);
        while ((frame = frame_next(&s->p->client))) {
            s->p->replies += frame->kind == ALTVIEW_FRAME_REPLY && !frame->status;
            if (frame->kind == ALTVIEW_FRAME_EVENT) {
                memcpy(&s->p->events[s->p->event_count++], frame_payload(frame),
                       ALTVIEW_EVENT_BRIEF_SIZE);
            }
        }
    }
    assert_true(ring_sleep(&s->in));
}

static void ask(struct stage *s, uint16_t type, const void *payload, size_t size)
{
    put(s, type, payload, size);
    ring_must_wake(&s->out);
    port_poll(&s->domain);
    read_all(s);
}

/* All vCPUs listened to, altview and the client asleep. */
static int set_up(void **state)
{
    static struct stage s;
    const struct altview_listen listen = {.sync = SINGLE_STEP, .flags = ALTVIEW_LISTEN_BRIEF};
    struct altview_rings *rings;

    s = (struct stage){.p = NULL};
    port_setup(state);
    s.p = *state;
    s.p->client.unchecked = true;
    s.domain.control = &s.p->c;
    line_make(&s.domain, 1);
    rings = memory;
    ring_reader_init(&s.in, &rings->from_altview, (uint8_t *)memory + rings->from_altview_at,
                     rings->from_altview_size);
    ring_writer_init(&s.out, &rings->to_altview, (uint8_t *)memory + rings->to_altview_at,
                     rings->to_altview_size);
    ask(&s, ALTVIEW_LISTEN, &listen, sizeof(listen));
    assert_int_equal(s.p->replies, 1);
    bells = 0;
    *state = &s;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *s = *state;
    void *p = s->p;

    altp2m_tell_moves(s->p->d, NULL);
    free(memory);
    return port_teardown(&p);
}

static void all_wait(struct stage *s)
{
    for (unsigned int vcpu = 0; vcpu < SIM_VCPUS; vcpu++) {
        control_done(&s->p->c, vcpu, ALTVIEW_EVENT_SINGLE_STEP);
        assert_true(control_holds(&s->p->c, vcpu));
    }
}

static void put_answers(struct stage *s)
{
    for (unsigned int i = 0; i < SIM_VCPUS; i++) {
        const struct altview_answer a = {.event = s->p->events[i].id, .vcpu = s->p->events[i].vcpu};

        put(s, ALTVIEW_ANSWER, &a, sizeof(a));
    }
}

static void test_events_that_wait_at_once_ring_once(void **state)
{
    struct stage *s = *state;

    all_wait(s);
    port_poll(&s->domain);
    assert_int_equal(bells, 1);
    read_all(s);
    assert_int_equal(s->p->event_count, SIM_VCPUS);
}

/* The client wakes altview once for all its answers, and altview the client for all replies. */
static void test_answers_at_once_ring_once(void **state)
{
    struct stage *s = *state;

    all_wait(s);
    port_poll(&s->domain);
    read_all(s);
    bells = 0;
    put_answers(s);
    assert_true(ring_must_wake(&s->out));
    assert_false(ring_must_wake(&s->out));
    port_poll(&s->domain);
    assert_int_equal(bells, 1);
    read_all(s);
    assert_int_equal(s->p->replies, 1 + SIM_VCPUS);
    for (unsigned int vcpu = 0; vcpu < SIM_VCPUS; vcpu++) {
        assert_false(control_holds(&s->p->c, vcpu));
    }
}

/* vCPUs that wait poll the port all the time: answers to them need no bell at all. */
static void test_answers_to_who_polls_ring_never(void **state)
{
    struct stage *s = *state;

    all_wait(s);
    port_hold(&s->domain);
    port_poll(&s->domain);
    read_all(s);
    put_answers(s);
    assert_false(ring_must_wake(&s->out));
    port_poll(&s->domain);
    port_release(&s->domain);
    read_all(s);
    assert_int_equal(s->p->replies, 1 + SIM_VCPUS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
        TEST(test_events_that_wait_at_once_ring_once),
        TEST(test_answers_at_once_ring_once),
        TEST(test_answers_to_who_polls_ring_never),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
