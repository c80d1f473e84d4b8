/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview list`: the runs of this user. */
#include "commands.h"
#include "fields.h"
#include "options.h"
#include "output.h"
#include "say.h"
#include "toolstack/machine/registry.h"

#include <altview/altview.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* HVM_PARAM_ALTP2M. */
static const char *const modes[] = {"disabled", "mixed", "external", "limited"};

/* The answer of the run's machine. Without an answer yet, the members are nulls. */
static void machine_record(struct json_object *o, const char *socket)
{
    struct altview_hello hello;
    struct altview_view *views = NULL;
    altview *handle = NULL;
    size_t count;
    char where[PATH_MAX + 8];

    snprintf(where, sizeof(where), "unix:%s", socket);
    if (altview_open(where, 0, &handle) || altview_hello(handle, &hello) ||
        altview_views(handle, &views, &count)) {
        json_object_object_add(o, "domain", NULL);
        json_object_object_add(o, "mode", NULL);
        json_object_object_add(o, "views", NULL);
        json_object_object_add(o, "vcpus", NULL);
    } else {
        field_number(o, "domain", hello.domid);
        field_text(o, "mode", hello.mode < 4 ? modes[hello.mode] : NULL);
        field_number(o, "views", count);
        field_number(o, "vcpus", hello.vcpu_count);
    }
    free(views);
    altview_close(handle);
}

static int list_runs(bool json)
{
    struct run_record *runs;
    struct json_object *all;
    size_t count;

    if (run_list(&runs, &count)) {
        return fail("%s", altview_error());
    }
    all = list();
    for (size_t i = 0; i < count; i++) {
        struct json_object *o = list_fields(all);

        field_text(o, "name", runs[i].name);
        field_number(o, "pid", (uint64_t)runs[i].process);
        machine_record(o, runs[i].socket);
        field_number(o, "seconds", (uint64_t)(time(NULL) - runs[i].started));
        field_text(o, "guest", runs[i].guest);
        field_text(o, "files", runs[i].files);
    }
    free(runs);
    if (!count && !json) {
        say("nothing runs; altview run GUEST starts a machine");
        return output_member(json, all, NULL);
    }
    return output(json, all);
}

int cmd_list(int argc, char **argv)
{
    struct common common = {0};
    const struct option options[] = {OPTION_JSON(&common), {0}};
    struct command_line line = {
        .synopsis = "[OPTIONS]",
        .about = "List your runs: name, process, what the machine says of itself, how many seconds "
                 "it is\nup, its guest and where its files are. A machine that does not answer yet "
                 "has \"-\".",
        .options = options,
    };
    int status = options_parse(&line, argc, argv);

    return status == OPTIONS_OK ? list_runs(common.json) : status;
}
