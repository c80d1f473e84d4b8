/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory types by MTRRs, and the use of RAM that they don't cache. */
#include "pure/refusals.h"

#include "memory/map.h"
#include "memory/mtrr.h"
#include "sim/random.h"

#include <inttypes.h>
#include <stdlib.h>
#include <xen/arch-x86/hvm/start_info.h>

#define MIB        (UINT64_C(1) << 20)
#define GIB        (UINT64_C(1) << 30)
#define ENABLED    (UINT64_C(1) << 11)
#define FIXED      (UINT64_C(1) << 10)
#define VALID      (UINT64_C(1) << 11)
#define BITS       39
#define MASK(size) (((UINT64_C(1) << BITS) - 1) & ~((uint64_t)(size)-1))

/* A server in its firmware's state: RAM is cached, except the last GiB below 4 GiB and TSEG. */
static const struct mtrrs server = {
    .default_type = ENABLED | FIXED | MTRR_UC,
    .fixed = {0x0606060606060606, 0x0606060606060606, 0, 0x0505050505050505, 0x0505050505050505,
              0x0505050505050505, 0x0505050505050505, 0x0505050505050505, 0x0505050505050505,
              0x0506050605060506, 0x0505050505050505},
    .variable = {{0 | MTRR_WB, MASK(4 * GIB) | VALID},
                 {3 * GIB | MTRR_UC, MASK(GIB) | VALID},
                 {3 * GIB - 8 * MIB, MASK(8 * MIB) | VALID},
                 {4 * GIB | MTRR_WB, MASK(4 * GIB) | VALID},
                 {8 * GIB | MTRR_WB, MASK(8 * GIB)}}, /* not valid */
    .variable_count = 5,
    .physical_bits = BITS,
};

static void a_server(void **state)
{
    static const struct {
        uint64_t at, end;
        enum mtrr_type type;
    } places[] = {
        {0, 0x10000, MTRR_WB},
        {0x7ffff, 0x80000, MTRR_WB},
        {0x9c000, 0xa0000, MTRR_WB},
        {0xa0000, 0xa4000, MTRR_UC},
        {0xc0000, 0xc1000, MTRR_WP},
        {0xf1000, 0xf2000, MTRR_WP},
        {0xf0000, 0xf1000, MTRR_WB},
        {MIB, 3 * GIB - 8 * MIB, MTRR_WB},
        {3 * GIB - 8 * MIB, 3 * GIB, MTRR_UC},
        {3 * GIB + 5, 4 * GIB, MTRR_UC},
        {4 * GIB, 8 * GIB, MTRR_WB},
        {8 * GIB, UINT64_MAX, MTRR_UC},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(places); i++) {
        uint64_t end = UINT64_MAX;
        enum mtrr_type type = mtrr_type(&server, places[i].at, &end);

        if (type != places[i].type || end != places[i].end)
            fail_msg("at %#" PRIx64 ": type %d up to %#" PRIx64, places[i].at, type, end);
    }
}

static struct mtrrs overlap(enum mtrr_type a, enum mtrr_type b)
{
    return (struct mtrrs){
        .default_type = ENABLED | MTRR_WP,
        .variable = {{a, MASK(GIB) | VALID}, {b, MASK(GIB) | VALID}},
        .variable_count = 2,
        .physical_bits = BITS,
    };
}

/* SDM Vol. 3A 12.11.4.1. */
static void ranges_that_overlap(void **state)
{
    static const struct {
        enum mtrr_type a, b, both;
    } pairs[] = {
        {MTRR_WB, MTRR_WB, MTRR_WB}, {MTRR_WB, MTRR_UC, MTRR_UC},
        {MTRR_UC, MTRR_WC, MTRR_UC}, {MTRR_WT, MTRR_WB, MTRR_WT},
        {MTRR_WB, MTRR_WT, MTRR_WT}, {MTRR_WC, MTRR_WB, MTRR_UC}, /* undefined */
    };
    uint64_t end = UINT64_MAX;

    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct mtrrs m = overlap(pairs[i].a, pairs[i].b);

        assert_int_equal(mtrr_type(&m, 0x5000, &end), pairs[i].both);
        assert_int_equal(mtrr_type(&m, GIB, &end), MTRR_WP);
        m.default_type = MTRR_WB; /* off: all memory is uncached */
        assert_int_equal(mtrr_type(&m, 0x5000, &end), MTRR_UC);
    }
}

