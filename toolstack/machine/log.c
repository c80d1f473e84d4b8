/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/log.h"

#include <stdio.h>
#include <string.h>

void log_init(struct log *log)
{
    *log = (struct log){.status = -1};
}

static void read_line(struct log *log)
{
    unsigned int status;
    char colon;

    log->line[log->used] = 0;
    if (!strncmp(log->line, "altview: starting the guest", 27)) {
        log->started = true;
    } else if (!strncmp(log->line, "altview: rung by NMI", 20)) {
        log->rung = true;
    } else if (sscanf(log->line, "altview: end: status %3u%c", &status, &colon) == 2 &&
               colon == ':' && status < 256) {
        log->status = (int)status;
    }
}

bool log_take(struct log *log, uint8_t byte)
{
    if (log->whole) {
        log->goes_on = log->line[log->used - 1] != '\n';
        log->used = 0;
    }
    log->line[log->used++] = (char)byte;
    log->whole = byte == '\n' || log->used == sizeof(log->line) - 1;
    if (log->whole && !log->goes_on) {
        read_line(log);
    }
    return log->whole;
}
