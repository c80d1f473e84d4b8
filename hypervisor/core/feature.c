/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/feature.h"

#include "base/index.h"
#include "x86/x86.h"

#define PLAIN       0
#define NEEDS(name) NEEDS_##name

/* A register of a leaf, one of its bits, and a need, or 0. */
#define FEATURE_ROW(name, leaf, subleaf, reg, bit, need) {leaf, subleaf, reg, bit, need},
static const struct {
    uint32_t leaf;
    uint8_t subleaf, reg, bit, need;
} features[FEATURES] = {FEATURE_LIST(FEATURE_ROW)};

#define ALL UINT32_MAX
#define ANY UINT8_MAX
#define WHOLE                                                                                      \
    {                                                                                              \
        ALL, ALL, ALL, ALL                                                                         \
    }
#define BASIC_END 0x1fU
#define NO_LEAF   0x7fffffffU

/* A number in a register that may be no larger than this. */
#define LAST_EXTENDED  0x80000008U
#define LAST_7         2U
#define MONITORING_VER 5U /* from 6 on there is leaf 0x23, and MSRs that are not served */
#define COUNTERS       8U
#define COUNTERS_FIXED 4U
#define FIXED_MASK     0xfU

/*
 * The bits of a leaf that the guest sees in addition to features: numbers, sizes, names, topology,
 * caches, clocks. A leaf that is not here reads as zeros, as do leaves of hidden features.
 * Subleaves of one leaf are consecutive, from 0 on; ANY: all are alike, or it has none.
 */
static const struct leaf {
    uint32_t leaf;
    uint8_t subleaf;
    bool more; /* in addition to masks and `last`: filter_more, or bits that depend on CR4 */
    uint32_t whole[CPUID_REGISTERS];
    uint32_t last; /* the largest number in EAX, if there is a limit */
} leaves[] = {
    {NO_LEAF, ANY, false, {0, 0, 0, 0}, 0}, /* for all other leaves */
    {0x0, ANY, false, WHOLE, BASIC_END},
    {0x1, ANY, true, {ALL, ALL, 0, 0}, 0},
    {0x2, ANY, false, WHOLE, 0},
    {0x4, ANY, false, WHOLE, 0},
    {0x5, ANY, false, WHOLE, 0},
    {0x6, ANY, false, {0, 0xf, 0, 0}, 0},
    {0x7, 0, true, {ALL, 0, 0, 0}, 0},
    {0x7, 1, true, {0, 0, 0, 0}, 0},
    {0x7, 2, true, {0, 0, 0, 0}, 0},
    {0xa, ANY, true, {ALL, ALL, FIXED_MASK, ALL}, 0},
    {0xb, ANY, false, WHOLE, 0},
    {0xd, 0, true, WHOLE, 0},
    {0xd, 1, true, {0, ALL, ALL, ALL}, 0},
    {0xd, 2, true, WHOLE, 0}, /* and those after it: a component each */
    {0x15, ANY, false, WHOLE, 0},
    {0x16, ANY, false, WHOLE, 0},
    {0x17, ANY, false, WHOLE, 0},
    {0x18, ANY, false, WHOLE, 0},
    {0x1a, ANY, false, WHOLE, 0},
    {0x1d, ANY, false, WHOLE, 0},
    {0x1e, ANY, false, WHOLE, 0},
    {0x1f, ANY, false, WHOLE, 0},
    {0x80000000, ANY, false, WHOLE, LAST_EXTENDED},
    {0x80000001, ANY, false, {ALL, ALL, 0, 0}, 0},
    {0x80000002, ANY, false, WHOLE, 0},
    {0x80000003, ANY, false, WHOLE, 0},
    {0x80000004, ANY, false, WHOLE, 0},
    {0x80000005, ANY, false, WHOLE, 0},
    {0x80000006, ANY, false, WHOLE, 0},
    {0x80000007, ANY, false, {0, 0, 0, 0}, 0},
    {0x80000008, ANY, true, {ALL, 0, 0, 0}, 0},
};

_Static_assert(INDEX_COUNT(leaves) <= FEATURE_LEAVES, "each leaf has a mask");

#define LEAF_XSAVE 0xdU

/* The bits that the guest's CR4 may have, each with its feature. Bits 10:0, except VMX's, are older
 * than any CPU with VT-x. */
#define CR4_ALWAYS 0x7ffUL
static const struct {
    uint64_t bit;
    enum feature feature;
} cr4_bits[] = {
    {CR4_UMIP, FEATURE_UMIP},   {CR4_LA57, FEATURE_LA57},     {CR4_FSGSBASE, FEATURE_FSGSBASE},
    {CR4_PCIDE, FEATURE_PCID},  {CR4_OSXSAVE, FEATURE_XSAVE}, {CR4_SMEP, FEATURE_SMEP},
    {CR4_SMAP, FEATURE_SMAP},   {CR4_PKE, FEATURE_PKU},       {CR4_CET, FEATURE_CET_SS},
    {CR4_CET, FEATURE_CET_IBT}, {CR4_PKS, FEATURE_PKS},
};

