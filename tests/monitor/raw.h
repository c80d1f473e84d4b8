/* SPDX-License-Identifier: BSD-2-Clause */
/* A peer that sends bytes that libaltview would never send. */
#ifndef MONITOR_RAW_H
#define MONITOR_RAW_H

#include "control/frame.h"

/* `where` as for altview_open: unix:PATH or tcp:127.0.0.1:PORT. A failure ends the program. */
int raw_open(const char *where);

/* Sends until the other side takes no byte for `milliseconds`. Returns the number of bytes
 * taken. */
size_t raw_send(int fd, const void *bytes, size_t size, int milliseconds);

/* Builds a sealed request in `frame` (FRAME_MAX bytes, aligned), and returns its size. */
size_t raw_frame(void *frame, enum altview_request type, uint32_t sequence, const void *payload,
                 size_t size);
void raw_request(int fd, enum altview_request type, uint32_t sequence, const void *payload,
                 size_t size);

/* Skips all frames before the reply of that sequence number. Returns the reply's status, or
 * -ETIMEDOUT if no frame has come for that long. */
int raw_reply_within(int fd, uint32_t sequence, int milliseconds);
/* The same, with PATIENCE. */
int raw_reply(int fd, uint32_t sequence);

#endif
