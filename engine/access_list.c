/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Access for a range or a list of gfns. Lists mostly name neighbours: so the engine tries the leaf
 * table of the last gfn first. One flush at the end serves all.
 */
#include "hvmop.h"

#include <xen/memory.h>

/* The engine reads guest lists this many elements at a time. */
#define CHUNK 128

#define NO_REGION (~UINT64_C(0))

struct run {
    struct altp2m_domain *d;
    const struct altp2m_caller *caller;
    struct altp2m_view *v;
    /* Settings of an override, by suppress-#VE and access. 0 where an element may be no override,
     * or where there is no such access. */
    uint64_t settings[2][ALTP2M_ACCESSES];
    uint64_t region; /* gfn / 512 of the current leaf table, NO_REGION without one */
    uint64_t *table, *parent;
    uint32_t tables; /* the view's, when this batch began */
    bool lost;
};

struct chunk {
    uint64_t gfn[CHUNK];
    uint8_t access[CHUNK];
};

static void run_start(struct run *r, struct altp2m_domain *d, struct altp2m_view *v)
{
    *r = (struct run){.d = d, .v = v, .region = NO_REGION, .tables = v->table_pages};
    for (unsigned int i = 0; i <= XENMEM_access_default; i++) {
        unsigned int access = i == XENMEM_access_default ? d->default_access : i;
        r->settings[0][i] = entry_settings(d, access, false);
        r->settings[1][i] = access == v->default_access ? 0 : entry_settings(d, access, true);
    }
}

static void find_table(struct run *r, uint64_t gfn)
{
    r->region = NO_REGION;
    if (!gfn_in_range(r->d, gfn))
        return;

    struct path p;
    path_walk(r->d, r->v, gfn, &p);
    if (p.bottom)
        return;
    r->region = gfn / ALTP2M_ENTRIES;
    r->table = p.slot[0] - gfn % ALTP2M_ENTRIES;
    r->parent = p.slot[1];
}

/* The short way: an override in the current table. False if the element takes the long way. */
static inline bool set_in_table(struct run *r, uint64_t gfn, unsigned int access)
{
    if (gfn / ALTP2M_ENTRIES != r->region)
        return false;

    uint64_t *slot = &r->table[gfn % ALTP2M_ENTRIES], old = *slot;
    uint64_t settings = r->settings[!!(old & ENTRY_SET_SVE)][access % ALTP2M_ACCESSES];
    if (!settings || access >= ALTP2M_ACCESSES || !type_is_ram(entry_type(old)))
        return false;

    uint64_t new = entry_override(r->d, old, settings);
    if (!(old & ENTRY_OWN)) {
        r->v->overrides++;
        entry_write(r->d, r->parent, *r->parent + ENTRY_COUNT_ONE);
    }
    entry_write(r->d, slot, new);
    r->lost = r->lost || entry_needs_flush(r->d, old, new);
    return true;
}

/* This element ends the batch. */
#define ENOUGH 1

static int enough(const struct run *r)
{
    return r->v->table_pages >= r->tables + HVMOP_BATCH_TABLES ? ENOUGH : 0;
}

/* The long way. It also finds the table for the elements that follow. */
static int set_anywhere(struct run *r, uint64_t gfn, unsigned int access)
{
    if (!access_resolve(r->d, (uint16_t)access, &access))
        return -XEN_EINVAL;

    int rc = access_set_one(r->d, r->v, gfn, access);
    find_table(r, gfn);
    return rc && rc != -XEN_ESRCH ? rc : enough(r);
}

/* Inline: most elements need no more than these few lines. */
__attribute__((always_inline)) static inline int run_set(struct run *r, uint64_t gfn,
                                                         unsigned int access)
{
    return set_in_table(r, gfn, access) ? 0 : set_anywhere(r, gfn, access);
}

static void run_end(const struct run *r)
{
    if (r->lost)
        flush(r->d, entry_root(r->d, r->v->root));
}

/* Xen: the loop of p2m_set_mem_access_multi. */
static int chunk_set(struct run *r, const struct chunk *chunk, uint64_t count, uint64_t *done)
{
    uint64_t i;
    int rc = 0;

    for (i = 0; i < count; i++) {
        rc = run_set(r, chunk->gfn[i], chunk->access[i]);
        if (rc)
            break;
    }
    *done += i + (rc == ENOUGH);
    return rc;
}

/* The read may convert the page that it reads from, so the current table may be freed by it. */
static int chunk_read(struct run *r, struct chunk *chunk, uint64_t gfns, uint64_t accesses,
                      uint64_t count)
{
    r->region = NO_REGION;
    return caller_read(r->caller, chunk->gfn, gfns, count * sizeof(uint64_t)) ||
                   caller_read(r->caller, chunk->access, accesses, count)
               ? -XEN_EFAULT
               : 0;
}

static int set_list(struct run *r, uint64_t gfns, uint64_t accesses, uint64_t nr, uint64_t *done)
{
    struct chunk chunk;

    for (uint64_t pause = *done + HVMOP_BATCH; *done < nr;) {
        if (*done >= pause)
            return -ALTP2M_ERESTART;
        uint64_t count = nr - *done < CHUNK ? nr - *done : CHUNK;
        uint64_t gfn = gfns + *done * sizeof(uint64_t), access = accesses + *done;
        /* A list may end at the last readable byte. Then read one element at a time up to that
         * byte. */
        if (chunk_read(r, &chunk, gfn, access, count) &&
            chunk_read(r, &chunk, gfn, access, count = 1))
            return -XEN_EFAULT;
        int rc = chunk_set(r, &chunk, count, done);
        if (rc == ENOUGH)
            pause = *done;
        else if (rc)
            return rc;
    }
    return 0;
}

int altp2m_set_access_list(struct altp2m_domain *d, const struct altp2m_caller *caller,
                           unsigned int view, uint64_t gfns, uint64_t accesses, uint64_t nr,
                           uint64_t *done)
{
    struct altp2m_view *v = view_get(d, view);
    struct run run;

    if (!v)
        return -XEN_EINVAL;
    run_start(&run, d, v);
    run.caller = caller;
    int rc = set_list(&run, gfns, accesses, nr, done);
    run_end(&run);
    return rc;
}

/* Xen: p2m_set_mem_access. */
int altp2m_set_access_range(struct altp2m_domain *d, unsigned int view, uint64_t gfn, uint64_t nr,
                            uint16_t access, uint64_t *done)
{
    struct altp2m_view *v = view_get(d, view);
    uint64_t limit = UINT64_C(1) << d->config.gfn_bits;
    struct run run;

    if (gfn == ALTP2M_INVALID_GFN)
        return altp2m_set_access(d, view, gfn, access);
    if (!v || gfn >= limit || nr > limit - gfn || nr < *done)
        return -XEN_EINVAL;

    uint64_t stop = nr - *done > HVMOP_BATCH ? *done + HVMOP_BATCH : nr;
    int rc = 0;
    run_start(&run, d, v);
    while (!rc && *done < stop) {
        rc = run_set(&run, gfn + *done, access);
        *done += rc >= 0;
    }
    run_end(&run);
    return rc < 0 ? rc : *done < nr ? -ALTP2M_ERESTART : 0;
}
