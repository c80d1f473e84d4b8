/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers that differ where the story is told: the list tests/compare/vendors-monitor. */
#ifndef MONITOR_DIFFERENCES_H
#define MONITOR_DIFFERENCES_H

#include <stdbool.h>

struct difference {
    char name[128];           /* of the check: "STORY:_WHAT" */
    char usual[32], here[32]; /* the answer with VT-x, and that of this place */
    bool used;
};

/* Those of one place. What is no row ends the program. */
void differences_read(const char *list, const char *place);

/* That of a check, which is used thereby; NULL: its answer is the usual one. */
const struct difference *differences_find(const char *story, const char *what);

/* Whether an answer is what the row says of it. */
bool differences_match(const char *pattern, const char *answer);

/* One of the story's that has not been used yet, or NULL. */
const struct difference *differences_unused(const char *story);

#endif
