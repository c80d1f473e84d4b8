/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPU 1, if the machine has it. It makes hypercalls while the boot CPU attacks alone, and takes
 * part in the attacks of two. Each of these attacks finds it waiting and leaves it waiting.
 */
#ifndef HOSTILE_SEVERAL_H
#define HOSTILE_SEVERAL_H

#include "cpus.h"
#include "sync.h"

/* Find the CPUs, and start CPU 1. False if it does not come up. */
bool several_init(void);
bool several(void);

/* Wait until CPU 1 has finished its work. If it does not come back, start it anew and report
 * that. */
void several_wait(void);

/* Hypercalls of CPU 1 until the end of the attack: then it must still make them, with the right
 * answers. */
void several_begin(void);
void several_end(void);

/*
 * Start CPU 1 by `way`, once more if it does not come: in Bochs 2.7 an INIT that comes while it is
 * in altview is lost, and hypercalls refuse to start a CPU that has not taken its INIT yet. Each
 * try waits longer than the one before, for the computer may have other work.
 */
bool several_start(enum start_way (*way)(void));

/* Wait until a word reaches a value, or more; false: it takes too long. */
bool several_await(const unsigned long *word, unsigned long value);

#endif
