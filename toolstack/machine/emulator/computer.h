/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * This computer, or the one whose files are in the tree that ALTVIEW_COMPUTER names: for tests, on
 * computers that don't exist.
 */
#ifndef MACHINE_COMPUTER_H
#define MACHINE_COMPUTER_H

#include "toolstack/machine/emulator/choice.h"

#include <stdbool.h>

bool computer_has_file(const char *file);
/* A descriptor that is close-on-exec, or a negative errno value. */
int computer_open(const char *file, int flags);

/* 1 or 0: is `word` in a line of /proc/cpuinfo that begins with `key`? -1: there is no such line.
 * (The first CPU's line counts; all are alike.) */
int computer_cpu_has(const char *key, const char *word);

/* idle_cpus() of those that this process may use. */
unsigned int computer_idle_cpus(void);

/* The input of choose(). */
void computer_look(struct computer *computer);

#endif
