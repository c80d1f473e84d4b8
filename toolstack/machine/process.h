/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs that end with this process, and the signals that end this process. */
#ifndef RUN_PROCESS_H
#define RUN_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * From now on SIGINT, SIGTERM, SIGHUP and SIGQUIT wait in a descriptor, so that the program can
 * clean up.
 * SIGPIPE becomes an error of write. Returns the descriptor.
 */
int signals_hold(void);
/* The exit status for the signal that waits in it, 128 plus its number; 0: none waits. */
int signals_status(int signals);

/* Whether PATH has such a program. */
bool program_exists(const char *name);

struct program {
    const char *const *words;       /* argv, NULL at the end; words[0] is looked up on PATH */
    const char *const *environment; /* "NAME=VALUE", in addition to this process's; may be NULL */
    const char *directory;          /* where it runs; NULL: here */
    const char *input;              /* a file; NULL: it has none */
    int output;                     /* descriptor of its output, and of its messages ... */
    const int *keep;                /* more descriptors that it has, -1 at the end; may be NULL */
    bool quiet;                     /* ... unless no caller wants them */
    uint64_t most;                  /* bytes of a file that it may write; 0: any number */
};

/* Starts it: a process group of its own, killed when this process ends, however it ends. Its
 * process, or a negative errno value. */
pid_t process_start(const struct program *program);

/* Asks it to end, and kills it if it does not end within 2 s. */
void process_end(pid_t process);

/* Runs it to its end: its exit status, 128 + signal number if it was killed; negative errno
 * value, -EINTR if a signal came (and it has been ended). */
int process_run(const struct program *program, int signals);

#endif
