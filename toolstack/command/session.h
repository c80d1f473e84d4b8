/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shared by commands on a running guest: options, a connection, an exit status.
 *
 *     static int hide(struct session *s, const struct command_line *line)
 *     {
 *         unsigned int view;
 *
 *         if (session_view(s, line->arguments[0], &view)) {
 *             return EXIT_FAILED;
 *         }
 *         ...
 *     }
 *
 * A command checks its arguments first, and connects then.
 */
#ifndef COMMAND_SESSION_H
#define COMMAND_SESSION_H

#include "options.h"

#include <altview/altview.h>

struct session {
    struct common common;
    altview *handle; /* after session_open */
    void *settings;  /* the command's own options */
};

typedef int session_command(struct session *s, const struct command_line *line);

/* Parse the command line, and run the command unless it has another use. Returns its status. */
int session_run(struct session *s, struct command_line *line, int argc, char **argv,
                session_command *command);

/* Connect, unless there is a connection. 0, or EXIT_FAILED after a message with the cause. */
int session_open(struct session *s);

/* The same, and find a view by number or name. */
int session_view(struct session *s, const char *text, unsigned int *view);

/* Prints why the last call of libaltview failed: EXIT_FAILED. */
int session_refused(void);

/* From now on commands share that connection, and print JSON if `json`: a batch. Returns whether
 * they did before. */
bool session_share(altview *handle, bool json);
bool session_is_shared(void);

#endif
