/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints the result of a command, as one line of JSON, or as text made from the same value. These
 * rules make the text, so that one place decides about its form:
 *
 *     an object             a line "key  value" for each member, then its objects and lists, each
 *                           under its key
 *     a list of objects     a table, a column for each key of the first
 *     a list of others      "a, b, c"
 *     null, an empty list   "-"
 *     true and false        "yes" and "no"
 *     "_" in a key          a space
 */
#ifndef COMMAND_OUTPUT_H
#define COMMAND_OUTPUT_H

#include <json-c/json.h>
#include <stdbool.h>

/* From now on output and output_member leave the value in *kept, which is NULL before, instead of
 * printing it. NULL: print again. Returns what was in force. */
struct json_object **output_keep(struct json_object **kept);

/* Each takes the value over, and returns 0, the exit status of a successful command. */
int output(bool json, struct json_object *value);
/* As text, print only that member. NULL: print none, because it would not be news to the user. */
int output_member(bool json, struct json_object *value, const char *key);
/* An event: text is one line, "key=value key=value", without nulls, "no", objects and lists.
 * Flushed. */
int output_line(bool json, struct json_object *value);

#endif
