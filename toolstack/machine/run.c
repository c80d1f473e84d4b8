/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/run.h"

#include "new_file.h"
#include "say.h"
#include "toolstack/machine/files.h"
#include "toolstack/machine/hub/serve.h"
#include "toolstack/machine/process.h"
#include "toolstack/machine/terminal/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG          "altview.log"
#define LAST_MESSAGE 512 /* bytes of it */

static const char *what_runs(const struct run *run)
{
    return run->restored ? run->restored->head.guest : run->booted ? run->booted : run->image.guest;
}

static int make_image(struct run *run)
{
    char file[PATH_MAX];

    if (run->restored || (!run->booted && !run->emulator->takes_image)) {
        return 0;
    }
    if (!run->booted) {
        return image_make(&run->image, run->inside, MACHINE_IMAGE, run->signals);
    }
    if (!realpath(run->booted, file) || symlinkat(file, run->directory, MACHINE_IMAGE)) {
        return fail("can't make the link " MACHINE_IMAGE " in %s: %s%s", run->place.directory,
                    strerror(errno), write_remedy(errno));
    }
    return 0;
}

static int make_file(const struct run *run, const char *name, int flags)
{
    return openat(run->directory, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | flags, 0644);
}

static int make_files(struct run *run)
{
    run->log = make_file(run, LOG, O_RDWR);
    run->guest_output = make_file(run, GUEST_OUTPUT, O_RDWR);
    run->machine.output = make_file(run, EMULATOR_OUTPUT, O_RDWR);
    if (run->log < 0 || run->guest_output < 0 || run->machine.output < 0) {
        return fail("can't write in %s: %s%s", run->place.directory, strerror(errno),
                    write_remedy(errno));
    }
    return 0;
}

static void say_no_more(void)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

    dup2(nowhere, STDERR_FILENO);
    close(nowhere);
}

/* Send this run's place to the waiting process, and print nothing else. */
static void tell_started(void *context)
{
    struct run *run = context;

    if (write(run->background, &run->place, sizeof(run->place)) < 0) {
        raise(SIGTERM); /* that process has ended */
    }
    close(run->background);
    say_no_more();
}

static int reached_limit(const struct run *run)
{
    say("the time limit of %lu s was reached and the machine was stopped. If it only needs longer, "
        "raise it with --limit. Files: %s",
        run->limit, run->place.directory);
    return EXIT_LIMIT;
}

/* An emulator that does not even start prints the cause in its last line. */
static void say_why_not_started(const struct run *run)
{
    char text[LAST_MESSAGE + 1], *line;
    off_t size = lseek(run->machine.output, 0, SEEK_END);
    off_t from = size > LAST_MESSAGE ? size - LAST_MESSAGE : 0;
    ssize_t got = pread(run->machine.output, text, LAST_MESSAGE, from);
    struct stat log;

    if (got <= 0 || fstat(run->log, &log) || log.st_size > 0) {
        return;
    }
    text[text[got - 1] == '\n' ? got - 1 : got] = 0;
    line = strrchr(text, '\n');
    say("%s: %s", run->emulator->title, line ? line + 1 : text);
}

static int ended(const struct run *run, int status)
{
    if (status >= 0) {
        return status;
    }
    say_why_not_started(run);
    say("the machine ended without a closing line in the log; see " LOG " and %s in %s",
        run->emulator->log, run->place.directory);
    return EXIT_NO_END;
}

/* On a stopped terminal, or a full pipe, a message would wait for ever. */
static bool can_say(unsigned int not_taken)
{
    struct pollfd error = {.fd = STDERR_FILENO, .events = POLLOUT};

    return !(not_taken & NOT_TAKEN_LOG) && poll(&error, 1, 0) > 0;
}

static int interrupted(const struct run *run)
{
    int status = signals_status(run->signals);

    if (!can_say(0)) {
        say_no_more();
    }
    say("interrupted; files: %s", run->place.directory);
    return status;
}

static void tell_not_taken(const struct run *run, unsigned int not_taken)
{
    if (!can_say(not_taken)) {
        say_no_more();
    }
    if (not_taken & NOT_TAKEN_OUTPUT) {
        say("standard output was not read to its end; all of it is in %s/" GUEST_OUTPUT,
            run->place.directory);
    }
}

