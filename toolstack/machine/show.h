/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a growing file holds goes to a descriptor whose reader may stall: a terminal after Ctrl-S, a
 * pager, a pipe. A thread writes, so that nobody else waits: poll(2) can't promise that a write
 * won't block, and O_NONBLOCK would be set for all who share the descriptor. What is not taken
 * waits in the file.
 */
#ifndef RUN_SHOW_H
#define RUN_SHOW_H

#include "toolstack/machine/log_code.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Must outlive the process's use of it: a thread that is stuck in a write is left behind. */
struct show {
    int from, to;
    struct log_code *code;      /* disassembles what the file holds; NULL: it is shown as it is */
    int more, news;             /* eventfd: for the thread; of the thread */
    atomic_uint_fast64_t shown; /* bytes of the file that have been taken */
    atomic_bool last;           /* the file grows no more */
    atomic_bool done;           /* all of it has been taken, or `broken` */
    atomic_bool broken;         /* nobody will read */
};

/* `from`: a file, which is read from its beginning. 0 or a negative errno value. */
int show_begin(struct show *s, int from, int to, struct log_code *code);

/* The file may have grown. */
void show_more(struct show *s);

/*
 * Until the file's first `size` bytes have been taken, or nobody will; false: `signals` is readable
 * (-1: never), or nothing has been taken for `patience` milliseconds.
 */
bool show_wait(struct show *s, uint64_t size, int signals, int patience);

/* The same for all of the file, which grows no more. */
bool show_end(struct show *s, int signals, int patience);

#endif
