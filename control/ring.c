/* SPDX-License-Identifier: BSD-2-Clause */
#include "control/ring.h"

_Static_assert(sizeof(struct altview_ring) == 128 && sizeof(struct altview_rings) == 320 &&
                   offsetof(struct altview_ring, tail) == 64 &&
                   offsetof(struct altview_rings, to_altview) == 64,
               "each side's indices in a cache line of their own");

/*
 * One read of a field that the other side may change. All these reads and writes are in one order:
 * if two sides each publish an index and then read the other's, at least one sees the other's.
 */
static uint32_t look(const uint32_t *index)
{
    return __atomic_load_n(index, __ATOMIC_SEQ_CST);
}

/* The other side sees earlier writes first. */
static void publish(uint32_t *index, uint32_t value)
{
    __atomic_store_n(index, value, __ATOMIC_SEQ_CST);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Mostly one of two is empty. */
static void copy(void *to, const void *from, size_t size)
{
    if (size) {
        __builtin_memcpy(to, from, size);
    }
}

void ring_reader_init(struct ring_reader *r, struct altview_ring *ring, const void *bytes,
                      uint32_t size)
{
    *r =
        (struct ring_reader){.ring = ring, .bytes = bytes, .size = size, .tail = look(&ring->tail)};
}

void ring_writer_init(struct ring_writer *w, struct altview_ring *ring, void *bytes, uint32_t size)
{
    uint32_t head = look(&ring->head);

    *w = (struct ring_writer){
        .ring = ring, .bytes = bytes, .size = size, .head = head, .told = head};
}

/* The number of bytes between the indices. If it is more than the size, the other side's index is
 * wrong. */
static uint32_t unread(const struct ring_reader *r)
{
    return look(&r->ring->head) - r->tail;
}

static void drop_all(struct ring_reader *r, uint32_t count)
{
    r->broken++;
    r->tail += count;
    publish(&r->ring->tail, r->tail);
}

size_t ring_read(struct ring_reader *r, void *to, size_t room)
{
    uint32_t count = unread(r), at = r->tail & (r->size - 1);
    size_t taken = least(count, room), first = least(taken, r->size - at);

    if (count > r->size) {
        drop_all(r, count);
        return 0;
    }
    copy(to, r->bytes + at, first);
    copy((uint8_t *)to + first, r->bytes, taken - first);
    /* The compiler must not read the ring again in place of the copy. */
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    r->tail += (uint32_t)taken;
    if (look(&r->ring->tail) != r->tail) {
        publish(&r->ring->tail, r->tail);
    }
    return taken;
}

bool ring_has(const struct ring_reader *r)
{
    return unread(r);
}

bool ring_sleep(struct ring_reader *r)
{
    publish(&r->ring->wake, r->tail);
    return !ring_has(r);
}

void ring_watch(struct ring_reader *r)
{
    publish(&r->ring->wake, r->tail - 1); /* passed already */
}

size_t ring_write(struct ring_writer *w, const void *from, size_t size)
{
    uint32_t used = w->head - look(&w->ring->tail), at = w->head & (w->size - 1);
    size_t room = used <= w->size ? w->size - used : 0;
    size_t put = least(size, room), first = least(put, w->size - at);

    w->broken += used > w->size;
    copy(w->bytes + at, from, first);
    copy(w->bytes, (const uint8_t *)from + first, put - first);
    w->head += (uint32_t)put;
    publish(&w->ring->head, w->head);
    return put;
}

bool ring_must_wake(struct ring_writer *w)
{
    uint32_t since = w->head - w->told;

    w->told = w->head;
    /* The byte after `wake` is one of those written since. */
    return w->head - look(&w->ring->wake) - 1 < since;
}

bool ring_is_unheard(const struct ring_writer *w)
{
    uint32_t tail = look(&w->ring->tail);

    return tail != w->head && look(&w->ring->wake) == tail;
}
