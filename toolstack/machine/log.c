/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/log.h"

#include <stdio.h>
#include <string.h>

void log_init(struct log *log)
{
    *log = (struct log){.status = -1};
}

static void take_line(struct log *log)
{
    unsigned int status;
    char colon;

    log->line[log->used] = 0;
    log->used = 0;
    if (!strncmp(log->line, "altview: starting the guest", 27)) {
        log->started = true;
    } else if (sscanf(log->line, "altview: end: status %3u%c", &status, &colon) == 2 &&
               colon == ':' && status < 256) {
        log->status = (int)status;
    }
}

void log_feed(struct log *log, const uint8_t *bytes, size_t size)
{
    for (; size; bytes++, size--) {
        if (*bytes == '\n' || *bytes == '\r') {
            take_line(log);
        } else if (log->used + 1 < sizeof(log->line)) {
            log->line[log->used++] = (char)*bytes;
        }
    }
}