/* What restores it needs to know. */
static struct snapshot_head describe(const struct run *run)
{
    struct snapshot_head head = {.cpus = (uint32_t)run->machine.cpus,
                                 .icount = run->machine.icount,
                                 .linux_guest = run->machine.linux_guest};

    snprintf(head.cpu, sizeof(head.cpu), "%s", run->machine.cpu ? run->machine.cpu : "");
    snprintf(head.guest, sizeof(head.guest), "%s", what_runs(run) ? what_runs(run) : "");
    return head;
}

/* The emulator's reason, or the machine's. */
static uint32_t no_snapshot(const struct run *run)
{
    return run->emulator->no_snapshot ? run->emulator->no_snapshot
           : run->booted              ? ALTVIEW_SNAPSHOT_IMAGE
                                      : 0;
}

static int watch(struct run *run)
{
    const struct lines *lines = &run->machine.lines;
    struct service service = {.emulator = run->process,
                              .port_listener = lines->port_listener,
                              .port = lines->port,
                              .serial_listener = lines->serial_listener,
                              .serial = lines->serial,
                              .input = -1,
                              .qmp = lines->qmp,
                              .memory = lines->memory,
                              .executes = run->emulator->executes,
                              .no_snapshot = no_snapshot(run),
                              .head = describe(run),
                              .restored = run->restored,
                              .listener = run->place.registration.listener,
                              .signals = run->signals,
                              .guest_output = run->guest_output,
                              .log = run->log,
                              .limit_seconds = run->limit,
                              .started = run->background < 0 ? NULL : tell_started,
                              .context = run};
    struct service_report report;
    struct terminal terminal = {0};
    enum service_end end;

    if ((lines->serial >= 0 || lines->serial_listener >= 0) && run->background < 0) {
        service.leaves = terminal_hold(&terminal);
        service.input = service.leaves || !isatty(STDIN_FILENO) ? STDIN_FILENO : -1;
    }
    if (service.leaves) {
        say("what you type goes to the guest; Ctrl-] ends the run");
    }
    end = serve(&service, &report);
    terminal_release(&terminal);
    tell_not_taken(run, report.not_taken);
    switch (end) {
    case SERVICE_LIMIT:
        return reached_limit(run);
    case SERVICE_INTERRUPTED:
        return interrupted(run);
    case SERVICE_UNHEARD:
        return 128 + SIGPIPE;
    default:
        return ended(run, report.status);
    }
}

/* False: a signal came first. */
static bool wait_to_say(const struct run *run)
{
    struct pollfd polled[] = {{.fd = STDERR_FILENO, .events = POLLOUT},
                              {.fd = run->signals, .events = POLLIN}};

    while (poll(polled, 2, -1) < 0) {
    }
    return !polled[1].revents;
}

static void announce(const struct run *run)
{
    char limit[48] = "";

    if (run->limit) {
        snprintf(limit, sizeof(limit), ", at most %lu s", run->limit);
    }
    say("%s %s in %s%s; name: %s; files: %s", run->restored ? "going on with" : "booting",
        what_runs(run) ? what_runs(run) : "no guest", run->emulator->title, limit,
        run->place.registration.name, run->place.directory);
}

static int start(struct run *run)
{
    if (!wait_to_say(run)) {
        return -EINTR;
    }
    announce(run);
    return run->emulator->start(&run->machine, &run->process);
}

static int prepare(struct run *run)
{
    int status = run_describe(&run->place.registration, what_runs(run), run->place.directory);

    if (!status) {
        status = make_image(run);
    }
    if (!status) {
        status = make_files(run);
    }
    return status ? status : start(run);
}

/* The image can be big, and is made anew each time. */
static int boot(struct run *run)
{
    int status = prepare(run);

    if (status == -EINTR) {
        status = interrupted(run);
    } else if (status) {
        status = before_guest(status);
    } else {
        status = watch(run);
    }
    unlinkat(run->directory, MACHINE_IMAGE, 0);
    return status;
}

int run_machine(struct run *run)
{
    struct place *place = &run->place;
    int status;

    run->signals = signals_hold();
    status = make_run_directory(place->directory, &run->directory);
    if (!status) {
        directory_inside(run->inside, run->directory);
        run->machine.directory = run->inside;
        status = run_register(run->name, what_runs(run), &place->registration);
    }
    if (status) {
        return before_guest(status);
    }
    status = boot(run);
    run_unregister(&place->registration);
    return status;
}
