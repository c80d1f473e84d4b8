/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview read`: guest memory as a view shows it. */
#include "commands.h"
#include "fields.h"
#include "guest/hexdump.h"
#include "new_file.h"
#include "output.h"
#include "range.h"
#include "say.h"
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE    (UINT64_C(1) << 20)
#define MOST_HEX (UINT64_C(16) << 20) /* JSON is put together in memory */

struct settings {
    const char *view, *file;
    bool raw;
};

/* Where bytes go, a piece after the other. */
struct sink {
    FILE *to;
    bool dumps;
};

static int put(const struct sink *sink, uint64_t address, const uint8_t *bytes, size_t size)
{
    if (sink->dumps) {
        hexdump(sink->to, address, bytes, size);
    } else {
        fwrite(bytes, 1, size, sink->to);
    }
    return ferror(sink->to) ? fail("what was read can't be written: %s", strerror(errno)) : 0;
}

static int copy(struct session *s, unsigned int view, const struct range *range,
                const struct sink *sink)
{
    uint8_t *bytes = malloc(PIECE);
    int status = bytes ? 0 : fail("out of memory");

    for (uint64_t done = 0; !status && done < range->size;) {
        uint64_t left = range->size - done;
        size_t size = left < PIECE ? left : PIECE;
        uint64_t address = range->start + done;

        status = altview_read(s->handle, view, address, bytes, size)
                     ? session_refused()
                     : put(sink, address, bytes, size);
        done += size;
    }
    free(bytes);
    return status;
}

static struct json_object *record(const struct settings *settings, const struct range *range)
{
    struct json_object *o = fields();

    field_text(o, "view", settings->view);
    field_hex(o, "address", range->start);
    field_number(o, "size", range->size);
    return o;
}

static int to_file(struct session *s, unsigned int view, const struct range *range)
{
    const struct settings *settings = s->settings;
    struct new_file file;
    struct json_object *o;
    int status = new_file_open(&file, settings->file);

    if (!status) {
        status = new_file_end(&file, copy(s, view, range, &(struct sink){.to = file.to}));
    }
    if (status) {
        return status;
    }
    o = record(settings, range);
    field_text(o, "file", settings->file);
    return output_member(s->common.json, o, NULL);
}

static int to_json(struct session *s, unsigned int view, const struct range *range)
{
    uint8_t *bytes = malloc(range->size);
    struct json_object *o;

    if (!bytes) {
        return fail("out of memory");
    }
    if (altview_read(s->handle, view, range->start, bytes, range->size)) {
        free(bytes);
        return session_refused();
    }
    o = record(s->settings, range);
    field_bytes(o, "bytes", bytes, range->size);
    free(bytes);
    return output(true, o);
}

static int to_stdout(struct session *s, unsigned int view, const struct range *range)
{
    const struct settings *settings = s->settings;
    const struct sink sink = {.to = stdout, .dumps = !settings->raw};

    return copy(s, view, range, &sink);
}

static int check(const struct session *s, const struct range *range)
{
    const struct settings *settings = s->settings;

    if (settings->raw && (s->common.json || settings->file)) {
        return usage_error("--raw goes to standard output, without --json and --output (whose file "
                           "is raw anyway)");
    }
    if (settings->raw && isatty(STDOUT_FILENO)) {
        return usage_error("--raw: standard output is a terminal; give --output FILE, or a pipe");
    }
    if (s->common.json && !settings->file && range->size > MOST_HEX) {
        return usage_error("more than 16M are too much for JSON; give --output FILE");
    }
    return 0;
}

static int read_memory(struct session *s, const struct command_line *line)
{
    const struct settings *settings = s->settings;
    unsigned int view = ALTVIEW_NO_VIEW;
    struct range range;
    const char *wrong = range_bytes(line->arguments[0], &range);

    if (wrong) {
        return usage_error("range %s: %s", line->arguments[0], wrong);
    }
    if (check(s, &range)) {
        return EXIT_USAGE;
    }
    if (session_open(s) || (settings->view && session_view(s, settings->view, &view))) {
        return EXIT_FAILED;
    }
    return settings->file   ? to_file(s, view, &range)
           : s->common.json ? to_json(s, view, &range)
                            : to_stdout(s, view, &range);
}

int cmd_read(int argc, char **argv)
{
    struct settings settings = {0};
    struct session s = {.settings = &settings};
    const struct option options[] = {
        {.name = "view",
         .value = "VIEW",
         .help = "as that view shows it (default: as it is, without any view)",
         .take = option_text,
         .to = &settings.view},
        {.name = "output",
         .letter = 'o',
         .value = "FILE",
         .help = "write the bytes to that file",
         .take = option_text,
         .to = &settings.file},
        {.name = "raw",
         .help = "write the bytes to standard output, not a dump",
         .take = option_flag,
         .to = &settings.raw},
        OPTIONS_COMMON(&s.common),
        {0},
    };
    struct command_line line = {
        .synopsis = "[OPTIONS] RANGE",
        .about = "Dump guest physical memory. What a view allows does not matter, what it shows\n"
                 "does. RANGE: 0x1000-0x1fff (the end included), 16M+4K, gfn:0x100, or 0x1000\n"
                 "for the 4096 bytes from there.",
        .options = options,
        .least = 1,
        .most = 1,
    };

    return session_run(&s, &line, argc, argv, read_memory);
}
