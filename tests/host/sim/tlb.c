/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/tlb.h"

#include "sim/fail.h"

#include <altview/altp2m.h>
#include <stdlib.h>

/* Spaces of machines that have gone, for the next machine: they are large, and a fuzzer makes
 * many. */
static struct sim_tlb_space *spare;

void sim_tlb_init(struct sim_tlb *t, const struct sim_tables *e, const struct sim_gfns *g)
{
    *t = (struct sim_tlb){.tables = e, .gfns = g};
    t->references = calloc(e->memory->page_count, sizeof(*t->references));
    t->freed = calloc(e->memory->page_count, sizeof(*t->freed));
    t->by_root = calloc(e->memory->page_count, sizeof(*t->by_root));
    if (!t->references || !t->freed || !t->by_root)
        sim_fail("the test itself is out of memory");
}

void sim_tlb_fini(struct sim_tlb *t)
{
    while (t->spaces) {
        struct sim_tlb_space *space = t->spaces;

        t->spaces = space->next;
        space->next = spare;
        spare = space;
    }
    free(t->references);
    free(t->freed);
    free(t->by_root);
}

/* An empty space. The cached lines of a reused one are of an older generation. */
static struct sim_tlb_space *new_space(void)
{
    struct sim_tlb_space *space = spare;

    if (space)
        spare = space->next;
    else
        space = calloc(1, sizeof(*space));
    if (!space)
        sim_fail("the test itself is out of memory");
    space->generation++;
    space->filled = space->rests = false;
    space->referenced_count = 0;
    return space;
}

static struct sim_tlb_space *space_of(struct sim_tlb *t, uint32_t root)
{
    struct sim_tlb_space *space = t->by_root[root];

    if (space)
        return space;
    space = new_space();
    space->root = root;
    space->next = t->spaces;
    t->spaces = space;
    t->by_root[root] = space;
    return space;
}

static void reference(struct sim_tlb *t, struct sim_tlb_space *space, uint32_t page)
{
    if (space->referenced_count == space->referenced_room) {
        space->referenced_room = space->referenced_room ? 2 * space->referenced_room : 64;
        space->referenced =
            realloc(space->referenced, space->referenced_room * sizeof(*space->referenced));
        if (!space->referenced)
            sim_fail("the test itself is out of memory");
    }
    space->referenced[space->referenced_count++] =
        (struct sim_tlb_reference){.page = page, .freed = t->freed[page]};
    t->references[page]++;
}

/* True if the line is new. A full set does not change. */
static bool keep(struct sim_tlb_space *space, struct sim_tlb_set *set, struct sim_tlb_line new)
{
    new.generation = space->generation;
    for (unsigned int i = 0; i < SIM_TLB_VARIANTS; i++) {
        struct sim_tlb_line *line = &set->line[i];

        if (line->generation != space->generation) {
            *line = new;
            space->filled = true;
            return true;
        }
        if (line->target == new.target && line->rights == new.rights &&
            line->suppress_ve == new.suppress_ve)
            return false;
    }
    return false;
}

struct sim_walk sim_tlb_walk(struct sim_tlb *t, uint64_t eptp, unsigned int sample)
{
    uint32_t table = sim_tables_root(t->tables, eptp);
    struct sim_tlb_space *space = space_of(t, table);
    uint64_t gfn = t->gfns->gfn[sample];
    unsigned int rights = ALTP2M_RWX;

    if (space->rests)
        sim_fail("somebody runs under root %u, and should not", table);
    for (unsigned int level = SIM_TOP_LEVEL;; level--) {
        struct sim_entry entry = sim_tables_read(t->tables, table, level, gfn);

        rights &= entry.rights;
        if (entry.kind == SIM_ENTRY_TABLE) {
            table = entry.table;
            if (keep(space, &space->table[level - 1][t->gfns->region[level - 1][sample]],
                     (struct sim_tlb_line){.rights = (uint8_t)rights, .target = table}))
                reference(t, space, table);
            continue;
        }
        if (entry.kind == SIM_ENTRY_LEAF && rights)
            keep(space, &space->leaf[sample],
                 (struct sim_tlb_line){.rights = (uint8_t)rights,
                                       .suppress_ve = entry.suppress_ve,
                                       .target = entry.mfn});
        return (struct sim_walk){.present = entry.kind == SIM_ENTRY_LEAF,
                                 .level = level,
                                 .rights = rights,
                                 .suppress_ve = entry.suppress_ve,
                                 .mfn = entry.mfn,
                                 .memtype = entry.memtype};
    }
}

