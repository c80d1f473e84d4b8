/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages for the engine's tables: an arena, and a list of what is free. */
#ifndef BENCH_PAGES_H
#define BENCH_PAGES_H

#include <stddef.h>
#include <stdint.h>

struct pages {
    uint8_t *arena;
    size_t fresh; /* pages never handed out start here */
    void *free;   /* linked through their first words */
    size_t used;
};

void pages_init(struct pages *pages);
void *pages_alloc(struct pages *pages);
void pages_free(struct pages *pages, void *page);

#endif
