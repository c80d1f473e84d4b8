/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's log, gathered to lines. Three of them matter to the run. Pure. */
#ifndef RUN_LOG_H
#define RUN_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log {
    bool started;        /* "altview: starting the guest" */
    bool rung;           /* "altview: rung by NMI": it polls its port when an NMI comes */
    int status;          /* of "altview: end: status N: "; -1: there was no such line */
    bool whole, goes_on; /* put the line out; it is not the beginning of one */
    size_t used;
    char line[513]; /* the present line, or a part of a long one; with room for a 0 */
};

void log_init(struct log *log);
/* Adds one byte. True: put out the line, of `used` bytes, before the next byte. */
bool log_take(struct log *log, uint8_t byte);

#endif
