/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a table entry looks like: the only file that knows the format (EPT, SDM Vol. 3C 29.3.2).
 * Another format (AMD's nested pages) would replace this file and leave the walkers alone.
 *
 * Hardware's bits, and ours in the bits hardware ignores:
 *
 *   63    suppress #VE, as hardware sees it (in every entry, present or not)
 *   62:53 table: how many entries of the table below differ from the base (0 to 512)
 *   60    leaf:  the page is another gfn's (change_gfn)
 *   59:58 leaf:  enum altp2m_type
 *   57    leaf:  suppress #VE as it was set
 *   56:53 leaf:  xenmem_access_t as it was set; counts only together with bit 52
 *   52    differs from the base: leaf, an override; table, one of the view's own
 *   51:12 address
 *   11    leads to a table (needed because an entry without rights has no bit that tells)
 *   9     leads to a table of a vCPU's own, for a step (step.c); in no view
 *   7     large page   6 ignore PAT   5:3 memory type   2:0 X W R
 *
 * Bits 57 to 60 have a meaning only with features altview never turns on (guest-paging
 * verification, paging-write, supervisor shadow stack, sub-page write).
 */
#ifndef ENTRY_H
#define ENTRY_H

#include <altview/altp2m.h>

#define ENTRY_RIGHTS        UINT64_C(0x7)
#define ENTRY_MEMTYPE_SHIFT 3
#define ENTRY_MEMTYPE       (UINT64_C(7) << ENTRY_MEMTYPE_SHIFT)
#define ENTRY_LARGE         (UINT64_C(1) << 7)
#define ENTRY_STEP          (UINT64_C(1) << 9)
#define ENTRY_TABLE         (UINT64_C(1) << 11)
#define ENTRY_ADDRESS       UINT64_C(0x000ffffffffff000)
#define ENTRY_OWN           (UINT64_C(1) << 52)
#define ENTRY_ACCESS_SHIFT  53
#define ENTRY_ACCESS        (UINT64_C(0xf) << ENTRY_ACCESS_SHIFT)
#define ENTRY_SET_SVE       (UINT64_C(1) << 57)
#define ENTRY_TYPE_SHIFT    58
#define ENTRY_TYPE          (UINT64_C(3) << ENTRY_TYPE_SHIFT)
#define ENTRY_REMAP         (UINT64_C(1) << 60)
#define ENTRY_COUNT_SHIFT   53
#define ENTRY_COUNT_ONE     (UINT64_C(1) << ENTRY_COUNT_SHIFT)
#define ENTRY_SVE           (UINT64_C(1) << 63)

/* Nothing mapped, no #VE. */
#define ENTRY_EMPTY (ENTRY_SVE | ENTRY_SET_SVE)

/* EPTP: 4-level walk, write-back tables, no accessed and dirty flags (SDM Vol. 3C 25.6.11). */
#define EPTP_FLAGS   (UINT64_C(6) | UINT64_C(3) << 3)
#define EPTP_INVALID (~UINT64_C(0))

/* Levels count down: an entry of level 3 covers 512 GiB, of level 0 one page. */
#define LEVEL_ROOT 3U

static inline unsigned int index_of(uint64_t gfn, unsigned int level)
{
    return (gfn >> (9 * level)) & (ALTP2M_ENTRIES - 1);
}

static inline uint64_t level_pages(unsigned int level)
{
    return UINT64_C(1) << (9 * level);
}

static inline bool entry_is_table(uint64_t entry)
{
    return entry & ENTRY_TABLE;
}

static inline bool entry_is_own_table(uint64_t entry)
{
    return (entry & (ENTRY_TABLE | ENTRY_OWN)) == (ENTRY_TABLE | ENTRY_OWN);
}

static inline bool entry_is_override(uint64_t entry)
{
    return (entry & (ENTRY_TABLE | ENTRY_OWN)) == ENTRY_OWN;
}

static inline enum altp2m_type entry_type(uint64_t entry)
{
    return (enum altp2m_type)((entry & ENTRY_TYPE) >> ENTRY_TYPE_SHIFT);
}

static inline unsigned int entry_access(uint64_t entry)
{
    return (entry & ENTRY_ACCESS) >> ENTRY_ACCESS_SHIFT;
}

static inline unsigned int entry_count(uint64_t entry)
{
    return (entry >> ENTRY_COUNT_SHIFT) & 0x3ff;
}

static inline uint64_t *entry_table(const struct altp2m_domain *d, uint64_t entry)
{
    return (uint64_t *)((entry & ENTRY_ADDRESS) + d->host.direct_map);
}

static inline uint64_t table_phys(const struct altp2m_domain *d, const void *table)
{
    return (uintptr_t)table - d->host.direct_map;
}

/* An entry that leads to `table`; rights are limited further down. */
static inline uint64_t entry_to_table(const struct altp2m_domain *d, const void *table)
{
    return table_phys(d, table) | ENTRY_RIGHTS | ENTRY_TABLE | ENTRY_SVE;
}

static inline uint64_t entry_eptp(const struct altp2m_domain *d, const void *root)
{
    return table_phys(d, root) | EPTP_FLAGS;
}

/* Every access is the embedder's to carry out: no rights, so that the memory type is ours to use.
 */
static inline bool entry_is_trapped(uint64_t leaf)
{
    return (leaf & ENTRY_MEMTYPE) >> ENTRY_MEMTYPE_SHIFT == ALTP2M_MEMTYPE_TRAP;
}

/* Leaf of the base: everything is allowed, the views restrict. */
static inline uint64_t entry_base_leaf(struct altp2m_mapping to, unsigned int level)
{
    if (to.type == ALTP2M_TYPE_NONE)
        return ENTRY_EMPTY;
    return (to.mfn << ALTP2M_PAGE_SHIFT) | ENTRY_EMPTY |
           (to.memtype == ALTP2M_MEMTYPE_TRAP ? 0 : ENTRY_RIGHTS) |
           (uint64_t)to.memtype << ENTRY_MEMTYPE_SHIFT | (uint64_t)to.type << ENTRY_TYPE_SHIFT |
           (level ? ENTRY_LARGE : 0);
}

/* The base's leaf under an override that shows the gfn's own page: overrides follow the base. */
static inline uint64_t entry_underneath(uint64_t leaf)
{
    if (entry_type(leaf) == ALTP2M_TYPE_NONE)
        return ENTRY_EMPTY;
    return (leaf & (ENTRY_ADDRESS | ENTRY_MEMTYPE | ENTRY_TYPE)) | ENTRY_EMPTY |
           (entry_is_trapped(leaf) ? 0 : ENTRY_RIGHTS);
}

/* What a leaf of level `from` says of the `to`-sized region that holds `gfn`. */
static inline uint64_t entry_slice(uint64_t leaf, unsigned int from, unsigned int to, uint64_t gfn)
{
    if (entry_type(leaf) == ALTP2M_TYPE_NONE)
        return leaf;
    uint64_t pages = gfn & (level_pages(from) - 1) & ~(level_pages(to) - 1);
    return (leaf + (pages << ALTP2M_PAGE_SHIFT)) & (to ? ~UINT64_C(0) : ~ENTRY_LARGE);
}

/* The mapping of `gfn` in a leaf of `level`. */
static inline struct altp2m_mapping entry_mapping(uint64_t leaf, unsigned int level, uint64_t gfn)
{
    enum altp2m_type type = entry_type(leaf);
    uint64_t mfn = (leaf & ENTRY_ADDRESS) >> ALTP2M_PAGE_SHIFT;
    return (struct altp2m_mapping){
        .mfn =
            type == ALTP2M_TYPE_NONE ? ALTP2M_INVALID_MFN : mfn + (gfn & (level_pages(level) - 1)),
        .type = type,
        .memtype = (enum altp2m_memtype)((leaf & ENTRY_MEMTYPE) >> ENTRY_MEMTYPE_SHIFT),
    };
}

/* access.c: what each xenmem_access_t allows. */
extern const uint8_t access_table[];
/* A power of two above XENMEM_access_default: an access is cut to it before it is an index, so that
 * a mispredicted check reads nothing beyond. */
#define ACCESSES 16

static inline unsigned int access_allows(unsigned int access)
{
    return access_table[access % ACCESSES];
}

/*
 * The nearest an entry can come to it from below. Without R, W is a misconfiguration always and X
 * unless the CPU has execute-only entries (SDM Vol. 3C 29.3.3.1).
 */
static inline unsigned int access_rights(const struct altp2m_domain *d, unsigned int access)
{
    unsigned int rights = access_allows(access);

    if (rights & ALTP2M_R)
        return rights;
    return d->config.has_exec_only ? rights & ALTP2M_X : 0;
}

/* The settings of an override: all of its entry but the page. */
static inline uint64_t entry_settings(const struct altp2m_domain *d, unsigned int access,
                                      bool suppress)
{
    unsigned int rights = access_rights(d, access);
    /* Where rights fall short of the access, the CPU must ask us before it tells the guest. */
    bool hardware_suppress = suppress || rights != access_allows(access);

    return ENTRY_OWN | rights | (uint64_t)access << ENTRY_ACCESS_SHIFT |
           (suppress ? ENTRY_SET_SVE : 0) | (hardware_suppress ? ENTRY_SVE : 0);
}

/* A view's leaf that differs from the base: the page of `leaf` (and whose it is), and settings. */
static inline uint64_t entry_override(uint64_t leaf, uint64_t settings)
{
    uint64_t page = leaf & (ENTRY_ADDRESS | ENTRY_MEMTYPE | ENTRY_TYPE | ENTRY_REMAP);

    if (entry_type(leaf) == ALTP2M_TYPE_NONE)
        settings &= ~ENTRY_RIGHTS;
    else if (entry_is_trapped(leaf)) /* the CPU must ask us before it tells the guest */
        settings = (settings & ~ENTRY_RIGHTS) | ENTRY_SVE;
    return page | settings;
}

/*
 * Would someone who still holds what `old` said be wrong under `new`? Then caches must go. He has
 * too much, or another page; a change of suppress-#VE counts, as the SDM does not say that it is
 * never cached. Having too little does no harm where the violation leaves the guest: the access is
 * tried again. But where `old` lets the CPU raise #VE, it would do so by itself, for an access that
 * is allowed by now.
 */
static inline bool entry_needs_flush(uint64_t old, uint64_t new)
{
    uint64_t gains = old & ENTRY_SVE ? 0 : new & ~old &ENTRY_RIGHTS;

    if (!(old & ENTRY_RIGHTS) && !entry_is_trapped(old))
        return false; /* what is not present is not cached (SDM Vol. 3C 29.4.2) */
    return (old & ENTRY_RIGHTS & ~new) || gains ||
           ((old ^ new) & (ENTRY_ADDRESS | ENTRY_MEMTYPE | ENTRY_LARGE | ENTRY_TABLE | ENTRY_SVE));
}

#ifdef ALTVIEW_DEBUG
#define ENTRY_CHECKED true
#else
#define ENTRY_CHECKED false
#endif

/* frames.c: tell the embedder of the frames that can be reached from now on, by `entry` in place of
 * `old`. */
void frames_tell(const struct altp2m_domain *d, uint64_t old, uint64_t entry);

/*
 * Publish with one store: the CPU and other vCPUs see the old entry or the new one. Copies of the
 * table (step.c) are out of date from now on.
 */
static inline void entry_write(struct altp2m_domain *d, uint64_t *slot, uint64_t entry)
{
    d->writes++;
    if (ENTRY_CHECKED && d->host.reached)
        frames_tell(d, *slot, entry);
    __atomic_store_n(slot, entry, __ATOMIC_RELEASE);
    if (ENTRY_CHECKED && d->host.published)
        d->host.published(d->host.context);
}

/* The same for an element of an EPTP list. */
static inline void list_write(struct altp2m_domain *d, uint64_t *slot, uint64_t eptp)
{
    d->writes++;
    __atomic_store_n(slot, eptp, __ATOMIC_RELEASE);
    if (ENTRY_CHECKED && d->host.published)
        d->host.published(d->host.context);
}

/* What another vCPU may be writing. */
static inline uint64_t entry_read(const uint64_t *slot)
{
    return __atomic_load_n(slot, __ATOMIC_ACQUIRE);
}

#endif
