/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Conversion between frames (<altview/control.h>) and bytes. Free-standing, used at both ends of
 * the line.
 */
#ifndef CONTROL_FRAME_H
#define CONTROL_FRAME_H

#include <altview/control.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX (sizeof(struct altview_frame) + ALTVIEW_CONTROL_MAX_PAYLOAD)

/* CRC-32 of IEEE 802.3 (zlib's crc32 from 0). */
uint32_t frame_checksum(const void *bytes, size_t size);

/*
 * Complete a frame in place: `frame` is followed by frame->length bytes of payload. kind, type,
 * length, sequence and status are the caller's, the rest is filled in. Returns its size in all.
 */
size_t frame_seal(struct altview_frame *frame);
/* The same for a reader that is `unchecked`: its checksums are 0. */
size_t frame_seal_unchecked(struct altview_frame *frame);

/*
 * A stream of bytes, and the frames in it. The reader skips bytes that belong to no frame one by
 * one. So bytes before, between or in place of frames never hide the next good frame, even if they
 * look like the start of a frame.
 */
struct frame_reader {
    size_t used;            /* bytes in `bytes` */
    size_t offered;         /* of these, the size of the frame that frame_next returned last */
    bool unchecked;         /* the line loses and alters nothing: the reader checks no checksum */
    uint64_t stray, broken; /* bytes skipped; bad headers or payloads */
    /* Gets skipped bytes, the text between frames; NULL: they are dropped. */
    void (*text)(void *context, const uint8_t *bytes, size_t size);
    void *context;
    _Alignas(8) uint8_t bytes[FRAME_MAX];
};

void frame_reader_init(struct frame_reader *r);

/* Take bytes; returns how many. It takes all, unless the buffer holds frames that frame_next has
 * not returned. */
size_t frame_feed(struct frame_reader *r, const void *bytes, size_t size);

/* The next whole frame, followed by its payload, or NULL. It is valid until the next call on
 * `r`. */
const struct altview_frame *frame_next(struct frame_reader *r);

/*
 * Is a frame unfinished? (Then the reader holds bytes that may turn out to belong to no frame.)
 */
bool frame_is_under_way(const struct frame_reader *r);

/* Give up the unfinished frame: skip its first byte, and look at the bytes after it again. */
void frame_give_up(struct frame_reader *r);

static inline const void *frame_payload(const struct altview_frame *frame)
{
    return frame + 1;
}

#endif
