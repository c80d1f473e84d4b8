/* SPDX-License-Identifier: BSD-2-Clause */
/* A ring and its two ends: order, wrap, full and empty, bells, and another side that writes
 * anything. */
#include "control/ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIZE 16

/* The bytes are at the end of their block, so the sanitizer detects an access beyond the ring. */
struct scene {
    struct altview_ring ring;
    uint8_t *bytes;
    struct ring_reader reader;
    struct ring_writer writer;
};

static uint32_t start; /* the first value of each index */

static int set_up(void **state)
{
    static struct scene s;

    s = (struct scene){.ring = {.head = start, .tail = start, .wake = start - 1},
                       .bytes = malloc(SIZE)};
    assert_non_null(s.bytes);
    ring_reader_init(&s.reader, &s.ring, s.bytes, SIZE);
    ring_writer_init(&s.writer, &s.ring, s.bytes, SIZE);
    *state = &s;
    return 0;
}

static int tear_down(void **state)
{
    free(((struct scene *)*state)->bytes);
    return 0;
}

static void expect_read(struct scene *s, const char *text)
{
    char got[64] = {0};

    assert_int_equal(ring_read(&s->reader, got, sizeof(got) - 1), strlen(text));
    assert_string_equal(got, text);
}

static void test_bytes_come_in_order(void **state)
{
    struct scene *s = *state;

    for (unsigned int i = 0; i < 100; i++) {
        assert_int_equal(ring_write(&s->writer, "0123456", 7), 7);
        assert_int_equal(ring_write(&s->writer, "abcd", 4), 4);
        expect_read(s, "0123456abcd");
    }
    assert_int_equal(s->reader.broken + s->writer.broken, 0);
}

static void test_full_and_empty_are_told_apart(void **state)
{
    struct scene *s = *state;

    assert_false(ring_has(&s->reader));
    expect_read(s, "");
    assert_int_equal(ring_write(&s->writer, "0123456789abcdefgh", 18), SIZE);
    assert_true(ring_has(&s->reader));
    assert_int_equal(ring_write(&s->writer, "x", 1), 0);
    expect_read(s, "0123456789abcdef");
    assert_false(ring_has(&s->reader));
    assert_int_equal(ring_write(&s->writer, "x", 1), 1);
    expect_read(s, "x");
}

static void test_a_reader_takes_what_it_has_room_for(void **state)
{
    struct scene *s = *state;
    char got[4] = {0};

    ring_write(&s->writer, "abcde", 5);
    assert_int_equal(ring_read(&s->reader, got, 3), 3);
    assert_string_equal(got, "abc");
    expect_read(s, "de");
}

/* A new end goes on where the old one stopped. */
static void test_a_successor_goes_on(void **state)
{
    struct scene *s = *state;
    char got[2];

    ring_write(&s->writer, "abc", 3);
    ring_read(&s->reader, got, 1);
    ring_reader_init(&s->reader, &s->ring, s->bytes, SIZE);
    ring_writer_init(&s->writer, &s->ring, s->bytes, SIZE);
    ring_write(&s->writer, "d", 1);
    expect_read(s, "bcd");
}

static void test_a_sleeper_is_woken_once(void **state)
{
    struct scene *s = *state;

    assert_true(ring_sleep(&s->reader));
    assert_false(ring_must_wake(&s->writer)); /* nothing was written */
    ring_write(&s->writer, "a", 1);
    assert_true(ring_must_wake(&s->writer));
    assert_false(ring_must_wake(&s->writer));
    ring_write(&s->writer, "b", 1);
    assert_false(ring_must_wake(&s->writer));
    expect_read(s, "ab");
    ring_write(&s->writer, "c", 1); /* the reader is awake */
    assert_false(ring_must_wake(&s->writer));
    expect_read(s, "c");
    assert_true(ring_sleep(&s->reader));
    ring_write(&s->writer, "d", 1);
    assert_true(ring_must_wake(&s->writer));
}

/* One bell for all that was written between two checks. */
static void test_a_batch_takes_one_bell(void **state)
{
    struct scene *s = *state;

    assert_true(ring_sleep(&s->reader));
    for (unsigned int i = 0; i < 5; i++) {
        ring_write(&s->writer, "ab", 2);
    }
    assert_true(ring_must_wake(&s->writer));
    assert_false(ring_must_wake(&s->writer));
}

