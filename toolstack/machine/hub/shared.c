/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/hub/shared.h"

#include "control/frame.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST      (1U << 20) /* of both rings */
#define LEAST     4096U      /* of one */
#define FOUR_GIB  (UINT64_C(4) << 30)
#define LOW_MOST  (UINT64_C(11) << 28) /* 2.75 GiB */
#define LOW_SPLIT (UINT64_C(2) << 30)

struct altview_layout shared_layout(int memory)
{
    struct altview_layout layout = {0};
    struct stat file;
    uint64_t size, low;

    if (memory < 0 || fstat(memory, &file) || file.st_size <= 0) {
        return layout;
    }
    size = (uint64_t)file.st_size;
    low = size < LOW_MOST ? size : LOW_SPLIT;
    layout.pieces[layout.count++] = (struct altview_layout_piece){.size = low};
    if (size > low) {
        layout.pieces[layout.count++] =
            (struct altview_layout_piece){.address = FOUR_GIB, .size = size - low, .offset = low};
    }
    return layout;
}

static bool is_in(uint64_t at, uint64_t size, uint64_t whole)
{
    return at <= whole && size <= whole - at;
}

/* The file offset of all of it, in one piece; or -1. */
static off_t offset_of(const struct altview_layout *layout, uint64_t address, uint64_t size)
{
    for (uint32_t i = 0; i < layout->count; i++) {
        const struct altview_layout_piece *p = &layout->pieces[i];

        if (address >= p->address && is_in(address - p->address, size, p->size)) {
            return (off_t)(p->offset + (address - p->address));
        }
    }
    return -1;
}

static bool place_is_good(const struct altview_ring_place *place)
{
    return place->version == ALTVIEW_RING_VERSION && place->size >= sizeof(struct altview_rings) &&
           place->size <= MOST && !(place->address % (uint64_t)sysconf(_SC_PAGESIZE));
}

static bool ring_is_good(uint32_t at, uint32_t size, uint32_t whole)
{
    return size >= LEAST && !(size & (size - 1)) && at >= sizeof(struct altview_rings) &&
           is_in(at, size, whole);
}

/* `rings` is a copy, because the original may change. */
static bool rings_are_good(const struct altview_rings *rings,
                           const struct altview_ring_place *place, uint64_t instance)
{
    return rings->magic == ALTVIEW_RING_MAGIC && rings->version == place->version &&
           rings->size == place->size && rings->instance == instance &&
           ring_is_good(rings->to_altview_at, rings->to_altview_size, place->size) &&
           ring_is_good(rings->from_altview_at, rings->from_altview_size, place->size);
}

bool shared_open(struct shared *s, int memory, const struct altview_ring_place *place,
                 uint64_t instance)
{
    const struct altview_layout layout = shared_layout(memory);
    off_t offset = offset_of(&layout, place->address, place->size);
    struct altview_rings rings, *map;
    uint8_t *base;

    *s = (struct shared){0};
    if (!place_is_good(place) || offset < 0) {
        return false;
    }
    base = mmap(NULL, place->size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, offset);
    if (base == MAP_FAILED) {
        return false;
    }
    map = (struct altview_rings *)base;
    memcpy(&rings, map, sizeof(rings));
    __atomic_signal_fence(__ATOMIC_SEQ_CST); /* the copy counts: it is not read again */
    *s = (struct shared){.map = base, .size = place->size};
    if (!rings_are_good(&rings, place, instance)) {
        shared_close(s);
        return false;
    }
    ring_reader_init(&s->in, &map->from_altview, base + rings.from_altview_at,
                     rings.from_altview_size);
    ring_writer_init(&s->out, &map->to_altview, base + rings.to_altview_at, rings.to_altview_size);
    return true;
}

void shared_end(struct shared *s)
{
    struct altview_rings *rings = s->map;

    if (rings) {
        __atomic_add_fetch(&rings->generation, 1, __ATOMIC_SEQ_CST);
    }
}

void shared_close(struct shared *s)
{
    if (s->map) {
        munmap(s->map, s->size);
    }
    s->map = NULL;
}
