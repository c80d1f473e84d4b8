/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames to bytes and back: the reader finds every good frame, and no bad one. */
#include "control/frame.h"
#include "sim/random.h"
#include "unit/scene.h"

#define SEQUENCE 0x1234
#define SMALL    40 /* bytes of payload */

struct wire {
    struct altview_frame header;
    uint8_t payload[ALTVIEW_CONTROL_MAX_PAYLOAD];
};

/* The results of a reader. */
struct made {
    struct frame_reader reader;
    unsigned int frames;
    struct wire last;
    uint8_t text[65536];
    size_t text_size;
};

static void take_text(void *context, const uint8_t *bytes, size_t size)
{
    struct made *m = context;

    assert_true(m->text_size + size <= sizeof(m->text));
    memcpy(m->text + m->text_size, bytes, size);
    m->text_size += size;
}

static struct made *reader_new(void)
{
    static struct made made;

    memset(&made, 0, sizeof(made));
    frame_reader_init(&made.reader);
    made.reader.text = take_text;
    made.reader.context = &made;
    return &made;
}

static void take_frames(struct made *m)
{
    const struct altview_frame *frame;

    while ((frame = frame_next(&m->reader))) {
        m->frames++;
        m->last.header = *frame;
        memcpy(m->last.payload, frame_payload(frame), frame->length);
    }
}

/* Feeds all of it, in pieces of `piece` bytes. */
static void read_in(struct made *m, const void *bytes, size_t size, size_t piece)
{
    for (size_t at = 0; at < size;) {
        size_t count = size - at < piece ? size - at : piece;

        at += frame_feed(&m->reader, (const uint8_t *)bytes + at, count);
        take_frames(m);
    }
}

/* No payload byte is one of the magic's, unless a test needs that. */
static size_t make(struct wire *w, size_t length)
{
    w->header = (struct altview_frame){.kind = ALTVIEW_FRAME_REQUEST,
                                       .type = ALTVIEW_READ,
                                       .length = (uint32_t)length,
                                       .sequence = SEQUENCE};
    for (size_t i = 0; i < length; i++)
        w->payload[i] = (uint8_t)(i % 97);
    return frame_seal(&w->header);
}

static void assert_is(const struct made *m, const struct wire *w)
{
    assert_memory_equal(&m->last.header, &w->header, sizeof(w->header));
    assert_memory_equal(m->last.payload, w->payload, w->header.length);
}

/* The check value of CRC-32/ISO-HDLC, as in every catalogue of checksums. The checksum of nothing
 * is 0. */
static void test_checksum_is_the_common_one(void **state)
{
    (void)state;
    assert_int_equal(frame_checksum("123456789", 9), 0xcbf43926);
    assert_int_equal(frame_checksum("", 0), 0);
}

static void test_seal_fills_in_what_is_fixed(void **state)
{
    struct wire w;

    (void)state;
    w.header.owner = 5;
    assert_int_equal(make(&w, SMALL), sizeof(w.header) + SMALL);
    assert_int_equal(w.header.magic, ALTVIEW_CONTROL_MAGIC);
    assert_int_equal(w.header.version, ALTVIEW_CONTROL_VERSION);
    assert_int_equal(w.header.owner, 0);
    assert_int_equal(w.header.payload_checksum, frame_checksum(w.payload, SMALL));
    assert_int_equal(w.header.header_checksum, frame_checksum(&w.header, 28));
    make(&w, 0);
    assert_int_equal(w.header.payload_checksum, 0);
}

/* In pieces of any size, and of any length. */
static void test_frames_survive_the_line(void **state)
{
    static const size_t lengths[] = {0, 1, SMALL, 4096, ALTVIEW_CONTROL_MAX_PAYLOAD};
    static const size_t pieces[] = {1, 3, 32, 1000, FRAME_MAX};
    struct wire w;

    (void)state;
    for (size_t i = 0; i < COUNT(lengths); i++)
        for (size_t j = 0; j < COUNT(pieces); j++) {
            struct made *m = reader_new();
            size_t size = make(&w, lengths[i]);

            read_in(m, &w, size, pieces[j]);
            read_in(m, &w, size, pieces[j]);
            assert_int_equal(m->frames, 2);
            assert_is(m, &w);
            assert_int_equal(m->reader.stray, 0);
            assert_int_equal(m->reader.broken, 0);
            assert_false(frame_is_under_way(&m->reader));
        }
}

