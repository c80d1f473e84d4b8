/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that go on until Ctrl-C, SIGTERM, or a time limit ends them. */
#ifndef COMMAND_STOPPING_H
#define COMMAND_STOPPING_H

#include <stdbool.h>
#include <stdint.h>

#define STOPPING_NEVER (~0UL)

struct stopping {
    uint64_t deadline_ms; /* of the clock behind stopping_wait */
};

/* From now on the signals ask the command to stop, and do not end the process. */
void stopping_begin(struct stopping *stopping, unsigned long seconds);
void stopping_end(void);

/* The milliseconds to wait before the next call; 0: time is up. */
int stopping_wait(const struct stopping *stopping);
/* Whether a signal has come. */
bool stopping_asked(void);

#endif
