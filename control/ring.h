/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One end of a ring of bytes in memory (<altview/ring.h>): one writer, one reader, in whatever
 * processes or processors. Free-standing, used at both ends.
 *
 * The other side may write anything into the ring at any time. So an end keeps its own index to
 * itself and only publishes it; it reads each index of the other's once, checks it, and then uses
 * it. An index that can't be right changes nothing but this: the writer takes the ring for full,
 * the reader drops what is in it, and `broken` counts. Either way the two ends agree again when
 * both have been at work.
 */
#ifndef CONTROL_RING_H
#define CONTROL_RING_H

#include <altview/ring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring_reader {
    struct altview_ring *ring;
    const uint8_t *bytes;
    uint32_t size, tail;
    uint64_t broken;
};

struct ring_writer {
    struct altview_ring *ring;
    uint8_t *bytes;
    uint32_t size, head;
    uint32_t told; /* head when ring_must_wake was asked last */
    uint64_t broken;
};

/* `size` is a power of two, at most 2^31. An end goes on where its predecessor's index stands. */
void ring_reader_init(struct ring_reader *r, struct altview_ring *ring, const void *bytes,
                      uint32_t size);
void ring_writer_init(struct ring_writer *w, struct altview_ring *ring, void *bytes, uint32_t size);

/* Take what there is, at most `room` bytes. Returns how many: 0 if there are none. */
size_t ring_read(struct ring_reader *r, void *to, size_t room);
/* Is there something to take? */
bool ring_has(const struct ring_reader *r);

/*
 * Before the reader sleeps: the writer is to ring its bell at the next byte. True: it may sleep.
 * False: something has come, and the bell may not ring for it.
 */
bool ring_sleep(struct ring_reader *r);
/* The reader looks by itself: no bell is needed. */
void ring_watch(struct ring_reader *r);

/* Put as much of it as there is room for. Returns how many bytes that were. */
size_t ring_write(struct ring_writer *w, const void *from, size_t size);
/* After writing: does the reader sleep, and has not been rung for this? Once for each sleep. */
bool ring_must_wake(struct ring_writer *w);
/* The reader sleeps with bytes unread: the bell was not heard. */
bool ring_is_unheard(const struct ring_writer *w);

#endif
