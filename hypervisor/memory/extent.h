/* SPDX-License-Identifier: BSD-2-Clause */
/* A range of physical memory, and a short list of ranges. */
#ifndef MEMORY_EXTENT_H
#define MEMORY_EXTENT_H

#include <stdint.h>

/* start + size of an argument never overflows. */
struct extent {
    uint64_t start, size;
};

#define EXTENTS_MAX 64

struct extents {
    struct extent list[EXTENTS_MAX];
    unsigned int count;
};

#endif
