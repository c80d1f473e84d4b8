/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's view of the features of a CPU that has everything, of one that has nothing, and of
 * others. */
#include "core/feature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define BIT(n) (UINT32_C(1) << (n))

/* A row of the list, in the test's own reading. */
#define PLAIN                                    0
#define NEEDS(name)                              NEEDS_##name
#define ROW(name, leaf, subleaf, reg, bit, need) {#name, leaf, subleaf, reg, bit, need},
static const struct {
    const char *name;
    uint32_t leaf, subleaf, reg, bit, need;
} rows[FEATURES] = {FEATURE_LIST(ROW)};

/* The test's CPUs. */
static uint32_t everywhere; /* the contents of each register of each leaf */

static void same_everywhere(uint32_t leaf, uint32_t subleaf, uint32_t regs[CPUID_REGISTERS])
{
    (void)subleaf;
    for (unsigned int i = 0; i < CPUID_REGISTERS; i++)
        regs[i] = everywhere;
    if ((leaf & 0x7fffffff) == 0)
        regs[EAX] = leaf | 0xffff; /* the last leaf */
    else if (leaf == 0xd && subleaf >= 2) {
        regs[EAX] = 8; /* the size of each component */
        regs[EBX] = 576 + 8 * subleaf;
    }
}

#define ALL_MET UINT32_MAX

static struct feature_face face_of(unsigned int met, uint32_t bits)
{
    struct feature_face face;

    everywhere = bits;
    feature_build(&face, met, same_everywhere);
    return face;
}

/* The bits of a register that the list has. */
static uint32_t listed(uint32_t leaf, uint32_t subleaf, uint32_t reg)
{
    uint32_t bits = 0;

    for (unsigned int i = 0; i < FEATURES; i++)
        if (rows[i].leaf == leaf && rows[i].subleaf == subleaf && rows[i].reg == reg)
            bits |= BIT(rows[i].bit);
    return bits;
}

/* The short path returns the same as the long one. */
static void check_plain(const struct feature_face *face, uint32_t leaf, uint32_t subleaf)
{
    const struct feature_plain *plain = feature_plain(face, leaf);
    uint32_t regs[CPUID_REGISTERS], cut[CPUID_REGISTERS];

    if (!plain)
        return;
    same_everywhere(leaf, subleaf, regs);
    same_everywhere(leaf, subleaf, cut);
    feature_filter(face, leaf, subleaf, cut);
    assert_int_equal(cut[EAX], (regs[EAX] & plain->keep[EAX]) < plain->last
                                   ? regs[EAX] & plain->keep[EAX]
                                   : plain->last);
    for (unsigned int reg = EBX; reg < CPUID_REGISTERS; reg++)
        assert_int_equal(cut[reg], regs[reg] & plain->keep[reg]);
}

static uint32_t seen(const struct feature_face *face, uint32_t leaf, uint32_t subleaf, uint32_t reg)
{
    uint32_t regs[CPUID_REGISTERS];

    same_everywhere(leaf, subleaf, regs);
    check_plain(face, leaf, subleaf);
    feature_filter(face, leaf, subleaf, regs);
    return regs[reg];
}

/* Registers that hold only features: the guest sees exactly the list's bits. */
static void only_listed_bits(void **state)
{
    static const struct {
        uint32_t leaf, subleaf, reg, beside; /* and bits that are numbers */
    } registers[] = {
        {1, 0, ECX, 0},          {1, 0, EDX, 0},          {6, 0, EAX, 0},
        {6, 0, EBX, 0xf},        {6, 0, ECX, 0},          {6, 0, EDX, 0},
        {7, 0, EBX, 0},          {7, 0, ECX, 0},          {7, 0, EDX, 0},
        {7, 1, EAX, 0},          {7, 1, EBX, 0},          {7, 1, ECX, 0},
        {7, 1, EDX, 0},          {7, 2, EAX, 0},          {7, 2, EBX, 0},
        {7, 2, ECX, 0},          {7, 2, EDX, 0},          {0xd, 1, EAX, 0},
        {0x80000001, 0, ECX, 0}, {0x80000001, 0, EDX, 0}, {0x80000007, 0, EAX, 0},
        {0x80000007, 0, EBX, 0}, {0x80000007, 0, ECX, 0}, {0x80000007, 0, EDX, 0},
        {0x80000008, 0, EBX, 0}, {0x80000008, 0, ECX, 0}, {0x80000008, 0, EDX, 0},
    };
    struct feature_face face = face_of(ALL_MET, UINT32_MAX);

    (void)state;
    for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
        uint32_t leaf = registers[i].leaf, subleaf = registers[i].subleaf, reg = registers[i].reg;

        assert_int_equal(seen(&face, leaf, subleaf, reg),
                         listed(leaf, subleaf, reg) | registers[i].beside);
    }
    for (unsigned int i = 0; i < FEATURES; i++)
        assert_true(seen(&face, rows[i].leaf, rows[i].subleaf, rows[i].reg) & BIT(rows[i].bit));
}

