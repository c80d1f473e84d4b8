/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's log, of which two lines matter to us. Pure. */
#ifndef RUN_LOG_H
#define RUN_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log {
    bool started; /* "altview: starting the guest" */
    int status;   /* of "altview: end: status N: "; -1: there was no such line */
    size_t used;
    char line[256]; /* the beginning of the one under way */
};

void log_init(struct log *log);
void log_feed(struct log *log, const uint8_t *bytes, size_t size);

#endif
