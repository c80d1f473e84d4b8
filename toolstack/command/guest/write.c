/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview write`: guest memory as a view shows it. */
#include "commands.h"
#include "fields.h"
#include "guest/hexdump.h"
#include "memory/place.h"
#include "output.h"
#include "say.h"
#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct settings {
    const char *view, *file;
    struct place place;
};

/* All of a stream, to be freed; NULL after having said why. */
static uint8_t *read_all(FILE *from, const char *name, size_t *size)
{
    size_t room = 65536, used = 0;
    uint8_t *bytes = malloc(room);

    while (bytes) {
        uint8_t *more;

        used += fread(bytes + used, 1, room - used, from);
        if (used < room) {
            break;
        }
        room *= 2;
        more = realloc(bytes, room);
        if (!more) {
            free(bytes);
        }
        bytes = more;
    }
    if (!bytes || ferror(from)) {
        fail("%s can't be read: %s", name, strerror(bytes ? errno : ENOMEM));
        free(bytes);
        return NULL;
    }
    *size = used;
    return bytes;
}

static uint8_t *read_file(const char *name, size_t *size)
{
    FILE *from = strcmp(name, "-") ? fopen(name, "rb") : stdin;
    uint8_t *bytes;

    if (!from) {
        fail("%s can't be read: %s", name, strerror(errno));
        return NULL;
    }
    bytes = read_all(from, name, size);
    if (from != stdin) {
        fclose(from);
    }
    return bytes;
}

/* The bytes to write, which the caller frees. NULL: *status is the exit status. */
static uint8_t *find_bytes(const struct session *s, const struct command_line *line, size_t *size,
                           int *status)
{
    const struct settings *settings = s->settings;
    uint8_t *bytes;

    *status = EXIT_USAGE;
    if (!settings->file == (line->count < 2)) {
        usage_error("give either bytes or --input FILE");
        return NULL;
    }
    if (settings->file) {
        *status = EXIT_FAILED;
        return read_file(settings->file, size);
    }
    bytes = hex_parse(line->arguments + 1, line->count - 1, size);
    if (!bytes) {
        usage_error("bytes are pairs of hexadecimal digits: 90 c3, or 90c3");
    }
    return bytes;
}

static int write_bytes(struct session *s, unsigned int view, const char *text, uint64_t address,
                       const uint8_t *bytes, size_t size)
{
    const struct settings *settings = s->settings;

    return place_is_virtual(text) ? altview_write_virtual(s->handle, view, &settings->place.space,
                                                          address, bytes, size)
                                  : altview_write(s->handle, view, address, bytes, size);
}

static int put(struct session *s, const char *text, const uint8_t *bytes, size_t size)
{
    const struct settings *settings = s->settings;
    unsigned int view = ALTVIEW_NO_VIEW;
    struct json_object *o;
    uint64_t address;

    if (session_open(s) || (settings->view && session_view(s, settings->view, &view)) ||
        place_address(s, &settings->place, text, &address)) {
        return EXIT_FAILED;
    }
    if (size && write_bytes(s, view, text, address, bytes, size)) {
        return session_refused();
    }
    o = fields();
    field_text(o, "view", settings->view);
    field_hex(o, place_is_virtual(text) ? "virtual" : "address", address);
    field_number(o, "size", size);
    return output_member(s->common.json, o, NULL);
}

static int write_memory(struct session *s, const struct command_line *line)
{
    const struct settings *settings = s->settings;
    uint8_t *bytes;
    size_t size;
    int status;

    if (place_check_address(&settings->place, line->arguments[0])) {
        return EXIT_USAGE;
    }
    bytes = find_bytes(s, line, &size, &status);
    if (bytes) {
        status = put(s, line->arguments[0], bytes, size);
    }
    free(bytes);
    return status;
}

int cmd_write(int argc, char **argv)
{
    struct settings settings = {0};
    struct session s = {.settings = &settings};
    const struct option options[] = {
        OPTION_TEXT("view", "VIEW", &settings.view,
                    "to the page that view shows (default: as memory is, without any view)"),
        OPTION_TEXT("input", "FILE", &settings.file,
                    "write what that file holds; \"-\": standard input", .letter = 'i'),
        OPTIONS_PLACE(&settings.place),
        OPTIONS_COMMON(&s.common),
        {0},
    };
    struct command_line line = {
        .synopsis = "[OPTIONS] ADDRESS [BYTES...]",
        .about =
            "Write guest memory: bytes in hexadecimal (90 c3, or 90c3), or a file. What a view\n"
            "allows does not matter, what it shows does. ADDRESS: physical, or va:0x...:\n"
            "virtual, translated by page tables as VIEW shows them. What those allow does not\n"
            "matter either.",
        .options = options,
        .least = 1,
        .most = -1,
    };

    return session_run(&s, &line, argc, argv, write_memory);
}
