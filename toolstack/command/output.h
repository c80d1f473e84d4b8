/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints what a command found out, as one line of JSON, or as text made from the same value by
 * these rules, so that there is one place that knows what is printed:
 *
 *     an object           a line "key  value" for each member, then its objects and lists, each
 * under its key a list of objects   a table, a column for each key of the first a list of others
 * "a, b, c" null, an empty list "-"; true and false "yes" and "no"; "_" in a key is a space
 */
#ifndef COMMAND_OUTPUT_H
#define COMMAND_OUTPUT_H

#include <json-c/json.h>
#include <stdbool.h>

/* Each takes the value over, and returns 0, the exit status of a successful command. */
int output(bool json, struct json_object *value);
/* As text, only that member is printed; NULL: none is, as it would tell the user nothing new. */
int output_member(bool json, struct json_object *value, const char *key);
/* An event: text is one line, "key=value key=value", without nulls, "no", objects and lists.
 * Flushed. */
int output_line(bool json, struct json_object *value);

#endif
