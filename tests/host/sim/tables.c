/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/tables.h"

#include "sim/fail.h"

#define ADDRESS UINT64_C(0x000ffffffffff000)

#define EPTP_FIXED_BITS UINT64_C(0xfff)
#define EPTP_AD         (UINT64_C(1) << 6)
#define EPTP_WB_4_LEVEL UINT64_C(0x1e)

void sim_tables_refused(const char *why, uint64_t raw, unsigned int level, uint64_t gfn)
{
    sim_fail("misconfiguration, %s: entry %#llx at level %u for gfn %#llx", why,
             (unsigned long long)raw, level, (unsigned long long)gfn);
}

uint64_t sim_tables_frame(uint64_t raw, unsigned int level, uint64_t gfn)
{
    uint64_t pages = UINT64_C(1) << (9 * (level - 1));
    uint64_t frame = (raw & ADDRESS) >> ALTP2M_PAGE_SHIFT;

    if (frame & (pages - 1))
        sim_tables_refused("large page is not aligned", raw, level, gfn);
    return frame + (gfn & (pages - 1));
}

struct sim_entry sim_tables_read(const struct sim_tables *t, uint32_t table, unsigned int level,
                                 uint64_t gfn)
{
    uint64_t raw = sim_memory_table(t->memory, table)[(gfn >> (9 * (level - 1))) & 511];

    return t->format == ALTP2M_FORMAT_NPT ? sim_npt_entry(t, raw, level, gfn)
                                          : sim_ept_entry(t, raw, level, gfn);
}

/* On any path to this entry, the CPU must never reach it. */
static void check_frame(const struct sim_tables *t, uint64_t mfn, uint64_t gfn)
{
    for (unsigned int i = 0; i < t->kept_count; i++)
        if (mfn >= t->kept[i].first && mfn < t->kept[i].end && !t->kept[i].shared)
            sim_fail("gfn %#llx leads to frame %#llx, which is not the guest's",
                     (unsigned long long)gfn, (unsigned long long)mfn);
}

struct sim_walk sim_tables_walk_from(const struct sim_tables *t, uint32_t table, unsigned int level,
                                     unsigned int rights, uint64_t gfn)
{
    for (;; level--) {
        struct sim_entry entry = sim_tables_read(t, table, level, gfn);

        rights &= entry.rights;
        if (entry.kind == SIM_ENTRY_LEAF)
            check_frame(t, entry.mfn, gfn);
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

/* EPTP: SDM Vol. 3C, table 25-9. nCR3: APM Vol. 2 15.25.3, of CR3's form. */
uint32_t sim_tables_root(const struct sim_tables *t, uint64_t eptp)
{
    uint64_t want = t->format == ALTP2M_FORMAT_NPT ? 0 : EPTP_WB_4_LEVEL;

    if ((eptp & EPTP_FIXED_BITS & ~EPTP_AD) != want)
        sim_fail("EPTP or nCR3 %#llx is not write-back with 4 levels", (unsigned long long)eptp);
    return sim_memory_page_at(t->memory, eptp & ~EPTP_FIXED_BITS);
}

struct sim_walk sim_tables_walk(const struct sim_tables *t, uint64_t eptp, uint64_t gfn)
{
    return sim_tables_walk_from(t, sim_tables_root(t, eptp), SIM_TOP_LEVEL, ALTP2M_RWX, gfn);
}
