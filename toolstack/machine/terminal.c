/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/terminal.h"

#include <unistd.h>

bool terminal_hold(struct terminal *t)
{
    struct termios now;

    t->held = false;
    if (tcgetpgrp(STDIN_FILENO) != getpgrp() || tcgetattr(STDIN_FILENO, &t->before)) {
        return false;
    }
    now = t->before;
    now.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    now.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
    /* Stopped, this process would leave the terminal so. */
    now.c_cc[VSUSP] = now.c_cc[VQUIT] = _POSIX_VDISABLE;
    now.c_cc[VMIN] = 1;
    now.c_cc[VTIME] = 0;
    t->held = !tcsetattr(STDIN_FILENO, TCSANOW, &now);
    return t->held;
}

void terminal_release(const struct terminal *t)
{
    if (t->held) {
        tcsetattr(STDIN_FILENO, TCSANOW, &t->before);
    }
}
