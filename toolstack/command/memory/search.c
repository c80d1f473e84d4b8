/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview search`: the places in memory with certain bytes. */
#include "commands.h"
#include "fields.h"
#include "guest/hexdump.h"
#include "memory/progress.h"
#include "output.h"
#include "range.h"
#include "say.h"
#include "session.h"

#include <stdlib.h>
#include <string.h>

struct settings {
    const char *view, *text;
    unsigned long most;
};

/* The bytes to find. */
struct bytes {
    uint8_t *bytes;
    size_t size;
};

/* RAM ends at the maximum gfn. */
static int find_range(struct session *s, const char *text, struct range *range)
{
    uint64_t maximum;

    if (strcmp(text, "all") != 0) {
        range_bytes(text, range);
        return 0;
    }
    if (altview_maximum_gfn(s->handle, &maximum)) {
        return session_refused();
    }
    *range = (struct range){.size = (maximum + 1) * RANGE_PAGE};
    return 0;
}

static void add(struct json_object *all, const uint64_t *addresses, size_t count,
                unsigned long most)
{
    for (size_t i = 0; i < count && json_object_array_length(all) < most; i++) {
        field_hex(list_fields(all), "address", addresses[i]);
    }
}

static int search_all(struct session *s, unsigned int view, const struct range *range,
                      const struct bytes *what, struct json_object *all)
{
    const struct settings *settings = s->settings;
    uint64_t last = range->start + (range->size - 1), at = range->start;
    struct progress progress;
    int error = 0;

    progress_begin(&progress, range->size);
    while (!error && at != ALTVIEW_NO_GFN && json_object_array_length(all) < settings->most) {
        uint64_t addresses[ALTVIEW_SEARCH_MOST];
        size_t count;

        error =
            altview_search(s->handle, view, &at, last, what->bytes, what->size, addresses, &count);
        if (!error) {
            add(all, addresses, count, settings->most);
            progress_show(&progress, at <= last ? at - range->start : range->size);
        }
    }
    progress_end(&progress);
    return error ? session_refused() : 0;
}

static int open_and_search(struct session *s, const char *where, const struct bytes *what)
{
    const struct settings *settings = s->settings;
    unsigned int view = ALTVIEW_NO_VIEW;
    struct json_object *all;
    struct range range = {0};
    int status;

    if (session_open(s) || (settings->view && session_view(s, settings->view, &view)) ||
        find_range(s, where, &range)) {
        return EXIT_FAILED;
    }
    all = list();
    status = search_all(s, view, &range, what, all);
    if (status) {
        json_object_put(all);
        return status;
    }
    if (!json_object_array_length(all)) {
        output(s->common.json, all);
        return fail("not found");
    }
    return output(s->common.json, all);
}

/* False after a message with the error. */
static bool parse(const struct command_line *line, const struct settings *settings,
                  struct bytes *what)
{
    struct range unused;
    const char *where = line->arguments[0];
    const char *wrong = strcmp(where, "all") != 0 ? range_bytes(where, &unused) : NULL;

    if (wrong) {
        usage_error("range %s: %s", where, wrong);
        return false;
    }
    if (!settings->text == (line->count < 2)) {
        usage_error("give either bytes or --text TEXT");
        return false;
    }
    what->size = settings->text ? strlen(settings->text) : 0;
    what->bytes = settings->text ? (uint8_t *)strdup(settings->text)
                                 : hex_parse(line->arguments + 1, line->count - 1, &what->size);
    if (!what->bytes) {
        usage_error("bytes are pairs of hexadecimal digits: 90 c3, or 90c3");
        return false;
    }
    if (!what->size || what->size > ALTVIEW_SEARCH_MAX) {
        usage_error("give 1 to %d bytes", ALTVIEW_SEARCH_MAX);
        free(what->bytes);
        return false;
    }
    return true;
}

static int search(struct session *s, const struct command_line *line)
{
    struct bytes what;
    int status;

    if (!parse(line, s->settings, &what)) {
        return EXIT_USAGE;
    }
    status = open_and_search(s, line->arguments[0], &what);
    free(what.bytes);
    return status;
}

int cmd_search(int argc, char **argv)
{
    struct settings settings = {.most = 1000};
    struct session s = {.settings = &settings};
    const struct option options[] = {
        OPTION_TEXT("view", "VIEW", &settings.view,
                    "as that view shows memory (default: as it is, without any view)"),
        OPTION_TEXT("text", "TEXT", &settings.text, "search for that text, not for bytes",
                    .letter = 't'),
        OPTION_NUMBER("most", "N", &settings.most, 1, 1000000,
                      "end after so many places (default: 1000)", .letter = 'n'),
        OPTIONS_COMMON(&s.common),
        {0},
    };
    struct command_line line = {
        .synopsis = "[OPTIONS] RANGE [BYTES...]",
        .about =
            "Search the guest's RAM for bytes in hexadecimal (90 c3, or 90c3), or a text, and "
            "show\n"
            "the physical addresses at which they begin. They may lie across page ends. RANGE:\n"
            "0x1000-0x1fff (the end included), 16M+4K, gfn:0x100+16, or all.\n"
            "What a view allows does not matter, what it shows does. None found: status 1.",
        .options = options,
        .least = 1,
        .most = -1,
    };

    return session_run(&s, &line, argc, argv, search);
}
