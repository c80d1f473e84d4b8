/* SPDX-License-Identifier: BSD-2-Clause */
/* A run that goes on in the background, for the commands that start one. */
#ifndef COMMAND_DETACH_H
#define COMMAND_DETACH_H

#include "options.h"
#include "toolstack/machine/run.h"

#include <stdbool.h>

#define OPTION_DETACH(to)                                                                          \
    OPTION_FLAG("detach", to,                                                                      \
                "go on in the background once the guest starts; altview stop NAME ends it")

/* Until the guest starts, the run prints here. If it ends before, the command has its status. Then
 * print its place, as JSON if `json`. */
int run_detached(struct run *run, bool json);

/* The message, and EXIT_USAGE. */
int json_needs_detach(void);

/* 0, or a status after a message: --name, NULL if it is not given. */
int check_run_name(const char *name);

#endif
