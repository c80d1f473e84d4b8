/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set of frame numbers below a limit. Adding, removing and finding one take a few steps for any
 * content, and no memory except that given at the start. Pure.
 */
#ifndef MEMORY_FRAME_SET_H
#define MEMORY_FRAME_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_SET_LEVELS 6 /* of 64 each: enough for the frames that a 4-level EPT can map */

/* A bit for each frame; on the levels above, one for each word below that has a bit set. */
struct frame_set {
    uint64_t *levels[FRAME_SET_LEVELS];
    unsigned int height; /* levels in use; the last one is a single word */
    uint64_t limit, count;
};

/* The size of a set of frames below `limit`, at most 2^36. */
size_t frame_set_size(uint64_t limit);
/* `memory`: that many bytes, zeroed. The set is empty. */
void frame_set_init(struct frame_set *set, void *memory, uint64_t limit);

/* Accepts any number. One at or above the limit is not in the set. */
bool frame_set_has(const struct frame_set *set, uint64_t frame);
/* add: a frame below the limit that is not in the set. remove: one that is. */
void frame_set_add(struct frame_set *set, uint64_t frame);
void frame_set_remove(struct frame_set *set, uint64_t frame);
/* The lowest. The set is not empty. */
uint64_t frame_set_first(const struct frame_set *set);

#endif
