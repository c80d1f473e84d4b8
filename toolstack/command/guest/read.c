/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview read`: guest memory as a view shows it. */
#include "commands.h"
#include "fields.h"
#include "guest/hexdump.h"
#include "memory/place.h"
#include "memory/progress.h"
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
#define MOST_HEX (UINT64_C(16) << 20) /* the command builds JSON in memory */

struct settings {
    const char *view, *file;
    struct place place;
    bool raw, all;
};

/* The addresses to read, as given, and their pieces of guest physical memory. */
struct source {
    unsigned int view;
    bool is_virtual;
    struct range range;
    struct altview_run *runs;
    size_t count;
};

/* The destination of the bytes, one piece after the other. */
struct sink {
    FILE *to;
    struct hexdump *dump;     /* or NULL: the bytes themselves */
    struct progress progress; /* of the output to a file */
};

static int put(const struct sink *sink, uint64_t address, const uint8_t *bytes, size_t size)
{
    if (sink->dump) {
        hexdump(sink->dump, address, bytes, size);
    } else {
        fwrite(bytes, 1, size, sink->to);
    }
    return ferror(sink->to)
               ? fail("what was read can't be written: %s%s", strerror(errno), write_remedy(errno))
               : 0;
}

/* A run of pages, up to PIECE of it at a time. */
static int copy_run(struct session *s, const struct source *source, const struct altview_run *run,
                    uint8_t *bytes, struct sink *sink)
{
    int status = 0;

    for (uint64_t done = 0; !status && done < run->size;) {
        uint64_t left = run->size - done, address = run->address + done;
        size_t size = left < PIECE ? left : PIECE;

        status = altview_read(s->handle, source->view, run->physical + done, bytes, size)
                     ? session_refused()
                     : put(sink, address, bytes, size);
        done += size;
        progress_show(&sink->progress, address + size - source->range.start);
    }
    return status;
}

static int copy(struct session *s, const struct source *source, struct sink *sink)
{
    uint8_t *bytes = malloc(PIECE);
    int status = bytes ? 0 : fail("out of memory");

    for (size_t i = 0; !status && i < source->count; i++) {
        status = copy_run(s, source, &source->runs[i], bytes, sink);
    }
    free(bytes);
    return status;
}

static struct json_object *record(const struct settings *settings, const struct source *source)
{
    struct json_object *o = fields();

    field_text(o, "view", settings->view);
    field_hex(o, source->is_virtual ? "virtual" : "address", source->range.start);
    field_number(o, "size", source->range.size);
    return o;
}

static int to_file(struct session *s, const struct source *source)
{
    const struct settings *settings = s->settings;
    struct sink sink = {0};
    struct new_file file;
    struct json_object *o;
    int status = new_file_open(&file, settings->file);

    if (!status) {
        sink.to = file.to;
        progress_begin(&sink.progress, source->range.size);
        status = copy(s, source, &sink);
        progress_end(&sink.progress);
        status = new_file_end(&file, status);
    }
    if (status) {
        return status;
    }
    o = record(settings, source);
    field_text(o, "file", settings->file);
    return output_member(s->common.json, o, NULL);
}

/* The runs are no longer than the buffer: together they are the range. */
static int read_runs(struct session *s, const struct source *source, uint8_t *bytes)
{
    int error = 0;

    for (size_t i = 0; !error && i < source->count; i++) {
        error = altview_read(s->handle, source->view, source->runs[i].physical, bytes,
                             source->runs[i].size);
        bytes += source->runs[i].size;
    }
    return error;
}

static int to_json(struct session *s, const struct source *source)
{
    uint8_t *bytes = malloc(source->range.size);
    struct json_object *o;

    if (!bytes) {
        return fail("out of memory");
    }
    if (read_runs(s, source, bytes)) {
        free(bytes);
        return session_refused();
    }
    o = record(s->settings, source);
    field_bytes(o, "bytes", bytes, source->range.size);
    free(bytes);
    return output(true, o);
}

static int to_stdout(struct session *s, const struct source *source)
{
    const struct settings *settings = s->settings;
    struct hexdump dump = {.to = stdout, .all = settings->all};
    struct sink sink = {.to = stdout, .dump = settings->raw ? NULL : &dump};
    int status = copy(s, source, &sink);

    hexdump_end(&dump);
    return status;
}

static int check(const struct session *s)
{
    const struct settings *settings = s->settings;

    if (settings->raw && (s->common.json || settings->file)) {
        return usage_error("--raw goes to standard output, without --json and --output (whose file "
                           "is raw anyway)");
    }
    if (settings->raw && isatty(STDOUT_FILENO)) {
        return usage_error("--raw: standard output is a terminal; give --output FILE, or a pipe");
    }
    return 0;
}

static int check_size(const struct session *s, const struct range *range)
{
    const struct settings *settings = s->settings;

    return s->common.json && !settings->file && range->size > MOST_HEX
               ? usage_error("more than 16M are too much for JSON; give --output FILE")
               : 0;
}

static int read_source(struct session *s, const struct source *source)
{
    const struct settings *settings = s->settings;

    return settings->file   ? to_file(s, source)
           : s->common.json ? to_json(s, source)
                            : to_stdout(s, source);
}

static int read_memory(struct session *s, const struct command_line *line)
{
    const struct settings *settings = s->settings;
    const char *text = line->arguments[0];
    struct source source = {.view = ALTVIEW_NO_VIEW, .is_virtual = place_is_virtual(text)};
    int status;

    if (place_check(&settings->place, "range", text, range_bytes) || check(s)) {
        return EXIT_USAGE;
    }
    if (!source.is_virtual) {
        range_bytes(text, &source.range);
    }
    if (check_size(s, &source.range)) {
        return EXIT_USAGE;
    }
    if (session_open(s) || (settings->view && session_view(s, settings->view, &source.view)) ||
        (source.is_virtual && place_range(s, &settings->place, text, RANGE_PAGE, &source.range))) {
        return EXIT_FAILED;
    }
    if (check_size(s, &source.range)) {
        return EXIT_USAGE;
    }
    if (place_bytes(s, &settings->place, source.view, text, &source.runs, &source.count)) {
        return EXIT_FAILED;
    }
    status = read_source(s, &source);
    free(source.runs);
    return status;
}

int cmd_read(int argc, char **argv)
{
    struct settings settings = {0};
    struct session s = {.settings = &settings};
    const struct option options[] = {
        OPTION_TEXT("view", "VIEW", &settings.view,
                    "as that view shows it (default: as it is, without any view)"),
        OPTION_TEXT("output", "FILE", &settings.file, "write the bytes to that file",
                    .letter = 'o'),
        OPTION_FLAG("raw", &settings.raw, "write the bytes to standard output, not a dump"),
        OPTION_FLAG("all", &settings.all, "dump equal rows too, for which * stands else"),
        OPTIONS_PLACE(&settings.place),
        OPTIONS_COMMON(&s.common),
        {0},
    };
    struct command_line line = {
        .synopsis = "[OPTIONS] RANGE",
        .about = "Dump guest memory. What a view allows does not matter, what it shows does.\n"
                 "RANGE: 0x1000-0x1fff (the end included), 16M+4K, gfn:0x100, or 0x1000 for the\n"
                 "4096 bytes from there; after va: the same with virtual addresses, which are\n"
                 "translated by page tables as VIEW shows them.",
        .options = options,
        .least = 1,
        .most = 1,
    };

    return session_run(&s, &line, argc, argv, read_memory);
}
