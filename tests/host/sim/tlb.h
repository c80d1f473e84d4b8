/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TLB that never forgets by itself. For every EPTP (tagged by its root, as bits 51:12 of the EPTP
 * tag a real one: SDM Vol. 3C 29.4.2) it keeps each translation and each pointer to a lower table
 * it was ever given, until it is told to flush. So a flush the engine forgot is seen at once, not
 * when some CPU happens to hold a line for long.
 */
#ifndef SIM_TLB_H
#define SIM_TLB_H

#include "sim/gfns.h"
#include "sim/tables.h"

#define SIM_TLB_VARIANTS 6

/* One thing cached; stale unless its generation is the space's. */
struct sim_tlb_line {
    uint32_t generation;
    uint8_t rights;
    bool suppress_ve; /* of a translation */
    uint64_t target;  /* mfn, or page of a table */
};

struct sim_tlb_set {
    struct sim_tlb_line line[SIM_TLB_VARIANTS];
};

/* A table that a cached line leads to, and how often its page had been freed then. */
struct sim_tlb_reference {
    uint32_t page, freed;
};

/* All that is cached for one root. */
struct sim_tlb_space {
    uint32_t root;
    uint32_t generation;
    bool filled;                                  /* something is cached */
    struct sim_tlb_set leaf[SIM_MAX_SAMPLES];     /* per sample */
    struct sim_tlb_set table[4][SIM_MAX_SAMPLES]; /* [level of the table], per region */
    bool rests;                                   /* no CPU runs under it */
    struct sim_tlb_reference *referenced;         /* one per line, for the counts below */
    uint32_t referenced_count, referenced_room;
    struct sim_tlb_space *next;
};

struct sim_tlb {
    const struct sim_tables *tables;
    const struct sim_gfns *gfns;
    struct sim_tlb_space *spaces;
    uint32_t *references;           /* per page: how many lines that may be used lead there */
    uint32_t *freed;                /* per page: how often it was */
    struct sim_tlb_space **by_root; /* per page */
};

/* What may be used at all for a sample under an EPTP. */
struct sim_allowed {
    uint64_t mfn;
    unsigned int rights;
};

void sim_tlb_init(struct sim_tlb *t, const struct sim_tables *e, const struct sim_gfns *g);
void sim_tlb_fini(struct sim_tlb *t);

/* Walk for a sample as a CPU would and keep all that is met on the way. */
struct sim_walk sim_tlb_walk(struct sim_tlb *t, uint64_t eptp, unsigned int sample);

void sim_tlb_flush(struct sim_tlb *t, uint64_t eptp);

/*
 * For an EPTP that is run under only at times. What is cached meanwhile stays, but is not used (SDM
 * Vol. 3C 29.4.2: only what is tagged with the current EPTP is), so tables may go. wake: it is used
 * again; fails the test if a cached pointer leads to a table that has gone.
 */
void sim_tlb_rest(struct sim_tlb *t, uint64_t eptp);
void sim_tlb_wake(struct sim_tlb *t, uint64_t eptp);

/* Fails the test if a CPU could still reach the page through something cached. */
void sim_tlb_page_freed(struct sim_tlb *t, uint32_t page);

/*
 * Whatever a CPU can make of cached lines for this sample must be allowed: the same page with no
 * more rights. Fewer rights may be cached only where suppress-#VE is cached with them: else the CPU
 * raises #VE for an access that is allowed, without an exit (SDM Vol. 3C 26.5.7.1). Takes cached
 * translations, and walks on from each cached table.
 */
void sim_tlb_check(const struct sim_tlb *t, uint64_t eptp, unsigned int sample,
                   struct sim_allowed allowed);

#endif
