/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The format of a table entry. Only this folder knows it. The engine works with the helpers below,
 * with rights (ALTP2M_R/W/X) and with its own bits. Two formats have these in common:
 *
 *   62:60 leaf:  enum altp2m_memtype as it was given
 *   59:58 leaf:  enum altp2m_type
 *   57    leaf:  suppress #VE as it was set
 *   56:53 leaf:  xenmem_access_t as it was set; counts only together with bit 52
 *   62:53 table: how many entries of the table below differ from the base (0 to 512)
 *   52    differs from the base: leaf, an override; table, one of the view's own
 *   51:12 address
 *   11    leads to a table (needed because an entry without rights has no bit that tells)
 *   10    leaf:  the page is another gfn's (change_gfn)
 *   9     leads to a table of a vCPU's own, for a step (step.c); in no view
 *   7     large page
 *
 * Hardware ignores all of these but 51:12 and 7. ept.h and npt.h define the other bits.
 */
#ifndef FORMAT_FORMAT_H
#define FORMAT_FORMAT_H

#include <altview/altp2m.h>

#define ENTRY_STEP          (UINT64_C(1) << 9)
#define ENTRY_REMAP         (UINT64_C(1) << 10)
#define ENTRY_TABLE         (UINT64_C(1) << 11)
#define ENTRY_OWN           (UINT64_C(1) << 52)
#define ENTRY_ACCESS_SHIFT  53
#define ENTRY_SET_SVE       (UINT64_C(1) << 57)
#define ENTRY_TYPE_SHIFT    58
#define ENTRY_TYPE          (UINT64_C(3) << ENTRY_TYPE_SHIFT)
#define ENTRY_MEMTYPE_SHIFT 60
#define ENTRY_MEMTYPE       (UINT64_C(7) << ENTRY_MEMTYPE_SHIFT)
#define ENTRY_COUNT_SHIFT   53
#define ENTRY_COUNT_ONE     (UINT64_C(1) << ENTRY_COUNT_SHIFT)

#define HW_ADDRESS  UINT64_C(0x000ffffffffff000)
#define HW_LARGE    (UINT64_C(1) << 7)
#define HW_MEMTYPE  (UINT64_C(7) << 3) /* both formats' address bits lie within it */
#define HW_TOP      (UINT64_C(1) << 63)
#define HW_TOP_TO_X (63 - 2) /* shifted to the right by this it is ALTP2M_X */

/* Nothing mapped, no #VE (EPT), no execution (NPT). */
#define ENTRY_EMPTY (HW_TOP | ENTRY_SET_SVE)

#define ROOT_INVALID ALTP2M_ROOT_NONE
#define MFN_LIMIT    ((HW_ADDRESS >> ALTP2M_PAGE_SHIFT) + 1)

/* All that a leaf says of its page. */
#define ENTRY_PAGE (HW_ADDRESS | HW_MEMTYPE | ENTRY_MEMTYPE | ENTRY_TYPE)

/* One format, as a table: masks of the bits, from which the engine makes those of a domain. */
struct format {
    uint64_t allow[ALTP2M_RWX + 1]; /* [ALTP2M_R], [ALTP2M_W], [ALTP2M_X]: grants by being 1 */
    uint64_t forbid_execute;        /* forbids execution by being 1, in place of allow[ALTP2M_X] */
    uint64_t suppress;              /* suppresses the #VE that the CPU raises; 0: it raises none */
    uint64_t leaf, table, root; /* other bits set in a leaf, in an entry that leads to a table, and
                                 * in an EPTP or nCR3 */
    uint64_t memtype[ALTP2M_MEMTYPE_TRAP + 1];
    bool has_exec_only, has_ve; /* may the CPU have them? */
};

/* format.c. False if there is no such format, or the format does not have the config's features. */
bool format_init(struct altp2m_encoding *e, const struct altp2m_config *config);

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

/* For a leaf, or for an entry that leads to a table of the base's, which is no override. */
static inline bool entry_is_override(uint64_t entry)
{
    return entry & ENTRY_OWN;
}

static inline enum altp2m_type entry_type(uint64_t entry)
{
    return (enum altp2m_type)((entry & ENTRY_TYPE) >> ENTRY_TYPE_SHIFT);
}

static inline enum altp2m_memtype entry_memtype(uint64_t leaf)
{
    return (enum altp2m_memtype)((leaf & ENTRY_MEMTYPE) >> ENTRY_MEMTYPE_SHIFT);
}

static inline unsigned int entry_access(uint64_t entry)
{
    return (entry >> ENTRY_ACCESS_SHIFT) & 0xf;
}

static inline unsigned int entry_count(uint64_t entry)
{
    return (entry >> ENTRY_COUNT_SHIFT) & 0x3ff;
}

static inline uint64_t *entry_table(const struct altp2m_domain *d, uint64_t entry)
{
    return (uint64_t *)((entry & HW_ADDRESS) + d->host.direct_map);
}

static inline uint64_t table_phys(const struct altp2m_domain *d, const void *table)
{
    return (uintptr_t)table - d->host.direct_map;
}

/* An entry that leads to `table`. Entries below limit the rights. */
static inline uint64_t entry_to_table(const struct altp2m_domain *d, const void *table)
{
    return table_phys(d, table) | d->encoding.table;
}

