/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's log, gathered to lines. Three of them matter to the run. Pure. */
#ifndef RUN_LOG_H
#define RUN_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log {
    bool started;        /* "altview: starting the guest" */
    bool rung;           /* "altview: rung by NMI": then it looks at its port */
    int status;          /* of "altview: end: status N: "; -1: there was no such line */
    bool whole, goes_on; /* the line is to be put out; it is not the beginning of one */
    size_t used;
    char line[513]; /* the one under way, or a part of one that is longer; with room for a 0 */
};

void log_init(struct log *log);
/* One byte more. True: the line, of `used` bytes, is to be put out before the next one comes. */
bool log_take(struct log *log, uint8_t byte);

#endif
