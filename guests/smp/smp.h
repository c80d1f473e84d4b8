/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the checks with several CPUs. */
#ifndef SMP_SMP_H
#define SMP_SMP_H

#include "check.h"
#include "cpu.h"
#include "cpus.h"
#include "string.h"
#include "sync.h"
#include "world.h"
#include "xen.h"

/* After this many ticks of the TSC without progress the test counts as hung: ten minutes, because
 * the computer may have much other work. */
uint64_t smp_patience(void);

/* Each area except the first finds all CPUs started and waiting, and leaves them waiting. */
void area_before(void);
void area_start(void);
void area_down(void);
void area_ipi(void);
void area_exits(void);
void area_views(void);
void area_revoke(void);
void area_evict(void);
void area_flags(void);
void area_kicks(void);
void area_nmi(void);
void area_races(void);
void area_storm(void);
void area_load(void);
void area_events(void);

/* altp2m off and on again, then #VE and VMFUNC on, for every CPU. */
void smp_reset_with_notify(void);
/* The index of a vCPU's view, or the error. */
long smp_index(unsigned int cpu);
/* VM exits of a CPU for one reason (SDM Vol. 3C, appendix C), or in all. */
uint64_t smp_exits(unsigned int cpu, uint32_t reason);
#define EXIT_NMI              0
#define EXIT_VMCALL           18
#define EXIT_PREEMPTION_TIMER 52 /* the hypervisor's own clock */

/* A hypervisor with random waits keeps vCPUs out of the guest for long: main.c. */
bool smp_windows_are_wide(void);
/* Scales a number of repetitions. The option percent=N lowers it where CPUs run at the same time,
 * not by turns, and each wait for another takes long. */
unsigned int smp_rounds(unsigned int rounds);
/* How often each CPU does what all of them do so often together. With wide windows a quarter of
 * that is enough: races are likely there, and each repetition takes long. */
unsigned int smp_each(unsigned int together);

/* A CPU, the calling one too, goes to a view by VMFUNC; false if it took an exception. */
bool smp_go(unsigned int cpu, unsigned int view);

/* The APIC's way to start CPUs, by the mode it is in. */
enum start_way smp_apic_way(void);
/* Start every CPU one way, or end the guest. */
void smp_start_all(enum start_way way);

/* Wait until a CPU's function has returned. A hang ends the guest with a message. */
void smp_wait(unsigned int cpu);
/* Run a function on a CPU, the calling one too, and wait for it. */
void smp_call(unsigned int cpu, void (*body)(void *), void *argument);

/* Wait until a word reaches a value, or more. A hang ends the guest, with a message that names the
 * wait. */
void smp_await(const unsigned long *word, unsigned long value, const char *what);

#endif
