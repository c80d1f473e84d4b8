/* SPDX-License-Identifier: BSD-2-Clause */
/* A peer that talks bytes: what libaltview would never do. */
#ifndef MONITOR_RAW_H
#define MONITOR_RAW_H

#include "control/frame.h"

/* `where` as for altview_open: unix:PATH or tcp:127.0.0.1:PORT. What fails ends the program. */
int raw_open(const char *where);

/* As much as the other side takes before `milliseconds` pass without it taking any: how much. */
size_t raw_send(int fd, const void *bytes, size_t size, int milliseconds);

/* A request, sealed, in `frame` (FRAME_MAX bytes, aligned): its size. */
size_t raw_frame(void *frame, enum altview_request type, uint32_t sequence, const void *payload,
                 size_t size);
void raw_request(int fd, enum altview_request type, uint32_t sequence, const void *payload,
                 size_t size);

/* Skip what comes until the reply of that sequence number; its status, or -ETIMEDOUT if nothing has
 * come for that long. */
int raw_reply_within(int fd, uint32_t sequence, int milliseconds);
/* The same, with PATIENCE. */
int raw_reply(int fd, uint32_t sequence);

#endif
