/* SPDX-License-Identifier: BSD-2-Clause */
/* A page in real mode where CPU 1 idles, as start-up IPIs have it; and what is where in it. */
#ifndef HOSTILE_IDLE_H
#define HOSTILE_IDLE_H

#define IDLE_PAGE   0xb000 /* free, below 1 MiB */
#define IDLE_NMI    0x100  /* the handler of real mode's NMIs */
#define IDLE_SIZE   0x110  /* of the code */
#define IDLE_STARTS 0xf00
#define IDLE_TURNS  0xf08
#define IDLE_FAULT  0xf10 /* not 0: triple-fault */

#ifndef __ASSEMBLER__
#include "random.h"

#define IDLE_STARTUP (APIC_STARTUP | IDLE_PAGE >> 12)

/* Put the page there, and a handler for NMIs. */
void idle_prepare(void);
/*
 * INIT, and start-up IPIs until CPU 1 has come: one that is there before the INIT has been taken is
 * lost, as on any CPU; and in Bochs 2.7 so is an INIT that comes while altview works. False: it
 * does not come, or does not go on there.
 */
bool idle_comes(struct random *dice);
/* INITs that were lost. */
extern unsigned int idle_retries;
/* Have it triple-fault there. */
void idle_fault(void);
#endif

#endif
