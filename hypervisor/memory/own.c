/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory/own.h"

#include "base/string.h"

#include <xen/arch-x86/hvm/start_info.h>

#define PAGE     4096
#define MIB      (UINT64_C(1) << 20)
#define FOUR_GIB (4096 * MIB)

/* The boot page tables, and 32-bit boot loaders, reach this far. Low memory is the guest's. */
static const struct extent low_ram = {1 * MIB, FOUR_GIB - 1 * MIB};

struct choice {
    struct boot_info *boot;
    const struct own_need *need;
    struct extents busy;
    uint64_t left; /* bytes still to be found */
};

static void merge_with_next(struct extents *own, unsigned int at)
{
    struct extent *e = &own->list[at];

    if (at + 1 < own->count && e->start + e->size == e[1].start) {
        e->size += e[1].size;
        own->count--;
        memmove(&e[1], &e[2], (own->count - at - 1) * sizeof(*e));
    }
}

/* Keeps the list ascending; pieces that touch become one. */
static void add_piece(struct extents *own, struct extent e)
{
    unsigned int at = 0;

    while (at < own->count && own->list[at].start < e.start) {
        at++;
    }
    memmove(&own->list[at + 1], &own->list[at], (own->count - at) * sizeof(own->list[0]));
    own->list[at] = e;
    own->count++;
    merge_with_next(own, at);
    if (at) {
        merge_with_next(own, at - 1);
    }
}

static bool keep(struct choice *c, struct extent e)
{
    struct extent out_of_bounds = e;

    if (c->need->apart) {
        out_of_bounds.start -= OWN_UNIT;
        out_of_bounds.size += 2 * OWN_UNIT;
    }
    if (c->boot->own.count == OWN_PIECES_MAX || !extents_add(&c->busy, out_of_bounds)) {
        return false;
    }
    add_piece(&c->boot->own, e);
    c->left -= e.size;
    return true;
}

/* The next piece to keep: all bytes that are still missing, at the highest place with room, or else
 * the end of the largest free range. */
static struct extent next_piece(const struct choice *c, struct extent within)
{
    uint64_t size = c->need->apart ? OWN_UNIT : c->left;
    uint64_t place = map_find(c->boot, size, OWN_UNIT, within, &c->busy);

    return place ? (struct extent){place, size} : map_largest(c->boot, OWN_UNIT, within, &c->busy);
}

static void keep_within(struct choice *c, struct extent within)
{
    while (c->left) {
        struct extent e = next_piece(c, within);

        if (!e.size || !keep(c, e)) {
            return;
        }
    }
}

static bool keep_low(struct choice *c)
{
    uint64_t place = map_find(c->boot, c->need->low, OWN_UNIT, low_ram, &c->busy);

    c->boot->image = place;
    return place && keep(c, (struct extent){place, c->need->low});
}

/* A piece in the middle of a range makes three of it. */
static bool reserve(struct boot_info *boot)
{
    const struct extents *own = &boot->own;

    if (2 * own->count > BOOT_MAX_RANGES - boot->range_count) {
        return false;
    }
    for (unsigned int i = 0; i < own->count; i++) {
        map_set(boot, own->list[i].start, own->list[i].size, XEN_HVM_MEMMAP_TYPE_RESERVED);
    }
    return true;
}

bool own_choose(struct boot_info *boot, const struct own_need *need, const struct extents *busy)
{
    const struct extent high_ram = {FOUR_GIB, need->reach > FOUR_GIB ? need->reach - FOUR_GIB : 0};
    struct choice c = {boot, need, *busy, need->total};

    boot->own.count = 0;
    if (!keep_low(&c)) {
        return false;
    }
    keep_within(&c, high_ram);
    keep_within(&c, low_ram);
    return !c.left && reserve(boot);
}

uint64_t own_size(const struct boot_info *boot)
{
    uint64_t size = 0;

    for (unsigned int i = 0; i < boot->own.count; i++) {
        size += boot->own.list[i].size;
    }
    return size;
}

void own_extents(const struct boot_info *boot, struct extents *ours)
{
    *ours = boot->own;
    if (boot->trampoline) {
        add_piece(ours, (struct extent){boot->trampoline, PAGE});
    }
}
