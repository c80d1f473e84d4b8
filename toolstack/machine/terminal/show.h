/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Write the content of a growing file to a descriptor whose reader may stall: a terminal after
 * Ctrl-S, a pager, a pipe. A thread writes, so that no other thread waits: poll(2) can't promise
 * that a write won't block, and O_NONBLOCK would hold for all processes that share the descriptor.
 * The file has what the reader has not taken.
 */
#ifndef RUN_SHOW_H
#define RUN_SHOW_H

#include "toolstack/machine/log_code.h"
#include "toolstack/machine/terminal/screen.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A terminal for two of them, which write to it line by line. It must outlive both. */
struct show_terminal {
    pthread_mutex_t lock;
    struct screen screen;
};

#define SHOW_LINE 4096 /* of the log; longer lines are shown in parts */

/* Must outlive the process's use of it: a thread that is stuck in a write is left behind. */
struct show {
    int from, to;
    struct log_code *code; /* disassembles what the file holds, the log; NULL: the guest's */
    struct show_terminal *terminal; /* both write through it; NULL: unchanged */
    char line[SHOW_LINE];           /* of the log, not ended yet */
    size_t line_size;
    int more, news;             /* eventfd: for the thread; of the thread */
    atomic_uint_fast64_t shown; /* bytes of the file that have been taken */
    atomic_bool last;           /* the file grows no more */
    atomic_bool done;           /* all of it has been taken, or `broken` */
    atomic_bool broken;         /* no process will read */
};

/* `from`: a file, which is read from its beginning. 0 or a negative errno value. */
int show_begin(struct show *s, int from, int to, struct log_code *code,
               struct show_terminal *terminal);
/* For output on `to`. */
void show_terminal_init(struct show_terminal *terminal, struct show *to);

/* The file may have grown. */
void show_more(struct show *s);

/*
 * Wait until the reader has taken the file's first `size` bytes, or none will. False: `signals` is
 * readable (-1: never), or the reader has taken nothing for `patience` milliseconds.
 */
bool show_wait(struct show *s, uint64_t size, int signals, int patience);

/* The same for the whole file, which grows no more. */
bool show_end(struct show *s, int signals, int patience);

#endif
