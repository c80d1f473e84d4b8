/* SPDX-License-Identifier: BSD-2-Clause */
/* A run of a sequence in one way, and its result. */
#ifndef STEPS_RUN_H
#define STEPS_RUN_H

#include "enter.h"
#include "generate.h"
#include "views.h"

#define RUN_EVENTS 48
#define RUN_BASES  3 /* FS, GS, the kernel's GS */

struct outcome {
    struct event events[RUN_EVENTS];
    uint64_t count;
    uint64_t bases[RUN_BASES];
    uint64_t view; /* where it has ended; VIEW_STAYED: where it began */
    uint64_t vectors[ENTER_VECTOR_SIZE / 8];
};
#define VIEW_STAYED 0xffff

/* Once, before the first. */
void run_init(void);
void run(const struct sequence *s, enum way way, struct outcome *outcome);

/* compare.c: the first difference in words, or NULL; of what the arena has kept and holds, too. */
const char *compare(const struct outcome *expected, const struct outcome *seen);

#endif
