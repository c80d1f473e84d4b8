/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory/frame_set.h"

#define BITS  64
#define SHIFT 6

static uint64_t words_for(uint64_t bits)
{
    return (bits + BITS - 1) / BITS;
}

size_t frame_set_size(uint64_t limit)
{
    uint64_t words = 0, bits = limit;

    do {
        bits = words_for(bits);
        words += bits;
    } while (bits > 1);
    return words * sizeof(uint64_t);
}

void frame_set_init(struct frame_set *set, void *memory, uint64_t limit)
{
    uint64_t *words = memory, bits = limit;

    *set = (struct frame_set){.limit = limit};
    do {
        set->levels[set->height++] = words;
        bits = words_for(bits);
        words += bits;
    } while (bits > 1 && set->height < FRAME_SET_LEVELS);
}

bool frame_set_has(const struct frame_set *set, uint64_t frame)
{
    return frame < set->limit && set->levels[0][frame >> SHIFT] >> frame % BITS & 1;
}

void frame_set_add(struct frame_set *set, uint64_t frame)
{
    bool was_empty = true; /* the word below is new: this level does not have its bit yet */

    set->count++;
    for (unsigned int level = 0; level < set->height && was_empty; level++) {
        uint64_t *word = &set->levels[level][frame >> SHIFT];

        was_empty = !*word;
        *word |= UINT64_C(1) << frame % BITS;
        frame >>= SHIFT;
    }
}

void frame_set_remove(struct frame_set *set, uint64_t frame)
{
    bool is_empty = true;

    set->count--;
    for (unsigned int level = 0; level < set->height && is_empty; level++) {
        uint64_t *word = &set->levels[level][frame >> SHIFT];

        *word &= ~(UINT64_C(1) << frame % BITS);
        is_empty = !*word;
        frame >>= SHIFT;
    }
}

uint64_t frame_set_first(const struct frame_set *set)
{
    uint64_t at = 0;

    for (unsigned int level = set->height; level--;) {
        at = at << SHIFT | (uint64_t)__builtin_ctzll(set->levels[level][at]);
    }
    return at;
}
