/* SPDX-License-Identifier: BSD-2-Clause */
/* The progress of a long command, on a separate line, if standard error is a terminal. */
#ifndef COMMAND_PROGRESS_H
#define COMMAND_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    uint64_t all;         /* bytes */
    int64_t begun, shown; /* milliseconds */
    bool on, drawn;
};

void progress_begin(struct progress *p, uint64_t all);
/* Shows that so many bytes are done, at most a few times a second. */
void progress_show(struct progress *p, uint64_t done);
/* Removes the line. */
void progress_end(struct progress *p);

#endif
