/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers that differ on the story's machine: the list tests/compare/vendors-monitor. */
#ifndef MONITOR_DIFFERENCES_H
#define MONITOR_DIFFERENCES_H

#include <stdbool.h>

struct difference {
    char name[128];           /* of the check: "STORY:_WHAT" */
    char usual[32], here[32]; /* the answer with VT-x, and that of this place */
    bool used;
};

/* Reads the rows of one place. A line that is not a row ends the program. */
void differences_read(const char *list, const char *place);

/* The row of a check, which this call marks as used. NULL: the check has its usual answer. */
const struct difference *differences_find(const char *story, const char *what);

/* Whether an answer matches the row's pattern. */
bool differences_match(const char *pattern, const char *answer);

/* A row of the story that has not been used yet, or NULL. */
const struct difference *differences_unused(const char *story);

#endif