/* Bits with known problems, by hand: the list must never have them. */
static void never_shown(void **state)
{
    static const struct {
        uint32_t leaf, subleaf, reg, bit;
    } bits[] = {
        {1, 0, ECX, 2},    {1, 0, ECX, 4},    {1, 0, ECX, 5},    {1, 0, ECX, 6},
        {1, 0, ECX, 11},   {1, 0, EDX, 18},   {1, 0, EDX, 21},   {6, 0, EAX, 13},
        {6, 0, EAX, 19},   {6, 0, EAX, 23},   {7, 0, EBX, 2},    {7, 0, EBX, 12},
        {7, 0, EBX, 14},   {7, 0, EBX, 15},   {7, 0, EBX, 25},   {7, 0, ECX, 13},
        {7, 0, ECX, 23},   {7, 0, ECX, 29},   {7, 0, ECX, 30},   {7, 0, EDX, 5},
        {7, 0, EDX, 18},   {7, 0, EDX, 19},   {7, 0, EDX, 30},   {7, 1, EAX, 6},
        {7, 1, EAX, 8},    {7, 1, EAX, 17},   {7, 1, EAX, 22},   {7, 1, EAX, 26},
        {7, 1, EAX, 27},   {7, 1, EBX, 0},    {7, 1, EDX, 15},   {7, 1, EDX, 17},
        {7, 1, EDX, 21},   {0xd, 0, EAX, 3},  {0xd, 0, EAX, 4},  {0xd, 1, ECX, 8},
        {0xd, 1, ECX, 10}, {0xd, 1, ECX, 13}, {0xd, 1, ECX, 14}, {0xd, 1, ECX, 15},
        {0xd, 1, ECX, 16},
    };
    struct feature_face face = face_of(ALL_MET, UINT32_MAX);

    (void)state;
    for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
        assert_int_equal(seen(&face, bits[i].leaf, bits[i].subleaf, bits[i].reg) >> bits[i].bit & 1,
                         0);
}

static void unknown_leaves_are_empty(void **state)
{
    static const uint32_t known[] = {
        0,          1,          2,          4,          5,          6,          7,
        0xa,        0xb,        0xd,        0x15,       0x16,       0x17,       0x18,
        0x1a,       0x1d,       0x1e,       0x1f,       0x80000000, 0x80000001, 0x80000002,
        0x80000003, 0x80000004, 0x80000005, 0x80000006, 0x80000007, 0x80000008};
    struct feature_face face = face_of(ALL_MET, UINT32_MAX);

    (void)state;
    for (uint64_t leaf = 0; leaf <= UINT32_MAX; leaf += leaf % 0x10000000 < 0x1000 ? 1 : 0x7ffff) {
        uint32_t any = 0;
        bool is_known = false;

        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            is_known = is_known || known[i] == leaf;
        for (uint32_t reg = 0; reg < CPUID_REGISTERS; reg++)
            any |= seen(&face, (uint32_t)leaf, 0, reg);
        assert_int_equal(!!any, is_known);
    }
    for (uint32_t subleaf = 3; subleaf < 100; subleaf++)
        for (uint32_t reg = 0; reg < CPUID_REGISTERS; reg++)
            assert_int_equal(seen(&face, 7, subleaf, reg), 0);
    assert_int_equal(seen(&face, 7, UINT32_MAX, EBX), 0);
}

