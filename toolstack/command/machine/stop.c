/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview stop`: end runs. */
#include "commands.h"
#include "fields.h"
#include "options.h"
#include "output.h"
#include "say.h"
#include "toolstack/machine/registry.h"

#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <unistd.h>

#define PATIENCE_MS 10000

/* A descriptor of the run's process. The run still has that process after the descriptor is open,
 * so it can't be another process. Negative: there is no such run. */
static int open_process(const char *name, struct run_record *record)
{
    struct run_record again;
    int process = run_find(name, record) ? -1 : pidfd_open(record->process, 0);

    if (process >= 0 && (run_find(name, &again) || again.process != record->process)) {
        close(process);
        process = -1;
    }
    return process;
}

static int stop(const char *name)
{
    struct run_record record;
    struct pollfd end = {.fd = open_process(name, &record), .events = POLLIN};

    if (end.fd < 0) {
        return fail("no run is called %s; altview list tells which there are", name);
    }
    pidfd_send_signal(end.fd, SIGTERM, NULL, 0);
    poll(&end, 1, PATIENCE_MS);
    close(end.fd);
    return end.revents ? 0
                       : fail("%s does not end; as the last resort: kill -KILL %d", name,
                              (int)record.process);
}

/* Ends all runs that it can. */
static int stop_all(const struct command_line *line, bool json)
{
    struct json_object *o = fields(), *stopped = field_list(o, "stopped");
    int status = 0;

    for (int i = 0; i < line->count; i++) {
        if (stop(line->arguments[i])) {
            status = EXIT_FAILED;
        } else {
            json_object_array_add(stopped, json_object_new_string(line->arguments[i]));
        }
    }
    output_member(json, o, NULL);
    return status;
}

int cmd_stop(int argc, char **argv)
{
    struct common common = {0};
    const struct option options[] = {OPTION_JSON(&common), {0}};
    struct command_line line = {
        .synopsis = "[OPTIONS] RUN...",
        .about = "End runs, by name, as their interruption would. Their files stay.",
        .options = options,
        .least = 1,
        .most = -1,
    };
    int status = options_parse(&line, argc, argv);

    if (status != OPTIONS_OK) {
        return status;
    }
    return stop_all(&line, common.json);
}
