/* SPDX-License-Identifier: BSD-2-Clause */
/* altview explain-log: shows a log from another computer as `altview run` would have shown it. */
#include "commands.h"
#include "options.h"
#include "say.h"
#include "toolstack/machine/log_code.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void put(void *context, const void *text, size_t size)
{
    (void)context;
    fwrite(text, 1, size, stdout);
}

static int show(FILE *from)
{
    struct log_code log = {.put = put};
    char bytes[4096];
    size_t got;

    while ((got = fread(bytes, 1, sizeof(bytes), from))) {
        log_code_feed(&log, bytes, got);
    }
    return ferror(from) ? errno : 0;
}

static int show_file(const char *path)
{
    FILE *from = fopen(path, "re");
    int error;

    if (!from) {
        return errno;
    }
    error = show(from);
    fclose(from);
    return error;
}

int cmd_explain_log(int argc, char **argv)
{
    const struct option options[] = {{0}};
    struct command_line line = {
        .synopsis = "[FILE]",
        .about = "Print the hypervisor's log from a file, or from standard input, with the guest's "
                 "code in its\nreports disassembled. altview run does so by itself; this is for "
                 "what real hardware has sent\nthrough serial port 2.",
        .options = options,
        .most = 1,
    };
    int status = options_parse(&line, argc, argv), error;

    if (status != OPTIONS_OK) {
        return status;
    }
    error = line.count ? show_file(line.arguments[0]) : show(stdin);
    return error ? fail("%s: %s; check its name", line.count ? line.arguments[0] : "standard input",
                        strerror(error))
                 : 0;
}