static void test_a_reader_that_watches_is_not_woken(void **state)
{
    struct scene *s = *state;

    ring_sleep(&s->reader);
    ring_watch(&s->reader);
    for (unsigned int i = 0; i < 3; i++) {
        ring_write(&s->writer, "ab", 2);
        assert_false(ring_must_wake(&s->writer));
    }
    expect_read(s, "ababab");
}

/* These bytes came before the reader went to sleep: it must look itself. */
static void test_who_has_something_to_read_does_not_sleep(void **state)
{
    struct scene *s = *state;

    ring_write(&s->writer, "a", 1);
    assert_false(ring_must_wake(&s->writer));
    assert_false(ring_sleep(&s->reader));
    expect_read(s, "a");
    assert_true(ring_sleep(&s->reader));
}

static void test_a_bell_that_is_not_heard(void **state)
{
    struct scene *s = *state;

    assert_false(ring_is_unheard(&s->writer));
    ring_sleep(&s->reader);
    assert_false(ring_is_unheard(&s->writer));
    ring_write(&s->writer, "a", 1);
    assert_true(ring_is_unheard(&s->writer));
    ring_watch(&s->reader);
    assert_false(ring_is_unheard(&s->writer));
    expect_read(s, "a");
    assert_false(ring_is_unheard(&s->writer));
}

/* Both ends agree again once both have worked. */
static void recover(struct scene *s)
{
    char got[SIZE];

    for (unsigned int i = 0; i < 3; i++) {
        ring_write(&s->writer, "", 0);
        ring_read(&s->reader, got, sizeof(got));
    }
    ring_write(&s->writer, "well", 4);
    expect_read(s, "well");
}

static void test_a_head_that_can_not_be(void **state)
{
    struct scene *s = *state;
    uint32_t head = s->ring.head;
    char got[64];

    for (uint32_t far = SIZE + 1; far; far <<= 1) {
        s->ring.head = s->reader.tail + far;
        assert_int_equal(ring_read(&s->reader, got, sizeof(got)), 0);
        assert_false(ring_has(&s->reader));
        recover(s);
    }
    s->ring.head = head - 1; /* behind the tail */
    assert_int_equal(ring_read(&s->reader, got, sizeof(got)), 0);
    recover(s);
    assert_true(s->reader.broken);
}

/* An index that is possible: the reader gets bytes that no side wrote, and no more than the ring
 * holds. */
static void test_a_head_that_is_too_far(void **state)
{
    struct scene *s = *state;
    char got[64];

    s->ring.head = s->reader.tail + SIZE;
    memset(s->bytes, 'x', SIZE);
    assert_int_equal(ring_read(&s->reader, got, sizeof(got)), SIZE);
    recover(s);
}

static void test_a_tail_that_can_not_be(void **state)
{
    struct scene *s = *state;

    ring_write(&s->writer, "abc", 3);
    for (uint32_t far = 1; far; far <<= 1) {
        s->ring.tail = s->writer.head + far;
        assert_int_equal(ring_write(&s->writer, "x", 1), 0);
        recover(s);
    }
    s->ring.tail = s->writer.head - SIZE - 1;
    assert_int_equal(ring_write(&s->writer, "x", 1), 0);
    recover(s);
    assert_true(s->writer.broken);
}

static void test_any_wake_is_harmless(void **state)
{
    struct scene *s = *state;
    unsigned int bells = 0;

    for (uint32_t wake = 0; wake < 64; wake++) {
        s->ring.wake = s->writer.head + wake - 32;
        ring_write(&s->writer, "abc", 3);
        bells += ring_must_wake(&s->writer);
        expect_read(s, "abc");
    }
    assert_int_equal(bells, 3); /* the written bytes, and no others */
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bytes_come_in_order),
        TEST(full_and_empty_are_told_apart),
        TEST(a_reader_takes_what_it_has_room_for),
        TEST(a_successor_goes_on),
        TEST(a_sleeper_is_woken_once),
        TEST(a_batch_takes_one_bell),
        TEST(a_reader_that_watches_is_not_woken),
        TEST(who_has_something_to_read_does_not_sleep),
        TEST(a_bell_that_is_not_heard),
        TEST(a_head_that_can_not_be),
        TEST(a_head_that_is_too_far),
        TEST(a_tail_that_can_not_be),
        TEST(any_wake_is_harmless),
    };
    int failed = cmocka_run_group_tests_name("from 0", tests, NULL, NULL);

    start = UINT32_MAX - 6;
    return failed + cmocka_run_group_tests_name("as an index starts anew", tests, NULL, NULL);
}
