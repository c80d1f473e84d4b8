/* SPDX-License-Identifier: BSD-2-Clause */
#include "fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Out of memory: nothing a command could still say would be whole. */
static struct json_object *got(struct json_object *value)
{
    if (!value) {
        fputs("altview: out of memory\n", stderr);
        exit(1);
    }
    return value;
}

static struct json_object *add(struct json_object *o, const char *key, struct json_object *value)
{
    if (json_object_object_add(o, key, value)) {
        got(NULL);
    }
    return value;
}

struct json_object *fields(void)
{
    return got(json_object_new_object());
}

struct json_object *field_fields(struct json_object *o, const char *key)
{
    return add(o, key, fields());
}

struct json_object *field_list(struct json_object *o, const char *key)
{
    return add(o, key, list());
}

struct json_object *list_fields(struct json_object *list)
{
    struct json_object *value = fields();

    if (json_object_array_add(list, value)) {
        got(NULL);
    }
    return value;
}

struct json_object *list(void)
{
    return got(json_object_new_array());
}

void list_number(struct json_object *list, uint64_t value)
{
    if (json_object_array_add(list, got(json_object_new_uint64(value)))) {
        got(NULL);
    }
}

void field_number(struct json_object *o, const char *key, uint64_t value)
{
    add(o, key, got(json_object_new_uint64(value)));
}

void field_hex(struct json_object *o, const char *key, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "0x%" PRIx64, value);
    field_text(o, key, text);
}

void field_bool(struct json_object *o, const char *key, bool value)
{
    add(o, key, got(json_object_new_boolean(value)));
}

void field_text(struct json_object *o, const char *key, const char *value)
{
    add(o, key, value && *value ? got(json_object_new_string(value)) : NULL);
}

void field_bytes(struct json_object *o, const char *key, const void *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *from = bytes;
    char *text = malloc(2 * size + 1);

    if (!text) {
        got(NULL);
    }
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[from[i] >> 4];
        text[2 * i + 1] = digits[from[i] & 15];
    }
    text[2 * size] = 0;
    add(o, key, got(json_object_new_string(text)));
    free(text);
}
