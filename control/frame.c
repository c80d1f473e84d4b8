/* SPDX-License-Identifier: BSD-2-Clause */
#include "control/frame.h"

/* A header has 28 bytes under its checksum. */
#define CHECKED offsetof(struct altview_frame, header_checksum)

_Static_assert(sizeof(struct altview_frame) == 32, "as the protocol has it");

/* The kind of data at a position in the stream. */
enum place { PLACE_STRAY, PLACE_PART, PLACE_WHOLE };

/* CRC-32 of IEEE 802.3, four bits at a time: polynomial 0x04c11db7, bits reflected. */
uint32_t frame_checksum(const void *bytes, size_t size)
{
    static const uint32_t nibble[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t sum = UINT32_MAX;

    for (const uint8_t *b = bytes; size; b++, size--) {
        sum ^= *b;
        sum = sum >> 4 ^ nibble[sum & 15];
        sum = sum >> 4 ^ nibble[sum & 15];
    }
    return ~sum;
}

size_t frame_seal_unchecked(struct altview_frame *frame)
{
    frame->magic = ALTVIEW_CONTROL_MAGIC;
    frame->version = ALTVIEW_CONTROL_VERSION;
    frame->payload_checksum = frame->header_checksum = 0;
    return sizeof(*frame) + frame->length;
}

size_t frame_seal(struct altview_frame *frame)
{
    size_t size = frame_seal_unchecked(frame);

    frame->payload_checksum = frame_checksum(frame_payload(frame), frame->length);
    frame->header_checksum = frame_checksum(frame, CHECKED);
    return size;
}

void frame_reader_init(struct frame_reader *r)
{
    r->used = r->offered = 0;
    r->unchecked = false;
    r->stray = r->broken = 0;
    r->text = NULL;
    r->context = NULL;
}

/* Drop the first bytes and move the others up. */
static void drop(struct frame_reader *r, size_t size)
{
    r->used -= size;
    if (r->used) {
        __builtin_memmove(r->bytes, r->bytes + size, r->used);
    }
}

static void drop_offered(struct frame_reader *r)
{
    if (r->offered) {
        drop(r, r->offered);
    }
    r->offered = 0;
}

static void skip(struct frame_reader *r, size_t size)
{
    if (!size) {
        return;
    }
    r->stray += size;
    if (r->text) {
        r->text(r->context, r->bytes, size);
    }
    drop(r, size);
}

/* The checksums of a header and a payload, where the line has checksums. */
static bool sum_is_good(const struct frame_reader *r, uint32_t sum, const void *bytes, size_t size)
{
    return r->unchecked || sum == frame_checksum(bytes, size);
}

static bool header_is_good(const struct frame_reader *r, const struct altview_frame *h)
{
    return h->version == ALTVIEW_CONTROL_VERSION && h->kind >= ALTVIEW_FRAME_REQUEST &&
           h->kind <= ALTVIEW_FRAME_EVENT && h->length <= ALTVIEW_CONTROL_MAX_PAYLOAD &&
           sum_is_good(r, h->header_checksum, h, CHECKED);
}

static enum place broken(struct frame_reader *r)
{
    r->broken++;
    return PLACE_STRAY;
}

static enum place look_at(struct frame_reader *r, size_t at)
{
    const uint32_t magic = ALTVIEW_CONTROL_MAGIC;
    const uint8_t *bytes = r->bytes + at;
    size_t size = r->used - at;
    struct altview_frame header;

    if (size < sizeof(header)) {
        size_t known = size < sizeof(magic) ? size : sizeof(magic);

        return __builtin_memcmp(bytes, &magic, known) != 0 ? PLACE_STRAY : PLACE_PART;
    }
    __builtin_memcpy(&header, bytes, sizeof(header)); /* `bytes` need not be aligned */
    if (header.magic != magic) {
        return PLACE_STRAY;
    }
    if (!header_is_good(r, &header)) {
        return broken(r);
    }
    if (size < sizeof(header) + header.length) {
        return PLACE_PART;
    }
    return sum_is_good(r, header.payload_checksum, bytes + sizeof(header), header.length)
               ? PLACE_WHOLE
               : broken(r);
}

/* Skip to a frame, or to bytes that may become one. */
static bool find_whole(struct frame_reader *r)
{
    size_t at = 0;
    enum place place = look_at(r, at);

    while (place == PLACE_STRAY) {
        place = look_at(r, ++at); /* after the last byte: part of no frame yet */
    }
    skip(r, at);
    return place == PLACE_WHOLE;
}

size_t frame_feed(struct frame_reader *r, const void *bytes, size_t size)
{
    size_t taken = 0;

    drop_offered(r);
    /* A full buffer holds a whole frame, or something that can be skipped. */
    while (taken < size && (r->used < FRAME_MAX || !find_whole(r))) {
        size_t room = FRAME_MAX - r->used, count = size - taken < room ? size - taken : room;

        __builtin_memcpy(r->bytes + r->used, (const uint8_t *)bytes + taken, count);
        r->used += count;
        taken += count;
    }
    return taken;
}

const struct altview_frame *frame_next(struct frame_reader *r)
{
    const struct altview_frame *frame = (const void *)r->bytes;

    drop_offered(r);
    if (!r->used || !find_whole(r)) {
        return NULL;
    }
    r->offered = sizeof(*frame) + frame->length;
    return frame;
}

bool frame_is_under_way(const struct frame_reader *r)
{
    return r->used > r->offered;
}

void frame_give_up(struct frame_reader *r)
{
    drop_offered(r);
    if (r->used) {
        r->broken++;
        skip(r, 1);
    }
}
