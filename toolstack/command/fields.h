/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The results of commands are json-c values, which output.h prints. 64-bit values (addresses, gfns,
 * registers) are hexadecimal strings: many readers of JSON keep numbers as doubles, and lose what
 * is above 2^53.
 */
#ifndef COMMAND_FIELDS_H
#define COMMAND_FIELDS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

/* A new object or list, alone or as a member of another. */
struct json_object *fields(void);
struct json_object *list(void);
struct json_object *field_fields(struct json_object *o, const char *key);
struct json_object *field_list(struct json_object *o, const char *key);
/* A new object at the end of a list. */
struct json_object *list_fields(struct json_object *list);

void list_number(struct json_object *list, uint64_t value);

void field_number(struct json_object *o, const char *key, uint64_t value);
void field_hex(struct json_object *o, const char *key, uint64_t value);
void field_bool(struct json_object *o, const char *key, bool value);
/* NULL and "" are JSON's null. */
void field_text(struct json_object *o, const char *key, const char *value);
void field_bytes(struct json_object *o, const char *key, const void *bytes, size_t size);

#endif
