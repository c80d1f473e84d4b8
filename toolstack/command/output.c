/* SPDX-License-Identifier: BSD-2-Clause */
#include "output.h"

#include "toolstack/lib/plain.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define GAP          2 /* between columns */
#define INDENT       2
#define MOST_COLUMNS 32

static bool is_object(struct json_object *value)
{
    return json_object_is_type(value, json_type_object);
}

static bool is_list(struct json_object *value)
{
    return json_object_is_type(value, json_type_array);
}

static bool is_table(struct json_object *value)
{
    return is_list(value) && is_object(json_object_array_get_idx(value, 0));
}

/* Values that need separate lines, under their key. */
static bool is_section(struct json_object *value)
{
    return is_object(value) || is_table(value);
}

static const char *scalar_text(struct json_object *value)
{
    if (!value) {
        return "-";
    }
    if (json_object_is_type(value, json_type_boolean)) {
        return json_object_get_boolean(value) ? "yes" : "no";
    }
    return json_object_get_string(value);
}

static void pad(int width)
{
    printf("%*s", width > 0 ? width : 0, "");
}

static int put(const char *text, bool print)
{
    return (int)plain_put(print ? stdout : NULL, text);
}

/* A value that fits in a line. Returns its width, printed or not. */
static int put_cell(struct json_object *value, bool print)
{
    int width = 0;

    if (!is_list(value)) {
        return put(scalar_text(value), print);
    }
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        width += put(i ? ", " : "", print);
        width += put(scalar_text(json_object_array_get_idx(value, i)), print);
    }
    return width ? width : put("-", print);
}

static int put_key(const char *key)
{
    for (const char *c = key; *c; c++) {
        putchar(*c == '_' ? ' ' : *c);
    }
    return (int)strlen(key);
}

static int column_width(struct json_object *rows, const char *key)
{
    int width = (int)strlen(key);

    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        struct json_object *row = json_object_array_get_idx(rows, i);
        int cell = put_cell(json_object_object_get(row, key), false);

        width = cell > width ? cell : width;
    }
    return width;
}

/* A row of the table, or without one, the heading. No blanks at the end of the line. */
static void print_row(struct json_object *first, struct json_object *row, const int *widths,
                      int indent)
{
    int gap = indent, column = 0;

    json_object_object_foreach(first, key, unused)
    {
        (void)unused;
        pad(gap);
        gap = GAP + widths[column++] -
              (row ? put_cell(json_object_object_get(row, key), true) : put_key(key));
    }
    putchar('\n');
}

static void print_table(struct json_object *rows, int indent)
{
    struct json_object *first = json_object_array_get_idx(rows, 0);
    int widths[MOST_COLUMNS] = {0}, columns = 0;

    json_object_object_foreach(first, key, unused)
    {
        (void)unused;
        assert(columns < MOST_COLUMNS);
        widths[columns++] = column_width(rows, key);
    }
    print_row(first, NULL, widths, indent);
    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        print_row(first, json_object_array_get_idx(rows, i), widths, indent);
    }
}

static void print_text(struct json_object *value, int indent);

static void print_members(struct json_object *value, int indent)
{
    int widest = 0;

    json_object_object_foreach(value, name, first)
    {
        int width = is_section(first) ? 0 : (int)strlen(name);

        widest = width > widest ? width : widest;
    }
    json_object_object_foreach(value, key, member)
    {
        if (!is_section(member)) {
            pad(indent);
            pad(widest - put_key(key) + GAP);
            put_cell(member, true);
            putchar('\n');
        }
    }
}

static void print_sections(struct json_object *value, int indent)
{
    json_object_object_foreach(value, key, member)
    {
        if (is_section(member)) {
            putchar('\n');
            pad(indent);
            put_key(key);
            putchar('\n');
            print_text(member, indent + INDENT);
        }
    }
}

static void print_text(struct json_object *value, int indent)
{
    if (is_object(value)) {
        print_members(value, indent);
        print_sections(value, indent);
    } else if (is_table(value)) {
        print_table(value, indent);
    } else {
        pad(indent);
        put_cell(value, true);
        putchar('\n');
    }
}

static void print_json(struct json_object *value)
{
    plain_json(stdout, json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
                                                                 JSON_C_TO_STRING_NOSLASHESCAPE));
    putchar('\n');
}

static struct json_object **keep;

struct json_object **output_keep(struct json_object **kept)
{
    struct json_object **before = keep;

    keep = kept;
    return before;
}

/* Takes the value over. */
static void keep_or_print(struct json_object *value)
{
    if (keep) {
        json_object_put(*keep);
        *keep = value;
        return;
    }
    print_json(value);
    json_object_put(value);
}

int output(bool json, struct json_object *value)
{
    if (json || keep) {
        keep_or_print(value);
        return 0;
    }
    print_text(value, 0);
    json_object_put(value);
    return 0;
}

int output_member(bool json, struct json_object *value, const char *key)
{
    if (json || keep) {
        keep_or_print(value);
        return 0;
    }
    if (key) {
        print_text(json_object_object_get(value, key), 0);
    }
    json_object_put(value);
    return 0;
}

static void print_pair(const char *key, struct json_object *value, const char *before)
{
    const char *text = scalar_text(value);
    const char *quote = strchr(text, ' ') ? "\"" : "";

    printf("%s%s=%s", before, key, quote);
    plain_put(stdout, text);
    fputs(quote, stdout);
}

/* In a line the output leaves out nulls, "no", and values with parts. */
static bool is_worth_telling(struct json_object *value)
{
    bool is_no = json_object_is_type(value, json_type_boolean) && !json_object_get_boolean(value);

    return value && !is_no && !is_object(value) && !is_list(value);
}

static void print_line(struct json_object *value)
{
    const char *before = "";

    json_object_object_foreach(value, key, member)
    {
        if (is_worth_telling(member)) {
            print_pair(key, member, before);
            before = " ";
        }
    }
    putchar('\n');
}

int output_line(bool json, struct json_object *value)
{
    if (json) {
        print_json(value);
    } else {
        print_line(value);
    }
    json_object_put(value);
    fflush(stdout);
    return 0;
}
