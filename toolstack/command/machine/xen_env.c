/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview xen-env`: a program built for Xen, with runs of altview as its domains. */
#include "commands.h"
#include "options.h"
#include "say.h"
#include "toolstack/machine/files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIBRARY "libxenctrl.so.4.17"
#define PRELOAD "libaltview-xen-env.so"

/* What --connect named, one a line. */
struct names {
    char text[4096];
};

static int take_name(const struct option *option, const char *value)
{
    struct names *names = option->to;
    size_t used = strlen(names->text);

    if (!*value || strchr(value, '\n')) {
        return usage_error("xen-env: --connect needs the name of a run");
    }
    if (used + strlen(value) + 2 > sizeof(names->text)) {
        return usage_error("xen-env: that is too many runs; give fewer");
    }
    snprintf(names->text + used, sizeof(names->text) - used, "%s%s", used ? "\n" : "", value);
    return 0;
}

/* Before the variable's present value. */
static int put_first(const char *variable, const char *value)
{
    const char *old = getenv(variable);
    char text[2 * PATH_MAX];

    if (snprintf(text, sizeof(text), "%s%s%s", value, old && *old ? ":" : "", old ? old : "") >=
        (int)sizeof(text)) {
        return fail("%s is too long; make it shorter", variable);
    }
    setenv(variable, text, 1);
    return 0;
}

static int set_environment(const struct names *names)
{
    char path[PATH_MAX], preload[PATH_MAX];

    if (find_xen_library(path, LIBRARY) || find_xen_library(preload, PRELOAD)) {
        return EXIT_FAILED;
    }
    *strrchr(path, '/') = 0;
    if (names->text[0]) {
        setenv("ALTVIEW_XEN", names->text, 1);
    }
    return put_first("LD_LIBRARY_PATH", path) || put_first("LD_PRELOAD", preload) ? EXIT_FAILED : 0;
}

int cmd_xen_env(int argc, char **argv)
{
    struct names names = {.text = ""};
    const struct option options[] = {
        OPTION_BY(take_name, "connect", "WHERE", &names,
                  "name of a run, or where else a domain is (altview help views), several times\n"
                  "for several domains: 1, 2 and so on; default: the environment variable\n"
                  "ALTVIEW, or the only run there is"),
        {0}};
    struct command_line line = {
        .synopsis = "[--connect WHERE]... -- PROGRAM [ARGUMENT]...",
        .about = "Run a program that is built for Xen 4.17, unmodified: it finds altview's\n"
                 "libxenctrl, libxenstore, libxenevtchn and libxenforeignmemory in place of\n"
                 "Xen's, and is told that it runs on Xen.",
        .options = options,
        .least = 0,
        .most = 0,
        .rest_apart = true,
    };
    int status = options_parse(&line, argc, argv);

    if (status != OPTIONS_OK) {
        return status;
    }
    if (!line.rest_count) {
        return usage_error("xen-env: name a program behind --; altview help xen-env");
    }
    status = set_environment(&names);
    if (status) {
        return status;
    }
    execvp(line.rest[0], line.rest);
    return fail("%s can't be run: %s", line.rest[0], strerror(errno));
}
