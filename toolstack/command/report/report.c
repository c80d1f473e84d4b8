/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview report`: a page for a browser, about the guest's memory in each view. */
#include "commands.h"
#include "fields.h"
#include "new_file.h"
#include "output.h"
#include "say.h"
#include "session.h"
#include "toolstack/lib/plain.h"
#include "views/access_name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* page.html, page.css and page.js. */
extern const char page_html[], page_css[], page_js[];

struct settings {
    const char *file, *events;
};

/* What a command prints as JSON, under its name. */
static int add_command(struct json_object *o, const char *name)
{
    char word[16];
    char *words[] = {word, NULL};
    struct json_object *result = NULL, **before = output_keep(&result);
    int status;

    snprintf(word, sizeof(word), "%s", name);
    status = command_run(1, words);
    output_keep(before);
    say_name = "report";
    json_object_object_add(o, name, result);
    return status;
}

static void add_gfn(struct json_object *row, uint64_t gfn)
{
    json_object_array_add(row, gfn == ALTVIEW_NO_GFN ? NULL : json_object_new_uint64(gfn));
}

/* page.js names the columns. A page may hold thousands of rows, so that they have no keys. */
static struct json_object *range_row(const struct altview_override *found)
{
    struct json_object *row = json_object_new_array();

    add_gfn(row, found->gfn);
    list_number(row, found->nr);
    json_object_array_add(row, json_object_new_string(access_name(found->access)));
    json_object_array_add(row, json_object_new_string(rights_name(found->rights)));
    json_object_array_add(row, json_object_new_boolean(!found->suppress_ve));
    add_gfn(row, found->target);
    return row;
}

static int add_ranges(struct session *s, struct json_object *view)
{
    unsigned int number = (unsigned int)json_object_get_int(json_object_object_get(view, "view"));
    struct json_object *ranges = field_list(view, "ranges");
    struct altview_override *overrides;
    size_t count;

    if (altview_overrides(s->handle, number, &overrides, &count)) {
        return session_refused();
    }
    for (size_t i = 0; i < count; i++) {
        json_object_array_add(ranges, range_row(&overrides[i]));
    }
    free(overrides);
    return 0;
}

static int add_all_ranges(struct session *s, struct json_object *views)
{
    int status = 0;

    for (size_t i = 0; !status && i < json_object_array_length(views); i++) {
        status = add_ranges(s, json_object_array_get_idx(views, i));
    }
    return status;
}

/* An event is numbers, texts and objects of these. json-c also reads NaN, as a fraction, which is
 * no JSON and would leave the page empty. */
static bool is_plain(struct json_object *value)
{
    if (!json_object_is_type(value, json_type_object)) {
        return !json_object_is_type(value, json_type_double) &&
               !json_object_is_type(value, json_type_array);
    }
    json_object_object_foreach(value, key, member)
    {
        (void)key;
        if (!is_plain(member)) {
            return false;
        }
    }
    return true;
}

static bool is_event(struct json_object *value)
{
    struct json_object *registers;

    return is_plain(value) && json_object_is_type(value, json_type_object) &&
           json_object_is_type(json_object_object_get(value, "vcpu"), json_type_int) &&
           json_object_object_get_ex(value, "registers", &registers) &&
           json_object_is_type(json_object_object_get(registers, "tsc"), json_type_string);
}

static int read_events(struct json_object *events, const char *name, FILE *from)
{
    char *line = NULL;
    size_t room = 0;
    int status = 0;

    for (unsigned long number = 1; !status && getline(&line, &room, from) > 0; number++) {
        struct json_object *event = json_tokener_parse(line);

        if (is_event(event)) {
            json_object_array_add(events, event);
        } else {
            json_object_put(event);
            status = fail("%s: line %lu is no event; altview watch --json writes such lines", name,
                          number);
        }
    }
    free(line);
    return !status && ferror(from) ? fail("%s can't be read: %s", name, strerror(errno)) : status;
}

static int add_events(struct json_object *o, const char *name)
{
    struct json_object *events = field_list(o, "events");
    FILE *from = name ? fopen(name, "r") : NULL;
    int status;

    if (!name) {
        return 0;
    }
    if (!from) {
        return fail("%s can't be read: %s", name, strerror(errno));
    }
    status = read_events(events, name, from);
    fclose(from);
    return status;
}

static void add_time(struct json_object *o)
{
    char text[32];
    time_t now = time(NULL);
    struct tm local;

    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", localtime_r(&now, &local));
    field_text(o, "made", text);
}

static int gather(struct session *s, struct json_object *o)
{
    static const char *const commands[] = {"stat", "memory", "vcpus", "views"};
    const struct settings *settings = s->settings;
    bool lends = !session_is_shared(), before;
    int status = session_open(s);

    add_time(o);
    if (!status) {
        status = add_events(o, settings->events);
    }
    before = session_share(s->handle, true);
    for (size_t i = 0; !status && i < sizeof(commands) / sizeof(commands[0]); i++) {
        status = add_command(o, commands[i]);
    }
    session_share(lends ? NULL : s->handle, before);
    return status ? status : add_all_ranges(s, json_object_object_get(o, "views"));
}

/* In a script element "</script" and "<!--" have a meaning (HTML Living Standard, 4.12.1.3): no "<"
 * stands in the data. */
static void put_data(FILE *to, struct json_object *data)
{
    const char *json = json_object_to_json_string_ext(data, JSON_C_TO_STRING_PLAIN |
                                                                JSON_C_TO_STRING_NOSLASHESCAPE);

    for (size_t length; length = strcspn(json, "<"), json[length]; json += length + 1) {
        char *piece = strndup(json, length);

        plain_json(to, piece ? piece : "");
        free(piece);
        fputs("\\u003c", to);
    }
    plain_json(to, json);
}

/* The part that the marker names, if it is one. Returns the marker's length. */
static size_t put_part(FILE *to, const char *marker, struct json_object *data)
{
    static const struct {
        const char *marker, *text;
    } parts[] = {{"@style@", page_css}, {"@script@", page_js}, {"@data@", NULL}};

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        size_t length = strlen(parts[i].marker);

        if (strncmp(marker, parts[i].marker, length)) {
            continue;
        }
        if (parts[i].text) {
            fputs(parts[i].text, to);
        } else {
            put_data(to, data);
        }
        return length;
    }
    fputc('@', to);
    return 1;
}

static void put_page(FILE *to, struct json_object *data)
{
    const char *html = page_html;

    for (size_t length; length = strcspn(html, "@"), html[length];) {
        fwrite(html, 1, length, to);
        html += length;
        html += put_part(to, html, data);
    }
    fputs(html, to);
}

static int write_page(const char *name, struct json_object *data)
{
    struct new_file file;
    int status = new_file_open(&file, name);

    if (status) {
        return status;
    }
    put_page(file.to, data);
    if (ferror(file.to)) {
        status = fail("%s can't be written: %s%s", name, strerror(errno), write_remedy(errno));
    }
    return new_file_end(&file, status);
}

static int report(struct session *s, const struct command_line *line)
{
    const struct settings *settings = s->settings;
    struct json_object *data, *done;
    int status;

    (void)line;
    if (!settings->file) {
        return usage_error("give --output FILE, such as report.html");
    }
    data = fields();
    status = gather(s, data);
    if (!status) {
        status = write_page(settings->file, data);
    }
    json_object_put(data);
    if (status) {
        return status;
    }
    done = fields();
    field_text(done, "file", settings->file);
    return output_member(s->common.json, done, NULL);
}

int cmd_report(int argc, char **argv)
{
    struct settings settings = {0};
    struct session s = {.settings = &settings};
    const struct option options[] = {
        OPTION_TEXT("output", "FILE", &settings.file, "the page to write", .letter = 'o'),
        OPTION_TEXT("events", "FILE", &settings.events,
                    "show these events too, which altview watch --json has written"),
        OPTIONS_COMMON(&s.common),
        {0},
    };
    struct command_line line = {
        .synopsis = "[OPTIONS] --output FILE",
        .about =
            "Write a page for a browser: the guest's memory in each view, as strips that can be\n"
            "zoomed; which views each vCPU may reach; a table of overrides and remaps to search;\n"
            "the difference of two views; events; statistics. It needs no network.",
        .options = options,
    };

    return session_run(&s, &line, argc, argv, report);
}
