/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A connection to a run, for requests that only a run's hub serves, and whose replies come with a
 * descriptor or change what the connection is for. Others go by libaltview.
 */
#ifndef COMMAND_RUN_LINE_H
#define COMMAND_RUN_LINE_H

#include <altview/control.h>
#include <stdbool.h>
#include <stddef.h>

/* A connection, or -1 after a message. */
int run_line_open(const char *name);

bool run_line_put(int line, const void *bytes, size_t size);

/*
 * Send a request and wait for its reply, whose payload has that size (an error's may have none: 0).
 * `file`: the descriptor that comes with it, -1 without one; may be NULL. The reply's status;
 * -EPROTO: another reply; -ETIMEDOUT: none.
 */
int run_line_ask(int line, enum altview_request type, const void *payload, size_t size, void *reply,
                 size_t reply_size, int *file);

#endif