/* Numbers that lead to further leaves. */
static void numbers_are_limited(void **state)
{
    struct feature_face face = face_of(ALL_MET, UINT32_MAX);

    (void)state;
    assert_int_equal(seen(&face, 0, 0, EAX), 0x1f);
    assert_int_equal(seen(&face, 0x80000000, 0, EAX), 0x80000008);
    assert_int_equal(seen(&face, 7, 0, EAX), 2);
    assert_int_equal(seen(&face, 0xa, 0, EAX) & 0xffff, 0x0805);
    assert_int_equal(seen(&face, 0xa, 0, EDX) & 0x1f, 4);
}

/* A feature whose requirement is missing goes, with all that belongs to it. */
static void needs_decide(void **state)
{
    struct feature_face face;

    (void)state;
    for (unsigned int i = 0; i < FEATURES; i++) {
        if (!rows[i].need)
            continue;
        face = face_of(~rows[i].need, UINT32_MAX);
        assert_int_equal(seen(&face, rows[i].leaf, rows[i].subleaf, rows[i].reg) >> rows[i].bit & 1,
                         0);
        assert_false(feature_is_shown(&face, (enum feature)i));
    }
    face = face_of(~(unsigned int)NEEDS_CET, UINT32_MAX);
    assert_int_equal(face.xss, 0);
    assert_int_equal(face.cr4 & UINT64_C(1) << 23, 0);
    assert_false(msr_rights(&face, 0x6a2).read || msr_rights(&face, 0x6a2).write);
}

/* XCR0, IA32_XSS and CR4 of the CPU that has everything, and a leaf 0xd that agrees with them. */
static void state_components(void **state)
{
    struct feature_face face = face_of(ALL_MET, UINT32_MAX);

    (void)state;
    assert_int_equal(face.xcr0, 0x602e7);
    assert_int_equal(face.xss, 0x1800);
    assert_int_equal(seen(&face, 0xd, 0, EAX), 0x602e7);
    assert_int_equal(seen(&face, 0xd, 0, EDX), 0);
    assert_int_equal(seen(&face, 0xd, 0, ECX), 576 + 8 * 18 + 8); /* the end of the last */
    assert_int_equal(seen(&face, 0xd, 1, ECX), 0x1800);
    assert_int_equal(seen(&face, 0xd, 1, EDX), 0);
    for (uint32_t n = 2; n < 64; n++)
        assert_int_equal(seen(&face, 0xd, n, EAX), UINT64_C(0x61ae4) >> n & 1 ? 8 : 0);
    assert_int_equal(seen(&face, 0xd, 1000, EAX), 0);
    /* All of Intel's except VMXE, SMXE, KL, UINTR, LASS, LAM and FRED. */
    assert_int_equal(face.cr4, 0x1f71fff);
}

/* A CPU without any: the guest sees none, and may switch on only older ones. */
static void an_empty_cpu(void **state)
{
    struct feature_face face = face_of(ALL_MET, 0);

    (void)state;
    for (unsigned int i = 0; i < FEATURES; i++)
        assert_false(feature_is_shown(&face, (enum feature)i));
    assert_int_equal(face.cr4, 0x7ff);
    assert_int_equal(face.xcr0 | face.xss, 0);
}

/* Each feature that has MSRs, by hand (SDM Vol. 4, table 2-2): with the feature the guest has the
 * MSRs that it writes itself, and without it the guest does not. */
