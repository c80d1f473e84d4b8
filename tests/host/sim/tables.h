/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CPU's reading of raw table entries, written from the manuals without knowledge of the engine:
 * ept.c (SDM Vol. 3C 29.3.2) and npt.c (APM Vol. 2 15.25). An entry that the CPU would refuse as
 * misconfigured fails the test, because it would stop a real guest.
 */
#ifndef SIM_TABLES_H
#define SIM_TABLES_H

#include "sim/memory.h"

#include <altview/altp2m.h>

#define SIM_TOP_LEVEL 4

struct sim_tables {
    const struct sim_memory *memory;
    enum altp2m_format format;
    bool has_2m, has_1g, has_exec_only;
    const struct altp2m_frames *kept; /* frames that no leaf may lead to, except shared ones */
    unsigned int kept_count;
};

enum sim_entry_kind { SIM_ENTRY_NONE, SIM_ENTRY_TABLE, SIM_ENTRY_LEAF };

/* One entry as the CPU reads it. */
struct sim_entry {
    enum sim_entry_kind kind;
    unsigned int rights;  /* ALTP2M_R/W/X */
    bool suppress_ve;     /* counts at the walk's end, on a leaf or on an empty entry */
    uint32_t table;       /* SIM_ENTRY_TABLE: page it points to */
    uint64_t mfn;         /* SIM_ENTRY_LEAF: of the gfn asked for */
    unsigned int memtype; /* SIM_ENTRY_LEAF */
};

/* An entry of a table of `level`: 4 is the root, 1 a table of 4 KiB leaves. */
struct sim_entry sim_tables_read(const struct sim_tables *t, uint32_t table, unsigned int level,
                                 uint64_t gfn);
struct sim_entry sim_ept_entry(const struct sim_tables *t, uint64_t raw, unsigned int level,
                               uint64_t gfn);
struct sim_entry sim_npt_entry(const struct sim_tables *t, uint64_t raw, unsigned int level,
                               uint64_t gfn);

/* The required sim_entry.memtype for this memory type: NPT has fewer. */
unsigned int sim_tables_memtype(const struct sim_tables *t, enum altp2m_memtype memtype);

/* For both formats: the part of a large page's leaf for the gfn. */
uint64_t sim_tables_frame(uint64_t raw, unsigned int level, uint64_t gfn);
__attribute__((noreturn)) void sim_tables_refused(const char *why, uint64_t raw, unsigned int level,
                                                  uint64_t gfn);

struct sim_walk {
    bool present; /* the walk ended on a leaf */
    unsigned int level;
    unsigned int rights; /* ANDed over the levels; 0 if not present */
    bool suppress_ve;
    uint64_t mfn;
    unsigned int memtype;
};

/* Walk on from a table with the rights gathered above it. The whole walk: root, level 4, RWX. */
struct sim_walk sim_tables_walk_from(const struct sim_tables *t, uint32_t table, unsigned int level,
                                     unsigned int rights, uint64_t gfn);

/* The root page of an EPTP or nCR3. Checks the EPTP's or nCR3's own fields. */
uint32_t sim_tables_root(const struct sim_tables *t, uint64_t eptp);
struct sim_walk sim_tables_walk(const struct sim_tables *t, uint64_t eptp, uint64_t gfn);

#endif
