/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The owner of each frame of the machine: one table, made at boot. altview builds the host p2m from
 * it, and gives the engine the frames from it to which no entry may lead. The debug build compares
 * each written entry with it. Pure.
 */
#ifndef MEMORY_FRAMES_H
#define MEMORY_FRAMES_H

#include "memory/own.h"

#include <altview/altp2m.h>

enum frame_owner {
    FRAME_DEVICE, /* all that is not RAM */
    FRAME_GUEST,  /* RAM of the guest's; xen/physmap.h has the part that the guest has given back */
    FRAME_OURS,   /* image, page pool, stacks, lists, and where CPUs leave real mode */
    FRAME_SHOWN,  /* altview's, and shown to the guest: rings, shared_info, pages that replace
                   * holes */
    FRAME_OWNERS
};

/* Each range of the map makes two borders, as do each of altview's pieces, and the shown range. */
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

/* All below frame `limit`. `shown`: a part of altview's own memory, in bytes. */
void frames_fill(struct frames *frames, const struct boot_info *boot, struct extent shown,
                 uint64_t limit);

/* FRAME_DEVICE above the limit, too. */
enum frame_owner frames_owner(const struct frames *frames, uint64_t mfn);
const char *frames_owner_name(enum frame_owner owner);

/* altview's frames, in the engine's form. Returns the number of ranges. */
unsigned int frames_kept(const struct frames *frames, struct altp2m_frames kept[KEPT_MAX]);

#endif