/* EPTP or nCR3. */
static inline uint64_t entry_root(const struct altp2m_domain *d, const void *root)
{
    return table_phys(d, root) | d->encoding.root;
}

/* The embedder carries out every access: the entry has no rights. */
static inline bool entry_is_trapped(uint64_t leaf)
{
    return entry_memtype(leaf) == ALTP2M_MEMTYPE_TRAP;
}

/* The rights that a leaf grants: bits 2:0, without X where HW_TOP forbids execution. The format
 * that has HW_TOP always sets bit 2, so no caller needs to ask which format it is. */
static inline unsigned int entry_rights(const struct altp2m_domain *d, uint64_t leaf)
{
    uint64_t forbidden = (leaf & d->encoding.inverted) >> HW_TOP_TO_X;

    return leaf & ~forbidden & ALTP2M_RWX;
}

/* An entry with no more than these rights. */
static inline uint64_t entry_restrict(const struct altp2m_domain *d, uint64_t entry,
                                      unsigned int rights)
{
    const struct altp2m_restriction *to = &d->encoding.restriction[rights];

    return (entry & to->kept) | to->added;
}

/* Leaf of the base: it grants all rights, and views restrict them. */
static inline uint64_t entry_base_leaf(const struct altp2m_domain *d, struct altp2m_mapping to,
                                       unsigned int level)
{
    if (to.type == ALTP2M_TYPE_NONE)
        return ENTRY_EMPTY;
    return (to.mfn << ALTP2M_PAGE_SHIFT) | d->encoding.leaf[to.memtype % ALTP2M_MEMTYPES] |
           (uint64_t)to.type << ENTRY_TYPE_SHIFT | (level ? HW_LARGE : 0);
}

/* The base's leaf under an override that shows the gfn's own page: overrides follow the base. */
static inline uint64_t entry_underneath(const struct altp2m_domain *d, uint64_t leaf)
{
    if (entry_type(leaf) == ALTP2M_TYPE_NONE)
        return ENTRY_EMPTY;
    return (leaf & (HW_ADDRESS | ENTRY_TYPE)) | d->encoding.leaf[entry_memtype(leaf)];
}

/* The part of a leaf of level `from` for the `to`-sized region that holds `gfn`. */
static inline uint64_t entry_slice(uint64_t leaf, unsigned int from, unsigned int to, uint64_t gfn)
{
    if (entry_type(leaf) == ALTP2M_TYPE_NONE)
        return leaf;
    uint64_t pages = gfn & (level_pages(from) - 1) & ~(level_pages(to) - 1);
    return (leaf + (pages << ALTP2M_PAGE_SHIFT)) & (to ? ~UINT64_C(0) : ~HW_LARGE);
}

/* The mapping of `gfn` in a leaf of `level`. */
static inline struct altp2m_mapping entry_mapping(uint64_t leaf, unsigned int level, uint64_t gfn)
{
    enum altp2m_type type = entry_type(leaf);
    uint64_t mfn = (leaf & HW_ADDRESS) >> ALTP2M_PAGE_SHIFT;
    return (struct altp2m_mapping){
        .mfn =
            type == ALTP2M_TYPE_NONE ? ALTP2M_INVALID_MFN : mfn + (gfn & (level_pages(level) - 1)),
        .type = type,
        .memtype = entry_memtype(leaf),
    };
}

/* The settings of an override: all of its entry but the page. */
static inline uint64_t entry_settings(const struct altp2m_domain *d, unsigned int access,
                                      bool suppress)
{
    return d->encoding.settings[suppress][access % ALTP2M_ACCESSES];
}

/* A view's leaf that differs from the base: the page of `leaf` (and whether it is another gfn's),
 * and settings. */
static inline uint64_t entry_override(const struct altp2m_domain *d, uint64_t leaf,
                                      uint64_t settings)
{
    uint64_t page = leaf & (ENTRY_PAGE | ENTRY_REMAP);

    if (entry_type(leaf) == ALTP2M_TYPE_NONE)
        settings = entry_restrict(d, settings, 0);
    else if (entry_is_trapped(leaf)) /* the CPU must exit before it raises #VE */
        settings = entry_restrict(d, settings, 0) | d->encoding.suppress;
    return page | settings;
}

/*
 * Would a CPU that has cached `old` be wrong under `new`? Then a flush is needed. It is wrong if it
 * has too many rights, or another page. A change of suppress-#VE counts, because the SDM does not
 * say that CPUs never cache it. Too few rights do no harm if the violation exits: the vCPU tries
 * the access again. But if `old` lets the CPU raise #VE, it would do so by itself, for an access
 * that is now allowed.
 */
static inline bool entry_needs_flush(const struct altp2m_domain *d, uint64_t old, uint64_t new)
{
    const struct altp2m_encoding *e = &d->encoding;
    uint64_t matters = (old ^ e->inverted) & e->rights;

    if (!matters && !entry_is_trapped(old))
        return false; /* CPUs do not cache entries that are not present (SDM Vol. 3C 29.4.2) */
    if (e->suppress & ~old)
        matters = e->rights;
    return (old ^ new) & (matters | e->page);
}

#endif
