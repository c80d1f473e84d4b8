/* SPDX-License-Identifier: BSD-2-Clause */
/* SDM Vol. 3C 29.3.2; misconfigurations 29.3.3.1. */
#include "sim/tables.h"

#define RIGHTS        UINT64_C(7)
#define MEMTYPE(e)    (((e) >> 3) & 7)
#define LARGE         (UINT64_C(1) << 7)
#define SUPPRESS_VE   (UINT64_C(1) << 63)
#define ADDRESS       UINT64_C(0x000ffffffffff000)
#define TABLE_RESERVE UINT64_C(0xf8) /* bits 7:3 of an entry that leads to a table */

static void check_rights(const struct sim_tables *t, uint64_t raw, unsigned int level, uint64_t gfn)
{
    unsigned int rights = raw & RIGHTS;

    if ((rights & ALTP2M_W) && !(rights & ALTP2M_R))
        sim_tables_refused("writable but not readable", raw, level, gfn);
    if (rights == ALTP2M_X && !t->has_exec_only)
        sim_tables_refused("execute-only on a CPU without it", raw, level, gfn);
}

static bool is_leaf(const struct sim_tables *t, uint64_t raw, unsigned int level, uint64_t gfn)
{
    if (level == 1)
        return true;
    if (!(raw & LARGE))
        return false;
    if (level == 4 || (level == 3 && !t->has_1g) || (level == 2 && !t->has_2m))
        sim_tables_refused("large page where there is none", raw, level, gfn);
    return true;
}

static struct sim_entry read_leaf(uint64_t raw, unsigned int level, uint64_t gfn)
{
    unsigned int memtype = MEMTYPE(raw);

    if (memtype == 2 || memtype == 3 || memtype == 7)
        sim_tables_refused("reserved memory type", raw, level, gfn);
    return (struct sim_entry){
        .kind = SIM_ENTRY_LEAF, .mfn = sim_tables_frame(raw, level, gfn), .memtype = memtype};
}

static struct sim_entry read_table(const struct sim_tables *t, uint64_t raw, unsigned int level,
                                   uint64_t gfn)
{
    if (raw & TABLE_RESERVE)
        sim_tables_refused("reserved bits", raw, level, gfn);
    return (struct sim_entry){.kind = SIM_ENTRY_TABLE,
                              .table = sim_memory_page_at(t->memory, raw & ADDRESS)};
}

struct sim_entry sim_ept_entry(const struct sim_tables *t, uint64_t raw, unsigned int level,
                               uint64_t gfn)
{
    struct sim_entry entry = {.kind = SIM_ENTRY_NONE};

    if (raw & RIGHTS) {
        check_rights(t, raw, level, gfn);
        entry = is_leaf(t, raw, level, gfn) ? read_leaf(raw, level, gfn)
                                            : read_table(t, raw, level, gfn);
    }
    entry.rights = raw & RIGHTS;
    entry.suppress_ve = raw & SUPPRESS_VE;
    return entry;
}