/* The definition, address by address. */
static enum mtrr_type naive(const struct mtrrs *m, uint64_t address)
{
    enum mtrr_type type = MTRR_UC;
    bool any = false, wt = false, other = false, uc = false;

    for (unsigned int i = 0; i < m->variable_count; i++) {
        uint64_t mask = m->variable[i].mask & ~UINT64_C(0xfff);
        enum mtrr_type own = m->variable[i].base & 0xff;

        if (!(m->variable[i].mask & VALID) || (address & mask) != (m->variable[i].base & mask))
            continue;
        uc |= own == MTRR_UC;
        wt |= any && own != type && (own | type) != MTRR_UC && (own == MTRR_WT || own == MTRR_WB) &&
              (type == MTRR_WT || type == MTRR_WB);
        other |= any && own != type &&
                 !((own == MTRR_WT || own == MTRR_WB) && (type == MTRR_WT || type == MTRR_WB));
        type = any && type == MTRR_WT ? type : own;
        any = true;
    }
    if (!any)
        return m->default_type & 0xff;
    return uc || other ? MTRR_UC : wt ? MTRR_WT : type;
}

/* Masks with gaps, too: the type of a range is that of each of its pages. */
static void random_ranges(void **state)
{
    static const enum mtrr_type types[] = {MTRR_UC, MTRR_WT, MTRR_WB, MTRR_WB};
    struct sim_random r = sim_random_seed(3);

    (void)state;
    for (int round = 0; round < 3000; round++) {
        struct mtrrs m = {.default_type = ENABLED | types[sim_random_below(&r, 4)],
                          .variable_count = (unsigned int)sim_random_below(&r, 5),
                          .physical_bits = 24};

        for (unsigned int i = 0; i < m.variable_count; i++) {
            uint64_t size = UINT64_C(4096) << sim_random_below(&r, 10);

            m.variable[i].mask = (0xffffff & ~(size - 1)) | (sim_random_below(&r, 8) ? VALID : 0);
            if (!sim_random_below(&r, 6))
                m.variable[i].mask &= ~(UINT64_C(0x1000) << sim_random_below(&r, 11));
            m.variable[i].base =
                (sim_random_below(&r, 0x1000000) & m.variable[i].mask & ~UINT64_C(0xfff)) |
                types[sim_random_below(&r, 4)];
        }
        for (uint64_t at = 0x100000, end; at < 0x1000000; at = end) {
            enum mtrr_type type;

            end = 0x1000000;
            type = mtrr_type(&m, at, &end);
            assert_true(end > at);
            for (uint64_t page = at; page < end; page += 4096)
                if (naive(&m, page) != type)
                    fail_msg("round %d, %#" PRIx64 ": %d, should be %d", round, page, type,
                             naive(&m, page));
        }
    }
}

static struct boot_info *boot_new(const struct mtrrs *mtrrs)
{
    struct boot_info *boot = calloc(1, sizeof(*boot));

    assert_non_null(boot);
    boot->mtrrs = *mtrrs;
    assert_true(map_set(boot, 0, 0x9f000, XEN_HVM_MEMMAP_TYPE_RAM));
    assert_true(map_set(boot, MIB, 3 * GIB - MIB, XEN_HVM_MEMMAP_TYPE_RAM));
    assert_true(map_set(boot, 4 * GIB, 6 * GIB, XEN_HVM_MEMMAP_TYPE_RAM));
    return boot;
}

/* Firmware with too few MTRRs for all RAM: Linux does not use the rest, and neither does
 * altview. */
static void ram_that_is_not_cached(void **state)
{
    struct boot_info *boot = boot_new(&server);
    const uint64_t ram = map_ram_size(boot);

    (void)state;
    assert_int_equal(map_cut_uncached(boot), 2 * GIB + 8 * MIB);
    assert_int_equal(map_ram_size(boot), ram - 2 * GIB - 8 * MIB);
    assert_true(map_is_ram(boot, (struct extent){4 * GIB, 4 * GIB}));
    assert_false(map_overlaps_ram(boot, (struct extent){8 * GIB, 2 * GIB}));
    assert_false(map_overlaps_ram(boot, (struct extent){3 * GIB - 8 * MIB, 8 * MIB}));
    assert_int_equal(map_cut_uncached(boot), 0);
    boot->mtrrs.default_type = 0; /* an emulator that has not set them */
    assert_int_equal(map_cut_uncached(boot), 0);
    free(boot);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server),
        cmocka_unit_test(ranges_that_overlap),
        cmocka_unit_test(random_ranges),
        cmocka_unit_test(ram_that_is_not_cached),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
