/* SPDX-License-Identifier: BSD-2-Clause */
/* The page in real mode where CPU 1 idles after a start-up IPI, and its layout. */
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
 * Send INIT, and start-up IPIs until CPU 1 has come. A start-up IPI that comes before the CPU has
 * taken the INIT is lost, as on any CPU. In Bochs 2.7 an INIT that comes while altview runs is
 * lost, too. False: CPU 1 does not come, or does not go on there.
 */
bool idle_comes(struct random *dice);
/* INITs that were lost. */
extern unsigned int idle_retries;
/* Make it triple-fault there. */
void idle_fault(void);
#endif

#endif
