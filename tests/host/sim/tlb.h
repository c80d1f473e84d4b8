/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TLB that never forgets by itself. For every EPTP (tagged by its root, as bits 51:12 of the EPTP
 * tag a real one: SDM Vol. 3C 29.4.2) it keeps each translation, and each pointer to a lower table,
 * until a flush. So the test detects a flush that the engine forgot at once, and not only when a
 * CPU happens to hold a line for long.
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

/* A table that a cached line leads to, and the count of its page's frees at that time. */
struct sim_tlb_reference {
    uint32_t page, freed;
};

/* All cached lines of one root. */
struct sim_tlb_space {
    uint32_t root;
    uint32_t generation;
    bool filled;                                  /* the space has cached lines */
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
    uint32_t *references;           /* per page: the number of usable lines that lead there */
    uint32_t *freed;                /* per page: the number of its frees */
    struct sim_tlb_space **by_root; /* per page */
};

/* The allowed results for a sample under an EPTP. */
struct sim_allowed {
    uint64_t mfn;
    unsigned int rights;
};

void sim_tlb_init(struct sim_tlb *t, const struct sim_tables *e, const struct sim_gfns *g);
void sim_tlb_fini(struct sim_tlb *t);

/* Walk for a sample as a CPU would, and keep all entries of the walk. */
struct sim_walk sim_tlb_walk(struct sim_tlb *t, uint64_t eptp, unsigned int sample);

void sim_tlb_flush(struct sim_tlb *t, uint64_t eptp);

/*
 * For an EPTP that a CPU uses only at times. Lines cached meanwhile stay, but no CPU uses them (SDM
 * Vol. 3C 29.4.2: a CPU uses only those with the current EPTP's tag), so tables may go. wake: a CPU
 * uses it again; fails the test if a cached pointer leads to a freed table.
 */
void sim_tlb_rest(struct sim_tlb *t, uint64_t eptp);
void sim_tlb_wake(struct sim_tlb *t, uint64_t eptp);

/* Fails the test if a CPU could still reach the page through a cached line. */
void sim_tlb_page_freed(struct sim_tlb *t, uint32_t page);

/*
 * Every result that a CPU can get from cached lines for this sample must be allowed: the same page
 * with no more rights. Fewer rights may be cached only if suppress-#VE is cached with them.
 * Otherwise the CPU raises #VE for an allowed access, without an exit (SDM Vol. 3C 26.5.7.1). Takes
 * cached translations, and walks on from each cached table.
 */
void sim_tlb_check(const struct sim_tlb *t, uint64_t eptp, unsigned int sample,
                   struct sim_allowed allowed);

#endif