static void count_references(struct sim_tlb *t, const struct sim_tlb_space *space, int delta)
{
    for (uint32_t i = 0; i < space->referenced_count; i++)
        t->references[space->referenced[i].page] += (uint32_t)delta;
}

static void flush_space(struct sim_tlb *t, struct sim_tlb_space *space)
{
    if (!space->rests)
        count_references(t, space, -1);
    space->referenced_count = 0;
    space->generation++;
    space->filled = false;
}

void sim_tlb_flush(struct sim_tlb *t, uint64_t eptp)
{
    if (eptp == ALTP2M_EPTP_ALL) {
        for (struct sim_tlb_space *space = t->spaces; space; space = space->next)
            if (space->filled)
                flush_space(t, space);
        return;
    }
    flush_space(t, space_of(t, sim_tables_root(t->tables, eptp)));
}

void sim_tlb_rest(struct sim_tlb *t, uint64_t eptp)
{
    struct sim_tlb_space *space = space_of(t, sim_tables_root(t->tables, eptp));

    if (!space->rests)
        count_references(t, space, -1);
    space->rests = true;
}

void sim_tlb_wake(struct sim_tlb *t, uint64_t eptp)
{
    struct sim_tlb_space *space = space_of(t, sim_tables_root(t->tables, eptp));

    if (!space->rests)
        return;
    for (uint32_t i = 0; i < space->referenced_count; i++)
        if (t->freed[space->referenced[i].page] != space->referenced[i].freed)
            sim_fail("a pointer cached for root %u leads to page %u, which has been freed since",
                     space->root, space->referenced[i].page);
    count_references(t, space, 1);
    space->rests = false;
}

void sim_tlb_page_freed(struct sim_tlb *t, uint32_t page)
{
    t->freed[page]++;
    if (t->references[page])
        sim_fail("page %u is freed while a cached pointer still leads to it", page);
    if (t->by_root[page] && t->by_root[page]->filled)
        sim_fail("root %u is freed while translations under it are still cached", page);
}

static void check_allowed(const char *what, uint64_t gfn, const struct sim_tlb_line *is,
                          struct sim_allowed allowed)
{
    if (!is->rights)
        return;
    if (is->target != allowed.mfn || is->rights & ~allowed.rights)
        sim_fail("%s survived: gfn %#llx may still reach mfn %#llx with rights %u, "
                 "allowed are mfn %#llx and rights %u (a flush is missing)",
                 what, (unsigned long long)gfn, (unsigned long long)is->target, is->rights,
                 (unsigned long long)allowed.mfn, allowed.rights);
    if (!is->suppress_ve && allowed.rights & ~(unsigned int)is->rights)
        sim_fail("%s survived: gfn %#llx has rights %u, and for more than %u the CPU still raises "
                 "#VE (a flush is missing)",
                 what, (unsigned long long)gfn, allowed.rights, is->rights);
}

static void check_tables(const struct sim_tlb *t, const struct sim_tlb_space *space,
                         unsigned int level, unsigned int sample, struct sim_allowed allowed)
{
    const struct sim_tlb_set *set = &space->table[level][t->gfns->region[level][sample]];
    uint64_t gfn = t->gfns->gfn[sample];

    for (unsigned int i = 0; i < SIM_TLB_VARIANTS; i++) {
        const struct sim_tlb_line *line = &set->line[i];

        if (line->generation != space->generation)
            return;
        struct sim_walk walk =
            sim_tables_walk_from(t->tables, (uint32_t)line->target, level, line->rights, gfn);
        struct sim_tlb_line found = {
            .rights = (uint8_t)walk.rights, .suppress_ve = walk.suppress_ve, .target = walk.mfn};
        if (walk.present)
            check_allowed("a cached table pointer", gfn, &found, allowed);
    }
}

void sim_tlb_check(const struct sim_tlb *t, uint64_t eptp, unsigned int sample,
                   struct sim_allowed allowed)
{
    const struct sim_tlb_space *space = t->by_root[sim_tables_root(t->tables, eptp)];

    if (!space || !space->filled)
        return;
    for (unsigned int i = 0; i < SIM_TLB_VARIANTS; i++) {
        const struct sim_tlb_line *line = &space->leaf[sample].line[i];

        if (line->generation != space->generation)
            break;
        check_allowed("a cached translation", t->gfns->gfn[sample], line, allowed);
    }
    for (unsigned int level = 1; level < SIM_TOP_LEVEL; level++)
        check_tables(t, space, level, sample, allowed);
}