static void msrs_follow_features(void **state)
{
    static const struct {
        enum feature feature;
        uint32_t first, last;
    } brought[] = {
        {FEATURE_WAITPKG, 0xe1, 0xe1},
        {FEATURE_APERFMPERF, 0xe7, 0xe8},
        {FEATURE_L1D_FLUSH, 0x10b, 0x10b},
        {FEATURE_SYSENTER, 0x174, 0x176},
        {FEATURE_MCA, 0x179, 0x17b},
        {FEATURE_MCA, 0x400, 0x47f},
        {FEATURE_EIST, 0x199, 0x199},
        {FEATURE_ACPI, 0x19a, 0x19c},
        {FEATURE_ENERGY_BIAS, 0x1b0, 0x1b0},
        {FEATURE_PACKAGE_THERMAL, 0x1b1, 0x1b2},
        {FEATURE_XFD, 0x1c4, 0x1c5},
        {FEATURE_PAT, 0x277, 0x277},
        {FEATURE_PDCM, 0x4c1, 0x4c8},
        {FEATURE_TSC_DEADLINE, 0x6e0, 0x6e0},
        {FEATURE_PKS, 0x6e1, 0x6e1},
        {FEATURE_HWP, 0x770, 0x777},
        {FEATURE_X2APIC, 0x800, 0x8ff},
        {FEATURE_LONG_MODE, 0xc0000081, 0xc0000084},
        {FEATURE_LONG_MODE, 0xc0000100, 0xc0000102},
    };
    struct feature_face face = face_of(ALL_MET, UINT32_MAX);

    (void)state;
    for (size_t i = 0; i < sizeof(brought) / sizeof(brought[0]); i++) {
        struct feature_face without = face;
        enum feature f = brought[i].feature;

        without.shown[f / 64] &= ~(UINT64_C(1) << f % 64);
        for (uint32_t msr = brought[i].first; msr <= brought[i].last; msr++) {
            assert_true(msr_rights(&face, msr).read && msr_rights(&face, msr).write);
            assert_false(msr_rights(&without, msr).read || msr_rights(&without, msr).write);
        }
    }
}

/* One MSR of two features: either is enough. */
static void shared_msrs(void **state)
{
    static const struct {
        uint32_t msr;
        enum feature a, b;
    } shared[] = {
        {0xc0000103, FEATURE_RDTSCP, FEATURE_RDPID},
        {0x6a2, FEATURE_CET_SS, FEATURE_CET_IBT},
        {0x48, FEATURE_IBRS, FEATURE_SSBD},
        {0x123, FEATURE_SRBDS_CTRL, FEATURE_ARCH_CAPABILITIES},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) {
        struct feature_face face = {.cr4 = 0};

        assert_false(msr_rights(&face, shared[i].msr).write);
        face.shown[shared[i].a / 64] |= UINT64_C(1) << shared[i].a % 64;
        assert_true(msr_rights(&face, shared[i].msr).write);
        face.shown[shared[i].a / 64] = 0;
        face.shown[shared[i].b / 64] |= UINT64_C(1) << shared[i].b % 64;
        assert_true(msr_rights(&face, shared[i].msr).write);
    }
}

/* Whatever features the guest has, it may neither read nor write two kinds of MSRs: those by which
 * a CPU writes past EPT or records in root mode, and those of hidden features. An MSR that can't be
 * read can't be written either. */
static void msrs_of_what_is_hidden(void **state)
{
    static const uint32_t msrs[] = {0x33,   0x4e,   0xcf,   0x1cc, 0x1d4,  0x3f1,  0x560,
                                    0x570,  0x600,  0x981,  0x985, 0x98a,  0x990,  0xc8f,
                                    0xc90,  0xd90,  0xd93,  0xdb0, 0x1200, 0x14ce, 0x14cf,
                                    0x1500, 0x1600, 0x17d0, 0x17da};
    struct feature_face face = face_of(ALL_MET, UINT32_MAX);

    (void)state;
    for (size_t i = 0; i < sizeof(msrs) / sizeof(msrs[0]); i++)
        assert_false(msr_rights(&face, msrs[i]).read || msr_rights(&face, msrs[i]).write);
    for (uint32_t msr = 0; msr < 0x2000; msr++)
        assert_true(msr_rights(&face, msr).read || !msr_rights(&face, msr).write);
    assert_true(msr_rights(&face, 0x140).read && msr_rights(&face, 0x140).write);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_listed_bits),
        cmocka_unit_test(never_shown),
        cmocka_unit_test(unknown_leaves_are_empty),
        cmocka_unit_test(numbers_are_limited),
        cmocka_unit_test(needs_decide),
        cmocka_unit_test(state_components),
        cmocka_unit_test(an_empty_cpu),
        cmocka_unit_test(msrs_follow_features),
        cmocka_unit_test(shared_msrs),
        cmocka_unit_test(msrs_of_what_is_hidden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
