/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview restore`: a run that goes on from a snapshot. */
#include "commands.h"
#include "machine/detach.h"
#include "options.h"
#include "toolstack/machine/run.h"

struct settings {
    struct run run;
    bool detach, json;
};

static int parse(struct settings *s, struct command_line *line, int argc, char **argv)
{
    const struct option options[] = {
        OPTION_TEXT("name", "NAME", &s->run.name,
                    "what other commands call this run (default: after the guest's file)"),
        OPTION_NUMBER("limit", "SECONDS", &s->run.limit, 1, 86400,
                      "give up after this long (default 120; with --detach: never)"),
        OPTION_DETACH(&s->detach),
        OPTION_JSON(s),
        {0},
    };

    line->options = options;
    return options_parse(line, argc, argv);
}

/* The machine that the snapshot is of. Only QEMU's emulated CPUs make one. */
static int take_machine(struct run *run, const struct snapshot *snapshot)
{
    const struct snapshot_head *head = &snapshot->head;

    run->restored = snapshot;
    run->emulator = emulators[WAY_TCG];
    run->machine.memory = head->memory_size >> 20;
    run->machine.cpus = head->cpus;
    run->machine.cpu = *head->cpu ? head->cpu : NULL;
    run->machine.icount = head->icount;
    run->machine.linux_guest = head->linux_guest;
    run->machine.snapshot = snapshot;
    return run->emulator->check(&run->machine);
}

static int restore(struct settings *s, const char *path)
{
    static struct snapshot snapshot;
    int status = check_run_name(s->run.name);

    if (!status && s->json && !s->detach) {
        status = json_needs_detach();
    }
    status = status ? status : snapshot_open(path, &snapshot);
    status = before_guest(status ? status : take_machine(&s->run, &snapshot));
    if (status) {
        return status;
    }
    if (s->detach) {
        return run_detached(&s->run, s->json);
    }
    s->run.limit = s->run.limit ? s->run.limit : RUN_LIMIT;
    return run_machine(&s->run);
}

int cmd_restore(int argc, char **argv)
{
    static struct settings s = {.run.background = -1};
    struct command_line line = {
        .synopsis = "[OPTIONS] FILE",
        .about =
            "Start a run that goes on from a file of altview snapshot, in QEMU: with the guest's\n"
            "views, their names, policies and visibility, and with its memory and vCPUs. What\n"
            "clients had tied to their connections has ended, as if they had gone: listening,\n"
            "pauses, steps, and what they had bound. The file stays, and may be restored again.\n"
            "A snapshot is restored by the altview and the QEMU that made it. It is a machine:\n"
            "restore only one that you trust as you trust a program.\n"
            "The exit status is that of altview run.",
        .least = 1,
        .most = 1,
    };
    int status = parse(&s, &line, argc, argv);

    return status == OPTIONS_OK ? restore(&s, line.arguments[0]) : status;
}
