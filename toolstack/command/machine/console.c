/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview console`: a run's serial port 1, on this terminal. */
#include "commands.h"
#include "machine/run_line.h"
#include "options.h"
#include "say.h"
#include "toolstack/machine/process.h"
#include "toolstack/machine/terminal/screen.h"
#include "toolstack/machine/terminal/terminal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

struct console {
    int run, signals;
    bool leaves;   /* standard input is a terminal */
    bool finished; /* it has ended */
    bool shows;    /* standard output is one */
    struct screen screen;
};

static void show(void *context, const void *text, size_t size)
{
    (void)context;
    run_line_put(STDOUT_FILENO, text, size);
}

/* From then on the connection is the console's. */
static int ask_for_it(int run, const char *name)
{
    struct altview_console console;
    int status = run_line_ask(run, ALTVIEW_CONSOLE, NULL, 0, &console, sizeof(console), NULL);

    if (status == -ETIMEDOUT) {
        return fail("%s does not answer; altview doctor tells more", name);
    }
    if (status) {
        return fail("%s is run by an older altview, which shares no console", name);
    }
    if (!(console.flags & ALTVIEW_CONSOLE_INPUT)) {
        say("this machine's serial port takes no input");
    }
    return 0;
}

/* False: the user leaves. */
static bool take_keys(struct console *c)
{
    char bytes[256];
    ssize_t got = read(STDIN_FILENO, bytes, sizeof(bytes));

    if (got > 0) {
        return !(c->leaves && memchr(bytes, TERMINAL_LEAVE, (size_t)got)) &&
               run_line_put(c->run, bytes, (size_t)got);
    }
    c->finished = !got || (errno != EINTR && errno != EAGAIN);
    return true;
}

/* False: the run has ended. */
static bool take_output(struct console *c)
{
    char bytes[4096];
    ssize_t got = read(c->run, bytes, sizeof(bytes));

    if (got > 0 && c->shows) {
        screen_guest(&c->screen, bytes, (size_t)got);
    } else if (got > 0) {
        return run_line_put(STDOUT_FILENO, bytes, (size_t)got);
    }
    return got > 0 || (got < 0 && errno == EINTR);
}

static int talk(struct console *c)
{
    for (;;) {
        struct pollfd polled[] = {{.fd = c->run, .events = POLLIN},
                                  {.fd = c->finished ? -1 : STDIN_FILENO, .events = POLLIN},
                                  {.fd = c->signals, .events = POLLIN}};

        poll(polled, 3, -1);
        if (polled[2].revents) {
            return signals_status(c->signals);
        }
        if (polled[0].revents && !take_output(c)) {
            return 0;
        }
        if (polled[1].revents && !take_keys(c)) {
            return 0;
        }
    }
}

static int attach(const char *name)
{
    struct console c = {.run = run_line_open(name)};
    struct terminal terminal = {0};
    int status;

    if (c.run < 0) {
        return EXIT_FAILED;
    }
    c.signals = signals_hold();
    c.shows = isatty(STDOUT_FILENO);
    screen_init(&c.screen, show, NULL);
    status = ask_for_it(c.run, name);
    if (!status) {
        c.leaves = terminal_hold(&terminal);
        if (c.leaves) {
            say("what you type goes to %s; Ctrl-] leaves", name);
        }
        c.finished = !c.leaves && isatty(STDIN_FILENO);
        status = talk(&c);
        terminal_release(&terminal);
    }
    close(c.run);
    return status;
}

int cmd_console(int argc, char **argv)
{
    const struct option options[] = {{0}};
    struct command_line line = {
        .synopsis = "RUN",
        .about = "Show what the guest of a run prints to its serial port 1 from now on, and type\n"
                 "into it. On a terminal all keys go to the guest, but Ctrl-], which leaves; the\n"
                 "run goes on. Else standard input goes there.",
        .options = options,
        .least = 1,
        .most = 1,
    };
    int status = options_parse(&line, argc, argv);

    return status == OPTIONS_OK ? attach(line.arguments[0]) : status;
}