static void test_text_between_frames_is_passed_on(void **state)
{
    struct made *m = reader_new();
    struct wire w;
    size_t size = make(&w, SMALL);

    (void)state;
    read_in(m, "one line\n", 9, 4);
    read_in(m, &w, size, 7);
    read_in(m, "another\n", 8, 8);
    read_in(m, &w, size, size);
    assert_int_equal(m->frames, 2);
    assert_int_equal(m->reader.stray, 17);
    assert_int_equal(m->text_size, 17);
    assert_memory_equal(m->text, "one line\nanother\n", 17);
    assert_int_equal(m->reader.broken, 0);
}

/* A reader may leave out the text. */
static void test_text_may_be_dropped(void **state)
{
    struct made *m = reader_new();
    struct wire w;

    (void)state;
    m->reader.text = NULL;
    read_in(m, "log\n", 4, 4);
    read_in(m, &w, make(&w, 3), FRAME_MAX);
    assert_int_equal(m->frames, 1);
    assert_int_equal(m->reader.stray, 4);
}

/* A frame is cut off anywhere, and the next follows: the reader finds it, at the latest once it
 * gives up the first. */
static void test_what_follows_a_cut_frame_is_found(void **state)
{
    struct wire w;
    size_t size = make(&w, SMALL);

    (void)state;
    for (size_t cut = 1; cut < size; cut++) {
        struct made *m = reader_new();

        read_in(m, &w, cut, cut);
        assert_int_equal(m->frames, 0);
        assert_true(frame_is_under_way(&m->reader));
        read_in(m, &w, size, size);
        for (unsigned int i = 0; i < 4 && !m->frames; i++) {
            frame_give_up(&m->reader);
            take_frames(m);
        }
        assert_int_equal(m->frames, 1);
        assert_is(m, &w);
        assert_int_equal(m->reader.stray, cut);
        assert_memory_equal(m->text, &w, cut);
        /* Less than the magic was no header yet. */
        assert_int_equal(m->reader.broken, cut >= sizeof(w.header.magic));
    }
}

/* Alone, a truncated frame leaves nothing behind. */
static void test_giving_up_looks_at_the_rest(void **state)
{
    struct made *m = reader_new();
    struct wire w;

    (void)state;
    make(&w, SMALL);
    read_in(m, &w, sizeof(w.header) + 3, FRAME_MAX);
    frame_give_up(&m->reader);
    assert_null(frame_next(&m->reader));
    assert_false(frame_is_under_way(&m->reader));
    assert_int_equal(m->text_size, sizeof(w.header) + 3);
    frame_give_up(&m->reader); /* no frame is under way, so this has no effect */
    assert_int_equal(m->reader.broken, 1);
}

/* Each bit of a frame counts. */
static void test_a_flipped_bit_is_noticed(void **state)
{
    struct wire w, flipped;
    size_t size = make(&w, SMALL);

    (void)state;
    for (size_t bit = 0; bit < size * 8; bit++) {
        struct made *m = reader_new();

        flipped = w;
        ((uint8_t *)&flipped)[bit / 8] ^= (uint8_t)(1 << bit % 8);
        read_in(m, &flipped, size, size);
        read_in(m, &w, size, size);
        assert_int_equal(m->frames, 1);
        assert_is(m, &w);
        assert_int_equal(m->reader.stray, size);
    }
}

/* A valid frame, but not of this protocol. */
static void refuse(const struct wire *w, size_t size)
{
    struct made *m = reader_new();
    struct wire good;

    read_in(m, w, size, size);
    read_in(m, &good, make(&good, 1), FRAME_MAX);
    assert_int_equal(m->frames, 1);
    assert_int_equal(m->last.header.length, 1);
    assert_int_equal(m->reader.broken, 1);
}

static void seal_again(struct wire *w)
{
    w->header.header_checksum = frame_checksum(&w->header, 28);
}

static void test_other_versions_kinds_and_lengths_are_refused(void **state)
{
    struct wire w;

    (void)state;
    make(&w, 0);
    w.header.version = ALTVIEW_CONTROL_VERSION + 1;
    seal_again(&w);
    refuse(&w, sizeof(w.header));
    make(&w, 0);
    w.header.kind = 0;
    seal_again(&w);
    refuse(&w, sizeof(w.header));
    make(&w, 0);
    w.header.kind = ALTVIEW_FRAME_EVENT + 1;
    seal_again(&w);
    refuse(&w, sizeof(w.header));
    make(&w, 0);
    w.header.length = ALTVIEW_CONTROL_MAX_PAYLOAD + 1;
    seal_again(&w);
    refuse(&w, sizeof(w.header));
    w.header.length = UINT32_MAX;
    seal_again(&w);
    refuse(&w, sizeof(w.header));
}

/* A whole frame within another's payload is payload. If the outer frame is broken, the reader finds
 * the inner one. */
