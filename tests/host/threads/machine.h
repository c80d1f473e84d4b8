/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine whose CPUs are threads. Each walks the tables and reads its visible list as hardware
 * does, without the lock, and caches the results. The engine's callbacks get them out of the guest
 * as the hypervisor does (hypervisor/core/kick.h). The NMI is a flag that a CPU checks between two
 * instructions.
 */
#ifndef THREADS_MACHINE_H
#define THREADS_MACHINE_H

#include "sim/random.h"

#include <altview/altp2m.h>
#include <pthread.h>

#define CPUS     3
#define PAGES    4096
#define GFNS     1024 /* the number of the guest's, in two tables */
#define GFN_BITS 20
#define CACHED   64

/* A cached translation of a CPU, or, with is_table, the last table of a walk for the gfn. */
struct cached {
    uint64_t eptp, gfn, mfn;
    const uint64_t *table;
    unsigned int rights;
};

struct cpu {
    struct machine *machine;
    unsigned int id;
    struct sim_random random;
    pthread_t thread;
    bool in_guest, attention, kicked; /* atomic */
    bool reload;                      /* the rest with the lock, or by the CPU alone */
    uint64_t stale;                   /* EPTP to flush before the next entry, or 0 */
    uint64_t eptp;
    struct cached cache[CACHED];
    uint64_t walks, vmfuncs, kicks;
};

struct machine {
    uint32_t next, serving; /* tickets of the domain's lock, atomic */
    bool over;              /* atomic */
    struct altp2m_domain domain;
    struct altp2m_vcpu vcpus[CPUS];
    struct cpu cpus[CPUS];
    unsigned int running; /* CPUs with a thread: none for the replay of a log */
    uint16_t views[CPUS]; /* the vCPUs' views at their last quiesce */
    uint8_t *arena;
    uint32_t free_pages[PAGES], free_count;
};

/* First come, first served, so that the CPUs get their turn among the operations. */
void machine_lock(struct machine *m);
void machine_unlock(struct machine *m);

/* A domain with RAM, altp2m on. */
void machine_init(struct machine *m, enum altp2m_format format);
void machine_run(struct machine *m, uint64_t seed);
void machine_stop(struct machine *m);
/* Fails the test if a page is missing. */
void machine_free(struct machine *m);

#endif