/* XSAVE components (SDM Vol. 1 13.1): of IA32_XSS if `supervisor`, else of XCR0. */
#define COMPONENTS_END 63U
static const struct {
    uint64_t bits;
    enum feature feature;
    bool supervisor;
} components[] = {
    {0x3, FEATURE_XSAVE, false}, /* x87, SSE */
    {0x4, FEATURE_AVX, false},          {0xe0, FEATURE_AVX512F, false}, {0x200, FEATURE_PKU, false},
    {0x60000, FEATURE_AMX_TILE, false}, {0x1800, FEATURE_CET_SS, true}, /* user's, supervisor's */
    {0x1800, FEATURE_CET_IBT, true},
};

static bool is_served(unsigned int met, enum feature feature)
{
    return !(features[feature].need & ~met);
}

static bool answers(const struct leaf *row, uint32_t leaf, uint32_t subleaf)
{
    return row->leaf == leaf && (row->subleaf == ANY || row->subleaf == subleaf);
}

/* The mask that holds a feature's bit. */
static uint32_t *mask_of(struct feature_face *face, enum feature feature)
{
    size_t row = 0;

    while (!answers(&leaves[row], features[feature].leaf, features[feature].subleaf)) {
        row++;
    }
    return &face->masks[row][features[feature].reg];
}

/* Do not read leaves beyond the CPU's last: the CPU would answer with another leaf. */
static void build_masks(struct feature_face *face, unsigned int met, cpuid_reader *read)
{
    uint32_t last[CPUID_REGISTERS];

    for (unsigned int row = 1; row < INDEX_COUNT(leaves); row++) {
        uint8_t *first = &face->rows[leaves[row].leaf >> 31][leaves[row].leaf & 31];

        read(leaves[row].leaf & 0x80000000, 0, last);
        if (leaves[row].leaf <= last[EAX] && !*first) {
            *first = (uint8_t)row;
        }
        for (unsigned int reg = 0; reg < CPUID_REGISTERS; reg++) {
            face->masks[row][reg] = leaves[row].whole[reg];
        }
    }
    for (unsigned int f = 0; f < FEATURES; f++) {
        if (is_served(met, (enum feature)f)) {
            *mask_of(face, (enum feature)f) |= 1U << features[f].bit;
        }
    }
}

/* Whether the CPU has the feature. It does not read leaves beyond the last: the CPU would answer
 * with another leaf. */
static bool is_there(cpuid_reader *read, enum feature feature)
{
    uint32_t leaf = features[feature].leaf, subleaf = features[feature].subleaf;
    uint32_t regs[CPUID_REGISTERS];

    read(leaf & 0x80000000, 0, regs);
    if (regs[EAX] < leaf) {
        return false;
    }
    read(leaf, 0, regs);
    if (leaf == 7 && regs[EAX] < subleaf) {
        return false;
    }
    read(leaf, subleaf, regs);
    return regs[features[feature].reg] >> features[feature].bit & 1;
}

static void build_shown(struct feature_face *face, unsigned int met, cpuid_reader *read)
{
    for (unsigned int f = 0; f < FEATURES; f++) {
        bool shown = is_served(met, (enum feature)f) && is_there(read, (enum feature)f);

        face->shown[f / 64] |= (uint64_t)shown << f % 64;
    }
}

static void build_components(struct feature_face *face, cpuid_reader *read)
{
    bool supervisor = feature_is_shown(face, FEATURE_XSAVES);
    uint32_t has[CPUID_REGISTERS];

    if (!feature_is_shown(face, FEATURE_XSAVE)) {
        return;
    }
    for (size_t i = 0; i < INDEX_COUNT(components); i++) {
        if (!feature_is_shown(face, components[i].feature)) {
            continue;
        }
        face->xcr0 |= components[i].supervisor ? 0 : components[i].bits;
        face->xss |= components[i].supervisor && supervisor ? components[i].bits : 0;
    }
    read(LEAF_XSAVE, 0, has);
    face->xcr0 &= has[EAX] | (uint64_t)has[EDX] << 32;
    read(LEAF_XSAVE, 1, has);
    face->xss &= has[ECX] | (uint64_t)has[EDX] << 32;
}

/* The standard format (SDM Vol. 1 13.4.3): the end of the last component. If the guest sees all of
 * the CPU's components, take the CPU's own size: Bochs 2.7 gives PKRU no space. */
static void build_xsave_size(struct feature_face *face, cpuid_reader *read)
{
    uint32_t regs[CPUID_REGISTERS];

    read(LEAF_XSAVE, 0, regs);
    if (face->xcr0 && face->xcr0 == (regs[EAX] | (uint64_t)regs[EDX] << 32)) {
        face->xsave_size = regs[ECX];
        return;
    }
    face->xsave_size = face->xcr0 ? 576 : 0; /* x87 and SSE, and the header */
    for (unsigned int n = 2; n < COMPONENTS_END; n++) {
        if (face->xcr0 >> n & 1) {
            read(LEAF_XSAVE, n, regs);
            if (regs[EBX] + regs[EAX] > face->xsave_size) {
                face->xsave_size = regs[EBX] + regs[EAX];
            }
        }
    }
}