static void test_a_frame_within_a_frame(void **state)
{
    struct made *m = reader_new();
    struct wire inner, outer;
    size_t size = make(&inner, SMALL);

    (void)state;
    make(&outer, 200);
    memcpy(outer.payload + 50, &inner, size);
    read_in(m, &outer, frame_seal(&outer.header), 13);
    assert_int_equal(m->frames, 1);
    assert_is(m, &outer);

    outer.payload[199] ^= 1;
    read_in(m, &outer, sizeof(outer.header) + 200, 13);
    assert_int_equal(m->frames, 2);
    assert_is(m, &inner);
    assert_int_equal(m->reader.broken, 1);
}

/* The magic alone hides no frame, however often it comes. */
static void test_magic_without_a_frame(void **state)
{
    const uint32_t magic = ALTVIEW_CONTROL_MAGIC;
    struct made *m = reader_new();
    struct wire w;

    (void)state;
    for (unsigned int i = 0; i < 3000; i++)
        read_in(m, &magic, sizeof(magic), sizeof(magic));
    read_in(m, &w, make(&w, SMALL), FRAME_MAX);
    take_frames(m);
    assert_int_equal(m->frames, 1);
    assert_int_equal(m->reader.stray, 3000 * sizeof(magic));
}

/* More garbage than the buffer holds passes in one piece; a waiting frame stops it. */
static void test_feed_takes_what_it_can(void **state)
{
    static uint8_t garbage[3 * FRAME_MAX];
    struct made *m = reader_new();
    struct wire w;
    size_t size = make(&w, ALTVIEW_CONTROL_MAX_PAYLOAD);

    (void)state;
    memset(garbage, 'x', sizeof(garbage));
    assert_int_equal(frame_feed(&m->reader, garbage, sizeof(garbage)), sizeof(garbage));
    assert_null(frame_next(&m->reader));
    assert_int_equal(frame_feed(&m->reader, &w, size), size);
    assert_int_equal(frame_feed(&m->reader, "y", 1), 0);
    assert_non_null(frame_next(&m->reader));
    assert_int_equal(frame_feed(&m->reader, "y", 1), 1);
}

/* Frames in noise, with many bytes of the magic in it: the reader finds all whole ones, in
 * order. */
static void test_frames_in_noise(void **state)
{
    struct sim_random random = sim_random_seed(7);
    struct made *m = reader_new();
    struct wire w;

    (void)state;
    for (unsigned int i = 0; i < 2000; i++) {
        uint8_t noise[16];
        size_t count = sim_random_below(&random, sizeof(noise));

        for (size_t j = 0; j < count; j++)
            noise[j] = (uint8_t)(ALTVIEW_CONTROL_MAGIC >> 8 * sim_random_below(&random, 4));
        read_in(m, noise, count, 5);
        read_in(m, &w, make(&w, sim_random_below(&random, 64)), 11);
        assert_int_equal(m->frames, i + 1);
        assert_is(m, &w);
        m->text_size = 0;
    }
}

/* On a line that alters nothing an apparent frame is a frame. The reader skips the rest. */
static void test_without_checksums(void **state)
{
    struct made *m = reader_new();
    struct wire w;
    size_t size = make(&w, SMALL);

    (void)state;
    assert_int_equal(frame_seal_unchecked(&w.header), size);
    read_in(m, &w, size, size);
    assert_int_equal(m->frames, 0);
    m = reader_new();
    m->reader.unchecked = true;
    w.header.version++;
    read_in(m, &w, size, size);
    assert_int_equal(m->frames, 0);
    w.header.version--;
    read_in(m, &w, size, 7);
    assert_int_equal(m->frames, 1);
    assert_is(m, &w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checksum_is_the_common_one),
        cmocka_unit_test(test_seal_fills_in_what_is_fixed),
        cmocka_unit_test(test_frames_survive_the_line),
        cmocka_unit_test(test_text_between_frames_is_passed_on),
        cmocka_unit_test(test_text_may_be_dropped),
        cmocka_unit_test(test_what_follows_a_cut_frame_is_found),
        cmocka_unit_test(test_giving_up_looks_at_the_rest),
        cmocka_unit_test(test_a_flipped_bit_is_noticed),
        cmocka_unit_test(test_other_versions_kinds_and_lengths_are_refused),
        cmocka_unit_test(test_a_frame_within_a_frame),
        cmocka_unit_test(test_magic_without_a_frame),
        cmocka_unit_test(test_feed_takes_what_it_can),
        cmocka_unit_test(test_frames_in_noise),
        cmocka_unit_test(test_without_checksums),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
