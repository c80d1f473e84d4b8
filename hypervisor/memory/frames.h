/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The owner of each frame of the machine: one table, made at boot. We build the host p2m from it,
 * and tell the engine from it what no entry may lead to. The debug build compares each entry that
 * is written with it. Pure.
 */
#ifndef MEMORY_FRAMES_H
#define MEMORY_FRAMES_H

#include "memory/own.h"

#include <altview/altp2m.h>

enum frame_owner {
    FRAME_DEVICE, /* whatever is not RAM */
    FRAME_GUEST,  /* RAM of the guest's; which of it the guest has given back: xen/physmap.h */
    FRAME_OURS,   /* image, page pool, stacks, lists, and where CPUs leave real mode */
    FRAME_SHOWN,  /* ours, and shown to the guest: rings, shared_info, what stands in for holes */
    FRAME_OWNERS
};

/* Each range of the map makes two borders, and so does each of our pieces, and what is shown. */
#define FRAMES_MAX (2 * (BOOT_MAX_RANGES + OWN_PIECES_MAX + 2) + 1)
#define KEPT_MAX                                                                                   \
    (OWN_PIECES_MAX + 1 + 2) /* the pieces, the page below 1 MiB, one divided in three */

/* Frames [first, end). */
struct frame_range {
    uint64_t first, end;
    enum frame_owner owner;
};

struct frames {
    struct frame_range ranges[FRAMES_MAX]; /* ascending, without a gap from frame 0 on */
    unsigned int count;
};

/* All below frame `limit`. `shown`: a part of our own memory, in bytes. */
void frames_fill(struct frames *frames, const struct boot_info *boot, struct extent shown,
                 uint64_t limit);

/* FRAME_DEVICE above the limit, too. */
enum frame_owner frames_owner(const struct frames *frames, uint64_t mfn);
const char *frames_owner_name(enum frame_owner owner);

/* What is ours, as the engine takes it. Returns how many ranges. */
unsigned int frames_kept(const struct frames *frames, struct altp2m_frames kept[KEPT_MAX]);

#endif
