/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/ept.h"

#include "sim/fail.h"

#include <altview/altp2m.h>

#define RIGHTS        UINT64_C(7)
#define MEMTYPE(e)    (((e) >> 3) & 7)
#define LARGE         (UINT64_C(1) << 7)
#define SUPPRESS_VE   (UINT64_C(1) << 63)
#define ADDRESS       UINT64_C(0x000ffffffffff000)
#define TABLE_RESERVE UINT64_C(0xf8) /* bits 7:3 of an entry that leads to a table */

#define EPTP_FIXED_BITS UINT64_C(0xfff)
#define EPTP_AD         (UINT64_C(1) << 6)
#define EPTP_WB_4_LEVEL UINT64_C(0x1e)

static void misconfigured(const char *why, uint64_t raw, unsigned int level, uint64_t gfn)
{
    sim_fail("EPT misconfiguration, %s: entry %#llx at level %u for gfn %#llx", why,
             (unsigned long long)raw, level, (unsigned long long)gfn);
}

static void check_rights(const struct sim_ept *e, uint64_t raw, unsigned int level, uint64_t gfn)
{
    unsigned int rights = raw & RIGHTS;

    if ((rights & ALTP2M_W) && !(rights & ALTP2M_R))
        misconfigured("writable but not readable", raw, level, gfn);
    if (rights == ALTP2M_X && !e->has_exec_only)
        misconfigured("execute-only on a CPU without it", raw, level, gfn);
}

static bool is_leaf(const struct sim_ept *e, uint64_t raw, unsigned int level, uint64_t gfn)
{
    if (level == 1)
        return true;
    if (!(raw & LARGE))
        return false;
    if (level == 4 || (level == 3 && !e->has_1g) || (level == 2 && !e->has_2m))
        misconfigured("large page where there is none", raw, level, gfn);
    return true;
}

static struct sim_entry read_leaf(uint64_t raw, unsigned int level, uint64_t gfn)
{
    uint64_t pages = UINT64_C(1) << (9 * (level - 1));
    unsigned int memtype = MEMTYPE(raw);
    uint64_t frame = (raw & ADDRESS) >> ALTP2M_PAGE_SHIFT;

    if (memtype == 2 || memtype == 3 || memtype == 7)
        misconfigured("reserved memory type", raw, level, gfn);
    if (frame & (pages - 1))
        misconfigured("large page is not aligned", raw, level, gfn);
    return (struct sim_entry){
        .kind = SIM_ENTRY_LEAF, .mfn = frame + (gfn & (pages - 1)), .memtype = memtype};
}

static struct sim_entry read_table(const struct sim_ept *e, uint64_t raw, unsigned int level,
                                   uint64_t gfn)
{
    if (raw & TABLE_RESERVE)
        misconfigured("reserved bits", raw, level, gfn);
    return (struct sim_entry){.kind = SIM_ENTRY_TABLE,
                              .table = sim_memory_page_at(e->memory, raw & ADDRESS)};
}

struct sim_entry sim_ept_read(const struct sim_ept *e, uint32_t table, unsigned int level,
                              uint64_t gfn)
{
    uint64_t raw = sim_memory_table(e->memory, table)[(gfn >> (9 * (level - 1))) & 511];
    struct sim_entry entry = {.kind = SIM_ENTRY_NONE};

    if (raw & RIGHTS) {
        check_rights(e, raw, level, gfn);
        entry = is_leaf(e, raw, level, gfn) ? read_leaf(raw, level, gfn)
                                            : read_table(e, raw, level, gfn);
    }
    entry.rights = raw & RIGHTS;
    entry.suppress_ve = raw & SUPPRESS_VE;
    return entry;
}

/* Whatever led the CPU there: it must never get there. */
static void check_frame(const struct sim_ept *e, uint64_t mfn, uint64_t gfn)
{
    for (unsigned int i = 0; i < e->kept_count; i++)
        if (mfn >= e->kept[i].first && mfn < e->kept[i].end && !e->kept[i].shared)
            sim_fail("gfn %#llx leads to frame %#llx, which is not the guest's",
                     (unsigned long long)gfn, (unsigned long long)mfn);
}

struct sim_walk sim_ept_walk_from(const struct sim_ept *e, uint32_t table, unsigned int level,
                                  unsigned int rights, uint64_t gfn)
{
    for (;; level--) {
        struct sim_entry entry = sim_ept_read(e, table, level, gfn);

        rights &= entry.rights;
        if (entry.kind == SIM_ENTRY_LEAF)
            check_frame(e, entry.mfn, gfn);
        if (entry.kind != SIM_ENTRY_TABLE)
            return (struct sim_walk){.present = entry.kind == SIM_ENTRY_LEAF,
                                     .level = level,
                                     .rights = rights,
                                     .suppress_ve = entry.suppress_ve,
                                     .mfn = entry.mfn,
                                     .memtype = entry.memtype};
        table = entry.table;
    }
}

uint32_t sim_ept_root(const struct sim_ept *e, uint64_t eptp)
{
    if ((eptp & EPTP_FIXED_BITS & ~EPTP_AD) != EPTP_WB_4_LEVEL)
        sim_fail("EPTP %#llx is not write-back with 4 levels", (unsigned long long)eptp);
    return sim_memory_page_at(e->memory, eptp & ~EPTP_FIXED_BITS);
}

struct sim_walk sim_ept_walk(const struct sim_ept *e, uint64_t eptp, uint64_t gfn)
{
    return sim_ept_walk_from(e, sim_ept_root(e, eptp), SIM_EPT_TOP_LEVEL, ALTP2M_RWX, gfn);
}
