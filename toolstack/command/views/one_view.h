/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMAND_ONE_VIEW_H
#define COMMAND_ONE_VIEW_H

#include "fields.h"
#include "session.h"

/*
 * A command whose one argument is a view. `act` does the work and adds the new state to `done`,
 * which JSON shows; text says nothing. Returns 0 or libaltview's error.
 */
typedef int one_view_action(altview *handle, unsigned int view, struct json_object *done);

int one_view_command(int argc, char **argv, const char *about, one_view_action *act);

#endif
