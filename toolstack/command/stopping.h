/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that go on until they are told to end: by Ctrl-C, SIGTERM, or a time limit. */
#ifndef COMMAND_STOPPING_H
#define COMMAND_STOPPING_H

#include <stdbool.h>
#include <stdint.h>

#define STOPPING_NEVER (~0UL)

struct stopping {
    uint64_t deadline_ms; /* of the clock behind stopping_wait */
};

/* From now on the signals ask to stop, rather than end the process. */
void stopping_begin(struct stopping *stopping, unsigned long seconds);
void stopping_end(void);

/* For how many milliseconds to wait before asking again; 0: time is up. */
int stopping_wait(const struct stopping *stopping);
/* Has a signal come? */
bool stopping_asked(void);

#endif
