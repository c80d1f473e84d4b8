/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/terminal/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void restore(const struct terminal *t)
{
    tcsetattr(STDIN_FILENO, TCSANOW, &t->before);
}

/*
 * A process that is killed can't tidy up. This one waits until the other end of the pipe is closed,
 * which a byte before says was meant. Held signals let it set the terminal from the background, and
 * outlive what ends the group.
 */
static _Noreturn void guard(const struct terminal *t, int end)
{
    sigset_t all;
    char byte;
    ssize_t got;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    while ((got = read(end, &byte, 1)) < 0 && errno == EINTR) {
    }
    if (!got) {
        restore(t);
    }
    _exit(0);
}

static void begin_guard(struct terminal *t)
{
    int ends[2];

    t->guardian = 0;
    if (pipe2(ends, O_CLOEXEC)) {
        return;
    }
    t->guard = ends[1];
    t->guardian = fork();
    if (!t->guardian) {
        close(ends[1]);
        guard(t, ends[0]);
    }
    close(ends[0]);
    if (t->guardian < 0) {
        close(ends[1]);
    }
}

static void end_guard(const struct terminal *t)
{
    if (t->guardian > 0) {
        (void)!write(t->guard, "", 1);
        close(t->guard);
        waitpid(t->guardian, NULL, 0);
    }
}

bool terminal_hold(struct terminal *t)
{
    struct termios now;

    t->held = false;
    if (tcgetpgrp(STDIN_FILENO) != getpgrp() || tcgetattr(STDIN_FILENO, &t->before)) {
        return false;
    }
    now = t->before;
    now.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    now.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | IXON | ISTRIP);
    now.c_cc[VMIN] = 1;
    now.c_cc[VTIME] = 0;
    begin_guard(t);
    t->held = !tcsetattr(STDIN_FILENO, TCSANOW, &now);
    if (!t->held) {
        end_guard(t);
    }
    return t->held;
}

void terminal_release(struct terminal *t)
{
    if (t->held) {
        restore(t);
        end_guard(t);
        t->held = false;
    }
}
