/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The places that a watch selects. An event is at the accessed address, if it has one, else at its
 * instruction (for a breakpoint, the INT3).
 */
#ifndef COMMAND_TARGET_H
#define COMMAND_TARGET_H

#include "memory/place.h"

struct target {
    bool is_virtual;
    struct range range; /* virtual */
    struct altview_run *runs;
    size_t run_count;
};

struct targets {
    struct place place;
    struct target *all;
    size_t count; /* none: everywhere */
};

/* 0, or EXIT_USAGE after a message with the error. */
int targets_check(const struct targets *t, char *const *texts, size_t count);
/* Find them, in the present memory. 0, or EXIT_FAILED after a message with the cause. */
int targets_find(struct session *s, struct targets *t, char *const *texts, size_t count);
void targets_free(struct targets *t);

/* Whether the event is at one of them. An event that reports an end always is. */
bool targets_have(struct session *s, const struct targets *t, const struct altview_event *event);

#endif
