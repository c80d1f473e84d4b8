/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer target: a client's input. The line carries frames, and between them anything: random
 * bytes, truncated frames, frames with a flipped bit. The reader finds all good frames, in order,
 * and nothing else.
 */
#include "control/frame.h"
#include "input.h"
#include "sim/fail.h"

#include <stdbool.h>

#define MOST_FRAMES 64
#define MOST_BYTES  (MOST_FRAMES * FRAME_MAX)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct line {
    struct input in;
    uint8_t bytes[MOST_BYTES];
    size_t size;
    size_t frame_at[MOST_FRAMES]; /* the offsets of the good ones */
    unsigned int frames, found;
    size_t found_bytes, text_bytes;
    struct frame_reader reader;
};

/* One frame at the end of the line, good so far: returns its size. */
static size_t put_frame(struct line *l)
{
    struct {
        struct altview_frame header;
        uint8_t payload[ALTVIEW_CONTROL_MAX_PAYLOAD];
    } f = {0};
    uint8_t shape = input_byte(&l->in);

    f.header.kind = (uint8_t)(1 + shape % 3);
    f.header.type = input_byte(&l->in);
    f.header.sequence = input_byte(&l->in);
    /* The payload is rarely long, and has the input's bytes. */
    f.header.length = shape < 250 ? shape / 3 : ALTVIEW_CONTROL_MAX_PAYLOAD - (shape & 1);
    input_bytes(&l->in, f.payload, f.header.length);
    size_t size = frame_seal(&f.header);

    memcpy(l->bytes + l->size, &f, size);
    return size;
}

static void good(struct line *l)
{
    l->frame_at[l->frames++] = l->size;
    l->size += put_frame(l);
}

/* The byte after the cut differs from the frame's, so that the following bytes can't complete the
 * frame. */
static void cut(struct line *l)
{
    size_t size = put_frame(l);

    l->size += input_byte(&l->in) * size / 256;
    l->bytes[l->size++] ^= 0xff;
}

static void turned(struct line *l)
{
    size_t size = put_frame(l);
    size_t bit = (input_byte(&l->in) * 256U + input_byte(&l->in)) % (size * 8);

    l->bytes[l->size + bit / 8] ^= (uint8_t)(1 << bit % 8);
    l->size += size;
}

static void noise(struct line *l)
{
    size_t count = input_byte(&l->in);

    input_bytes(&l->in, l->bytes + l->size, count);
    l->size += count;
}

static void magic(struct line *l)
{
    const uint32_t word = ALTVIEW_CONTROL_MAGIC;
    size_t count = 1 + input_byte(&l->in) % sizeof(word);

    memcpy(l->bytes + l->size, &word, count);
    l->size += count;
}

static void (*const parts[])(struct line *l) = {good, good, good, cut, turned, noise, magic};

static void take_text(void *context, const uint8_t *bytes, size_t size)
{
    struct line *l = context;

    (void)bytes;
    l->text_bytes += size;
}

static void take_frames(struct line *l)
{
    const struct altview_frame *frame;

    while ((frame = frame_next(&l->reader))) {
        size_t size = sizeof(*frame) + frame->length;

        if (l->found == l->frames)
            sim_fail("more frames found than sent");
        if (memcmp(frame, l->bytes + l->frame_at[l->found], size) != 0)
            sim_fail("frame %u is not as it was sent", l->found);
        l->found++;
        l->found_bytes += size;
    }
}

static void read_all(struct line *l, size_t piece)
{
    for (size_t at = 0; at < l->size;) {
        size_t count = l->size - at < piece ? l->size - at : piece;

        at += frame_feed(&l->reader, l->bytes + at, count);
        take_frames(l);
        if (l->reader.used > FRAME_MAX)
            sim_fail("the reader holds more than it can");
    }
    /* The line is dead: the reader gives up an incomplete frame at its end. */
    while (frame_is_under_way(&l->reader)) {
        frame_give_up(&l->reader);
        take_frames(l);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct line line; /* too large for an allocation in each run */
    struct line *l = &line;
    uint8_t piece;

    l->size = l->found_bytes = l->text_bytes = 0;
    l->frames = l->found = 0;
    l->in = (struct input){.data = data, .left = size};
    frame_reader_init(&l->reader);
    l->reader.text = take_text;
    l->reader.context = l;
    piece = input_byte(&l->in);
    for (unsigned int i = 0; i < MOST_FRAMES && l->in.left; i++)
        parts[input_byte(&l->in) % (sizeof(parts) / sizeof(parts[0]))](l);
    read_all(l, piece < 128 ? 1 + piece : FRAME_MAX + piece);
    if (l->found != l->frames)
        sim_fail("%u frames were sent, %u found", l->frames, l->found);
    if (l->text_bytes != l->reader.stray || l->text_bytes + l->found_bytes != l->size)
        sim_fail("bytes have been lost, or counted twice");
    return 0;
}
