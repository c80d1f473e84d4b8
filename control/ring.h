/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One end of a ring of bytes in memory (<altview/ring.h>): one writer and one reader, in any
 * processes or processors. Free-standing, used at both ends.
 *
 * The other side may write anything into the ring at any time. So an end keeps its own index in
 * private memory and only publishes it. It reads each index of the other side once, checks it, and
 * then uses it. With an impossible index the writer takes the ring for full, the reader drops the
 * ring's bytes, and `broken` counts. In either case both ends agree again once both have used the
 * ring.
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
    uint32_t told; /* head at the last call of ring_must_wake */
    uint64_t broken;
};

/* `size` is a power of two, at most 2^31. An end starts at its predecessor's index. */
void ring_reader_init(struct ring_reader *r, struct altview_ring *ring, const void *bytes,
                      uint32_t size);
void ring_writer_init(struct ring_writer *w, struct altview_ring *ring, void *bytes, uint32_t size);

/* Take the bytes in the ring, at most `room`. Returns how many: 0 if there are none. */
size_t ring_read(struct ring_reader *r, void *to, size_t room);
/* Are there bytes to take? */
bool ring_has(const struct ring_reader *r);

/*
 * Call this before the reader sleeps: it asks the writer to ring the bell at the next byte. True:
 * the reader may sleep. False: bytes have come, and the bell may not ring for them.
 */
bool ring_sleep(struct ring_reader *r);
/* The reader polls: it needs no bell. */
void ring_watch(struct ring_reader *r);

/* Put as many bytes as there is room for. Returns how many. */
size_t ring_write(struct ring_writer *w, const void *from, size_t size);
/* After writing: does the reader sleep, without a bell since? True once for each sleep. */
bool ring_must_wake(struct ring_writer *w);
/* The reader sleeps with bytes unread: it has missed the bell. */
bool ring_is_unheard(const struct ring_writer *w);

#endif
