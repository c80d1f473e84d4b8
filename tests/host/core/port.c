/* SPDX-License-Identifier: BSD-2-Clause */
/* hypervisor/port/port.c between a line and a server of the test's: the length of a look at the
 * port, what follows if it ends early, and that the run's last bytes get out. */
#include "core/domain.h"
#include "port/line.h"
#include "port/monitor.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define MOST 64 /* rounds of a look at the port */

static struct control control;
static struct domain domain;
static bool never_ends;         /* there is always more to read, and the line takes all bytes */
static unsigned int received;   /* number of times that the server got bytes */
static size_t to_send;          /* by the server */
static size_t room;             /* in the ring */
static unsigned int looks;      /* at the clock */
static unsigned int room_after; /* the peer reads after that many looks */

/* The line. */

size_t line_receive(struct port *port, void *bytes, size_t size)
{
    (void)port, (void)bytes;
    return never_ends && size;
}

size_t line_send(struct port *port, const void *bytes, size_t size)
{
    return line_write(port, bytes, size);
}

size_t line_write(struct port *port, const void *bytes, size_t size)
{
    size_t put = size < room ? size : room;

    (void)port, (void)bytes;
    room -= put;
    return put;
}

void line_tell(struct port *port)
{
    (void)port;
}

bool line_has_more(struct port *port)
{
    (void)port;
    return never_ends;
}

void line_watch(struct port *port)
{
    (void)port;
}

bool ring_has(const struct ring_reader *r)
{
    (void)r;
    return never_ends;
}

/* The server. */

size_t control_receive(struct control *c, const void *bytes, size_t size)
{
    (void)c, (void)bytes;
    received++;
    return size;
}

const void *control_output(const struct control *c, size_t *size)
{
    *size = to_send;
    return to_send ? c : NULL;
}

static void set_to_send(struct control *c, size_t size)
{
    to_send = c->events_size = size;
}

void control_sent(struct control *c, size_t size)
{
    set_to_send(c, to_send - size);
}

void control_tick(struct control *c)
{
    (void)c;
}

void control_moved(struct control *c)
{
    (void)c;
}

static uint64_t now(void *context)
{
    (void)context;
    if (++looks == room_after)
        room = 100;
    return looks;
}

static int setup(void **state)
{
    (void)state;
    control = (struct control){.host = {.now = now, .ticks_hz = 1000}};
    domain = (struct domain){.control = &control, .port = {.moved = true}};
    never_ends = false;
    received = looks = room_after = 0;
    to_send = room = 0;
    return 0;
}

static void test_a_look_is_bounded(void **state)
{
    (void)state;
    never_ends = true;
    port_poll(&domain);
    assert_in_range(received, 1, MOST);
}

/* No bell rings for bytes that such a look has left. */
static void test_what_is_left_is_expected(void **state)
{
    (void)state;
    never_ends = true;
    port_poll(&domain);
    assert_true(port_is_expected(&domain));
    never_ends = false;
    port_poll(&domain);
    assert_false(port_is_expected(&domain));
}

/* The ring is full, and has a reader. */
static void test_the_last_words_wait_for_the_reader(void **state)
{
    (void)state;
    set_to_send(&control, 100);
    room = 30;
    room_after = 500;
    port_finish(&domain);
    assert_int_equal(to_send, 0);
}

/* Until the reader has made room, the first vCPU must not sleep, because no signal tells it of the
 * room. */
static void test_what_the_line_does_not_take_is_told(void **state)
{
    (void)state;
    assert_false(domain_has_unsent(&domain));
    set_to_send(&control, 100);
    room = 30;
    port_poll(&domain);
    assert_true(domain_has_unsent(&domain));
    room = 30;
    port_drain(&domain);
    assert_true(domain_has_unsent(&domain));
    room = 100;
    port_poll(&domain);
    assert_false(domain_has_unsent(&domain));
}

/* The ring has no reader. */
static void test_but_not_for_ever(void **state)
{
    (void)state;
    set_to_send(&control, 100);
    room = 30;
    port_finish(&domain);
    assert_int_equal(to_send, 70);
    assert_in_range(looks, 1000, 1010);
}

/* A line of the log, which does not use the ring, does not wait for it. */
static void test_a_drain_does_not_wait(void **state)
{
    (void)state;
    set_to_send(&control, 100);
    room = 30;
    port_drain(&domain);
    assert_int_equal(to_send, 70);
    assert_int_equal(looks, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
    static const struct CMUnitTest tests[] = {
        TEST(test_a_look_is_bounded),
        TEST(test_what_is_left_is_expected),
        TEST(test_the_last_words_wait_for_the_reader),
        TEST(test_what_the_line_does_not_take_is_told),
        TEST(test_but_not_for_ever),
        TEST(test_a_drain_does_not_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