static void build_plain(struct feature_face *face)
{
    for (unsigned int row = 1; row < INDEX_COUNT(leaves); row++) {
        const struct leaf *l = &leaves[row];
        struct feature_plain *plain = &face->plain[l->leaf >> 31][l->leaf & 31];

        if (l->subleaf != ANY || l->more || face->rows[l->leaf >> 31][l->leaf & 31] != row) {
            continue;
        }
        for (unsigned int reg = 0; reg < CPUID_REGISTERS; reg++) {
            plain->keep[reg] = face->masks[row][reg];
        }
        plain->last = l->last ? l->last : ALL;
    }
}

void feature_build(struct feature_face *face, unsigned int met, cpuid_reader *read)
{
    *face = (struct feature_face){.cr4 = CR4_ALWAYS};
    build_masks(face, met, read);
    build_plain(face);
    build_shown(face, met, read);
    build_components(face, read);
    build_xsave_size(face, read);
    for (size_t i = 0; i < INDEX_COUNT(cr4_bits); i++) {
        face->cr4 |= feature_is_shown(face, cr4_bits[i].feature) ? cr4_bits[i].bit : 0;
    }
}

bool feature_is_shown(const struct feature_face *face, enum feature feature)
{
    return feature == FEATURE_ALWAYS || face->shown[feature / 64] >> feature % 64 & 1;
}

static void limit(uint32_t *value, unsigned int shift, uint32_t mask, uint32_t most)
{
    uint32_t field = *value >> shift & mask;

    *value = (*value & ~(mask << shift)) | (field < most ? field : most) << shift;
}

/* Leaf 0xd: component n in subleaf n, and sizes for the components that the guest may have. */
static void filter_xsave(const struct feature_face *face, uint32_t subleaf, uint32_t *regs)
{
    bool known = subleaf < COMPONENTS_END && (face->xcr0 | face->xss) >> subleaf & 1;

    if (subleaf == 0) {
        regs[EAX] = (uint32_t)face->xcr0;
        regs[ECX] = face->xsave_size;
        regs[EDX] = (uint32_t)(face->xcr0 >> 32);
    } else if (subleaf == 1) {
        regs[ECX] = (uint32_t)face->xss;
        regs[EDX] = (uint32_t)(face->xss >> 32);
    } else if (!known) {
        regs[EAX] = regs[EBX] = regs[ECX] = regs[EDX] = 0;
    }
}

/* Numbers that would lead the guest to features that altview does not serve. */
static void limit_numbers(uint32_t leaf, uint32_t subleaf, uint32_t *regs)
{
    switch (leaf) {
    case 7:
        limit(&regs[EAX], 0, ALL, subleaf ? ALL : LAST_7);
        break;
    case 0xa:
        limit(&regs[EAX], 0, 0xff, MONITORING_VER);
        limit(&regs[EAX], 8, 0xff, COUNTERS);
        limit(&regs[EDX], 0, 0x1f, COUNTERS_FIXED);
        break;
    default:
        break;
    }
}

/* For leaves that need more than a mask. A separate function, so that the common leaves need no
 * frame. */
__attribute__((noinline)) static void filter_more(const struct feature_face *face, uint32_t leaf,
                                                  uint32_t subleaf, uint32_t *regs)
{
    if (leaf == LEAF_XSAVE) {
        filter_xsave(face, subleaf, regs);
    } else {
        limit_numbers(leaf, subleaf, regs);
    }
}

/* The row of a subleaf: one of the rows after the leaf's first. */
__attribute__((noinline)) static const uint32_t *
mask_of_subleaf(const struct feature_face *face, uint32_t leaf, uint32_t subleaf, size_t first)
{
    size_t row;

    subleaf = leaf == LEAF_XSAVE && subleaf > 2 ? 2 : subleaf;
    row = first + subleaf;
    if (subleaf >= INDEX_COUNT(leaves) || !index_clamp(&row, INDEX_COUNT(leaves)) ||
        !answers(&leaves[row], leaf, subleaf)) {
        row = 0;
    }
    return face->masks[row];
}

void feature_filter(const struct feature_face *face, uint32_t leaf, uint32_t subleaf,
                    uint32_t regs[CPUID_REGISTERS])
{
    size_t number = leaf & 0x7fffffff, row;
    const uint32_t *mask = face->masks[0];

    if (index_clamp(&number, 32)) {
        row = face->rows[leaf >> 31][number];
        mask = leaves[row].subleaf == ANY ? face->masks[row]
                                          : mask_of_subleaf(face, leaf, subleaf, row);
        if (leaves[row].last) {
            limit(&regs[EAX], 0, ALL, leaves[row].last);
        }
        if (leaves[row].more) {
            filter_more(face, leaf, subleaf, regs);
        }
    }
    regs[EAX] &= mask[EAX];
    regs[EBX] &= mask[EBX];
    regs[ECX] &= mask[ECX];
    regs[EDX] &= mask[EDX];
}
