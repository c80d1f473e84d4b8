/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview dump`: all of the guest's RAM into a file, and the vCPUs' registers. */
#include "commands.h"
#include "fields.h"
#include "memory/dump_file.h"
#include "memory/progress.h"
#include "new_file.h"
#include "output.h"
#include "range.h"
#include "say.h"
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PIECE (UINT64_C(1) << 20)

static const char *const format_names[] = {
    [DUMP_ELF] = "elf",
    [DUMP_LIME] = "lime",
    [DUMP_RAW] = "raw",
};

struct settings {
    const char *view, *file;
    enum dump_format format;
    bool pause;
};

struct dump {
    struct session *s;
    unsigned int view;
    struct altview_memory_range *ranges; /* RAM */
    size_t count, vcpus;
    struct altview_registers *registers;
    struct dump_file file;
    struct progress progress;
    uint64_t all, done; /* bytes */
    uint64_t unread;    /* pages */
    uint8_t *bytes;     /* room for a piece */
};

static int option_format(const struct option *option, const char *value)
{
    for (unsigned int i = 0; i < sizeof(format_names) / sizeof(format_names[0]); i++) {
        if (!strcmp(format_names[i], value)) {
            *(enum dump_format *)option->to = (enum dump_format)i;
            return 0;
        }
    }
    return usage_error("--%s %s: give elf, lime or raw", option->name, value);
}

/* The map, reduced to RAM. */
static int find_ram(struct dump *d)
{
    size_t all;

    if (altview_memory_map(d->s->handle, &d->ranges, &all)) {
        return session_refused();
    }
    for (size_t i = 0; i < all; i++) {
        if (d->ranges[i].type == ALTVIEW_MEMORY_RAM) {
            d->ranges[d->count++] = d->ranges[i];
            d->all += d->ranges[i].nr * RANGE_PAGE;
        }
    }
    return d->count ? 0 : fail("the guest has no RAM");
}

static int find_registers(struct dump *d)
{
    struct altview_vcpu *vcpus;
    int status = 0;

    if (altview_vcpus(d->s->handle, &vcpus, &d->vcpus)) {
        return session_refused();
    }
    free(vcpus);
    d->registers = calloc(d->vcpus, sizeof(*d->registers));
    if (!d->registers) {
        return fail("out of memory");
    }
    for (unsigned int i = 0; !status && i < d->vcpus; i++) {
        status = altview_get_registers(d->s->handle, i, &d->registers[i]) ? session_refused() : 0;
    }
    return status;
}

/* The pages of a piece that can be read. The file has no other pages. */
static int copy_pages(struct dump *d, uint64_t address, size_t size)
{
    int status = 0;

    for (uint64_t at = address; !status && at < address + size; at += RANGE_PAGE) {
        int error = altview_read(d->s->handle, d->view, at, d->bytes, RANGE_PAGE);

        if (error == -EFAULT) {
            d->unread++;
        } else {
            status = error ? session_refused() : dump_file_put(&d->file, at, d->bytes, RANGE_PAGE);
        }
    }
    return status;
}

static int copy_piece(struct dump *d, uint64_t address, size_t size)
{
    int error = altview_read(d->s->handle, d->view, address, d->bytes, size);

    if (error == -EFAULT) {
        return copy_pages(d, address, size);
    }
    return error ? session_refused() : dump_file_put(&d->file, address, d->bytes, size);
}

static int copy_range(struct dump *d, const struct altview_memory_range *range)
{
    uint64_t at = range->gfn * RANGE_PAGE, end = at + range->nr * RANGE_PAGE;
    int status = dump_file_range(&d->file, range);

    while (!status && at < end) {
        size_t size = end - at < PIECE ? end - at : PIECE;

        status = copy_piece(d, at, size);
        at += size;
        d->done += size;
        progress_show(&d->progress, d->done);
    }
    return status;
}

static int copy_all(struct dump *d)
{
    int status = 0;

    for (size_t i = 0; !status && i < d->count; i++) {
        status = copy_range(d, &d->ranges[i]);
    }
    return status ? status : dump_file_end(&d->file);
}

static int write_file(struct dump *d)
{
    const struct settings *settings = d->s->settings;
    const struct dump_contents contents = {d->ranges, d->count, d->registers, d->vcpus};
    struct new_file file;
    int status = new_file_open(&file, settings->file);

    if (status) {
        return status;
    }
    status = dump_file_begin(&d->file, file.to, settings->format, &contents);
    if (!status) {
        progress_begin(&d->progress, d->all);
        status = copy_all(d);
        progress_end(&d->progress);
    }
    return new_file_end(&file, status);
}

/* Registers first: the longer the guest runs, the less they match the memory read later. */
static int take(struct dump *d)
{
    int status = find_ram(d);

    status = status ? status : find_registers(d);
    if (!status) {
        d->bytes = malloc(PIECE);
        status = d->bytes ? write_file(d) : fail("out of memory");
    }
    free(d->bytes);
    return status;
}

static int take_paused(struct dump *d)
{
    int status;

    if (altview_pause(d->s->handle, ALTVIEW_ALL_VCPUS)) {
        return session_refused();
    }
    status = take(d);
    if (altview_unpause(d->s->handle, ALTVIEW_ALL_VCPUS) && !status) {
        status = session_refused();
    }
    return status;
}

static int tell(const struct dump *d)
{
    const struct settings *settings = d->s->settings;
    struct json_object *o = fields();

    if (d->unread) {
        say("pages of RAM that can't be read, zeros in the file: %llu",
            (unsigned long long)d->unread);
    }
    field_text(o, "view", settings->view);
    field_text(o, "file", settings->file);
    field_text(o, "format", format_names[settings->format]);
    field_number(o, "ranges", d->count);
    field_number(o, "size", d->all);
    field_number(o, "unread_pages", d->unread);
    field_number(o, "vcpus", d->vcpus);
    return output_member(d->s->common.json, o, NULL);
}

static int dump(struct session *s, const struct command_line *line)
{
    const struct settings *settings = s->settings;
    struct dump d = {.s = s, .view = ALTVIEW_NO_VIEW};
    int status;

    (void)line;
    if (!settings->file) {
        return usage_error("give --output FILE");
    }
    if (session_open(s) || (settings->view && session_view(s, settings->view, &d.view))) {
        return EXIT_FAILED;
    }
    status = settings->pause ? take_paused(&d) : take(&d);
    status = status ? status : tell(&d);
    free(d.ranges);
    free(d.registers);
    return status;
}

int cmd_dump(int argc, char **argv)
{
    struct settings settings = {0};
    struct session s = {.settings = &settings};
    const struct option options[] = {
        OPTION_TEXT("output", "FILE", &settings.file,
                    "the file, which is replaced when all has been read", .letter = 'o'),
        OPTION_BY(option_format, "format", "FORMAT", &settings.format,
                  "elf: a core with all vCPUs' registers, for gdb and crash (default)\n"
                  "lime: LiME's, version 1\n"
                  "raw: the offset in the file is the physical address",
                  .letter = 'f'),
        OPTION_TEXT("view", "VIEW", &settings.view,
                    "as that view shows it (default: as it is, without any view)"),
        OPTION_FLAG("pause", &settings.pause, "the guest stands still meanwhile", .letter = 'p'),
        OPTIONS_COMMON(&s.common),
        {0},
    };
    struct command_line line = {
        .synopsis = "[OPTIONS] --output FILE",
        .about =
            "Write all of the guest's RAM to a file. Pages of zeros are holes in it. So are\n"
            "pages that can't be read, which are counted. What a view allows does not matter,\n"
            "what it shows does. Without --pause the guest runs on, and its memory changes\n"
            "while it is read.",
        .options = options,
    };

    return session_run(&s, &line, argc, argv, dump);
}
