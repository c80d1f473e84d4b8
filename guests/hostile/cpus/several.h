/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPU 1, of a machine that has it: it makes hypercalls while the boot CPU attacks alone, and takes
 * part in the attacks of two, each of which finds it waiting and leaves it so.
 */
#ifndef HOSTILE_SEVERAL_H
#define HOSTILE_SEVERAL_H

#include "cpus.h"
#include "sync.h"

/* Find the CPUs, and start CPU 1. False if it does not come up. */
bool several_init(void);
bool several(void);

/* Until CPU 1 has done what it was given; one that does not come back is started anew, and told. */
void several_wait(void);

/* Hypercalls of CPU 1, until the end: then it must still make them, with the right answers. */
void several_begin(void);
void several_end(void);

/* What it does then, for attacks that want it; and how often it has done so. */
void several_calls(void *unused);
extern unsigned long several_turns;
/* Until it has made that many more; false: it does not. */
bool several_await_turns(unsigned long more);

/*
 * Start CPU 1 by `way`, once more if it does not come: an INIT that finds it in altview is lost in
 * Bochs 2.7, and hypercalls refuse to start a CPU whose INIT has not been taken yet. Each try waits
 * longer than the one before, for the computer may have other work.
 */
bool several_start(enum start_way (*way)(void));

/* A word reaches a value, or more; false: not in a time in which it should. */
bool several_await(const unsigned long *word, unsigned long value);

#endif
