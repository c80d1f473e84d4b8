/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * APM Vol. 2 5.3.3 and 15.25: long mode's entries. Accesses of the guest count as user's. The CPU
 * sets accessed and dirty flags that are clear. The test requires that they are never clear,
 * because the CPU would otherwise write to entries that the engine regards as its own.
 */
#include "sim/tables.h"

#define PRESENT    (UINT64_C(1) << 0)
#define WRITABLE   (UINT64_C(1) << 1)
#define USER       (UINT64_C(1) << 2)
#define CACHE(e)   (((e) >> 3) & 3) /* PCD, PWT */
#define ACCESSED   (UINT64_C(1) << 5)
#define DIRTY      (UINT64_C(1) << 6)
#define LARGE      (UINT64_C(1) << 7) /* in a 4 KiB leaf: PAT */
#define GLOBAL     (UINT64_C(1) << 8)
#define NO_EXECUTE (UINT64_C(1) << 63)
#define ADDRESS    UINT64_C(0x000ffffffffff000)

#define UC_MINUS 7

/* The PAT at reset (APM Vol. 2 7.8.1), lower half. */
static const unsigned int pat[] = {ALTP2M_MEMTYPE_WB, ALTP2M_MEMTYPE_WT, UC_MINUS,
                                   ALTP2M_MEMTYPE_UC};

static void check(uint64_t raw, unsigned int level, uint64_t gfn)
{
    if (!(raw & USER))
        sim_tables_refused("the supervisor's", raw, level, gfn);
    if (!(raw & ACCESSED))
        sim_tables_refused("the CPU will set accessed", raw, level, gfn);
    if (raw & GLOBAL)
        sim_tables_refused("global, or reserved", raw, level, gfn);
}

static bool is_leaf(const struct sim_tables *t, uint64_t raw, unsigned int level, uint64_t gfn)
{
    if (level == 1 && (raw & LARGE))
        sim_tables_refused("the PAT's upper half", raw, level, gfn);
    if (level == 1 || !(raw & LARGE))
        return level == 1;
    if (level == 4 || (level == 3 && !t->has_1g) || (level == 2 && !t->has_2m))
        sim_tables_refused("large page where there is none", raw, level, gfn);
    return true;
}

static struct sim_entry read_leaf(uint64_t raw, unsigned int level, uint64_t gfn)
{
    if ((raw & WRITABLE) && !(raw & DIRTY))
        sim_tables_refused("the CPU will set dirty", raw, level, gfn);
    return (struct sim_entry){.kind = SIM_ENTRY_LEAF,
                              .mfn = sim_tables_frame(raw, level, gfn),
                              .memtype = pat[CACHE(raw)]};
}

static struct sim_entry read_table(const struct sim_tables *t, uint64_t raw, unsigned int level,
                                   uint64_t gfn)
{
    if (CACHE(raw))
        sim_tables_refused("a table that is not cached", raw, level, gfn);
    return (struct sim_entry){.kind = SIM_ENTRY_TABLE,
                              .table = sim_memory_page_at(t->memory, raw & ADDRESS)};
}

struct sim_entry sim_npt_entry(const struct sim_tables *t, uint64_t raw, unsigned int level,
                               uint64_t gfn)
{
    struct sim_entry entry = {.kind = SIM_ENTRY_NONE};

    if (raw & PRESENT) {
        check(raw, level, gfn);
        entry = is_leaf(t, raw, level, gfn) ? read_leaf(raw, level, gfn)
                                            : read_table(t, raw, level, gfn);
        entry.rights =
            ALTP2M_R | (raw & WRITABLE ? ALTP2M_W : 0) | (raw & NO_EXECUTE ? 0 : ALTP2M_X);
    }
    entry.suppress_ve = true; /* there is no #VE */
    return entry;
}

static unsigned int npt_memtype(enum altp2m_memtype memtype)
{
    return memtype == ALTP2M_MEMTYPE_WC || memtype == ALTP2M_MEMTYPE_WP ? UC_MINUS : memtype;
}

unsigned int sim_tables_memtype(const struct sim_tables *t, enum altp2m_memtype memtype)
{
    return t->format == ALTP2M_FORMAT_NPT ? npt_memtype(memtype) : memtype;
}
