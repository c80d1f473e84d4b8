/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMAND_ONE_VIEW_H
#define COMMAND_ONE_VIEW_H

#include "fields.h"
#include "session.h"

/*
 * A command whose one argument is a view. `act` does it: 0 or libaltview's error; and adds what is
 * so now to `done`, which JSON shows. Text says nothing.
 */
typedef int one_view_action(altview *handle, unsigned int view, struct json_object *done);

int one_view_command(int argc, char **argv, const char *about, one_view_action *act);

#endif
