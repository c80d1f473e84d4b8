/* SPDX-License-Identifier: BSD-2-Clause */
/* A stretch of physical memory, and a short list of them. */
#ifndef MEMORY_EXTENT_H
#define MEMORY_EXTENT_H

#include <stdint.h>

/* start + size never overflows where one is passed in. */
struct extent {
    uint64_t start, size;
};

#define EXTENTS_MAX 64

struct extents {
    struct extent list[EXTENTS_MAX];
    unsigned int count;
};

#endif
