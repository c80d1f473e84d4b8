/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the CPU makes of raw EPT entries (SDM Vol. 3C 29.3.2), written from the manual and knowing
 * nothing of the engine. A misconfiguration (29.3.3.1) fails the test: it would stop a real guest.
 */
#ifndef SIM_EPT_H
#define SIM_EPT_H

#include "sim/memory.h"

#include <altview/altp2m.h>

#define SIM_EPT_TOP_LEVEL 4

struct sim_ept {
    const struct sim_memory *memory;
    bool has_2m, has_1g, has_exec_only;
    const struct altp2m_frames *kept; /* frames that no leaf may lead to, but for shared ones */
    unsigned int kept_count;
};

enum sim_entry_kind { SIM_ENTRY_NONE, SIM_ENTRY_TABLE, SIM_ENTRY_LEAF };

/* One entry as the CPU reads it. */
struct sim_entry {
    enum sim_entry_kind kind;
    unsigned int rights;  /* ALTP2M_R/W/X */
    bool suppress_ve;     /* counts where the walk ends, on a leaf or on an empty entry */
    uint32_t table;       /* SIM_ENTRY_TABLE: page it points to */
    uint64_t mfn;         /* SIM_ENTRY_LEAF: of the gfn asked for */
    unsigned int memtype; /* SIM_ENTRY_LEAF */
};

/* `level` 4 is the root, 1 a table of 4 KiB leaves. */
struct sim_entry sim_ept_read(const struct sim_ept *e, uint32_t table, unsigned int level,
                              uint64_t gfn);

struct sim_walk {
    bool present; /* it ended on a leaf */
    unsigned int level;
    unsigned int rights; /* ANDed over the levels; 0 if not present */
    bool suppress_ve;
    uint64_t mfn;
    unsigned int memtype;
};

/* Walk on from a table with the rights gathered above it. The whole walk: root, level 4, RWX. */
struct sim_walk sim_ept_walk_from(const struct sim_ept *e, uint32_t table, unsigned int level,
                                  unsigned int rights, uint64_t gfn);

/* The root page of an EPTP, whose own fields are checked (SDM Vol. 3C, table 25-9). */
uint32_t sim_ept_root(const struct sim_ept *e, uint64_t eptp);
struct sim_walk sim_ept_walk(const struct sim_ept *e, uint64_t eptp, uint64_t gfn);

#endif
