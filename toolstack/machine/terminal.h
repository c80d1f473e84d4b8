/* SPDX-License-Identifier: BSD-2-Clause */
/* The terminal on standard input, when what is typed there goes to the guest. */
#ifndef RUN_TERMINAL_H
#define RUN_TERMINAL_H

#include <stdbool.h>
#include <termios.h>

struct terminal {
    bool held;
    struct termios before;
};

/*
 * Hand on each key as it is typed, without an echo: the guest echoes. Ctrl-C still interrupts.
 * False: standard input is no terminal, or another program has it.
 */
bool terminal_hold(struct terminal *terminal);
/* As it was. */
void terminal_release(const struct terminal *terminal);

#endif
