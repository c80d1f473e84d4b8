/* SPDX-License-Identifier: BSD-2-Clause */
/* The terminal on standard input, whose keys go to the guest. */
#ifndef RUN_TERMINAL_H
#define RUN_TERMINAL_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

#define TERMINAL_LEAVE 0x1d /* Ctrl-]: it does not go to the guest */

struct terminal {
    bool held;
    struct termios before;
    int guard; /* open as long as a process waits, which would restore the terminal for us */
    pid_t guardian;
};

/*
 * Hand on each key as it is typed, Ctrl-C too, without an echo, because the guest echoes. The
 * terminal is restored when this process ends, for any reason. False: standard input is no
 * terminal, or another program has it.
 */
bool terminal_hold(struct terminal *terminal);
/* Restores its former state. */
void terminal_release(struct terminal *terminal);

#endif
