/* SPDX-License-Identifier: BSD-2-Clause */
/* The host p2m: superpages, splits, ranges. */
#include "unit/scene.h"

struct size_case {
    const char *name;
    uint64_t gfn, nr, mfn;
    bool has_2m, has_1g;
    uint32_t base_pages; /* the root included */
};

/* As few tables as the alignment and the CPU allow. */
static void superpages_where_they_fit(void **state)
{
    static const struct size_case cases[] = {
        {"1 GiB, aligned", 0x40000, 0x40000, 0x80000, true, true, 2},
        {"1 GiB on a CPU without 1 GiB pages", 0x40000, 0x40000, 0x80000, true, false, 3},
        {"1 GiB, mfn aligned to 2 MiB", 0x40000, 0x40000, 0x80200, true, true, 3},
        {"2 MiB, aligned", 0x200, 0x200, 0x400, true, true, 3},
        {"2 MiB without superpages", 0x200, 0x200, 0x400, false, false, 4},
        {"2 MiB, mfn off by one", 0x200, 0x200, 0x401, true, true, 4},
        {"2 MiB less a page", 0x200, 0x1ff, 0x400, true, true, 4},
        {"a page", 0x200, 1, 0x400, true, true, 4},
        {"two pages over a 2 MiB boundary", 0x1ff, 2, 0x400, true, true, 5},
        {"two pages over a 512 GiB boundary", 0x7ffffff, 2, 0x400, true, true, 7},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct size_case *c = &cases[i];
        struct scene *s = scene_new();
        struct altp2m_config config = sim_machine_config(&s->machine);

        config.has_2m = c->has_2m;
        config.has_1g = c->has_1g;
        sim_machine_start(&s->machine, &config);
        assert_int_equal(altp2m_host_map(s->d, c->gfn, c->nr, scene_ram(c->mfn)), 0);
        if (s->d->base_pages != c->base_pages)
            fail_msg("%s: %u pages, should be %u", c->name, s->d->base_pages, c->base_pages);
        assert_int_equal(altp2m_host_lookup(s->d, c->gfn + c->nr - 1).mfn, c->mfn + c->nr - 1);
        assert_int_equal(altp2m_host_lookup(s->d, c->gfn + c->nr).type, ALTP2M_TYPE_NONE);
        scene_end(s);
    }
}

/* The removal of one page from 1 GiB leaves the rest unchanged, in every view. */
static void split_keeps_the_rest(void **state)
{
    static const uint64_t neighbours[] = {0, 0x1ffff, 0x20001, 0x20200, 0x3ffff};
    struct scene *s = *state;
    uint64_t mfn;

    assert_int_equal(altp2m_host_unmap(s->d, SCENE_LARGE + 0x20000, 1), 0);
    for (unsigned int view = 0; view < 4; view++) {
        assert_int_equal(scene_rights(s, view, SCENE_LARGE + 0x20000, NULL), 0);
        for (size_t i = 0; i < COUNT(neighbours); i++) {
            uint64_t gfn = SCENE_LARGE + neighbours[i];

            assert_int_equal(scene_rights(s, view, gfn, &mfn), view == 2 ? ALTP2M_R : ALTP2M_RWX);
            assert_int_equal(mfn, gfn + SCENE_MFN);
        }
    }
}

/* A superpage in place of small pages: the engine frees their tables. */
static void large_page_frees_tables(void **state)
{
    struct scene *s = *state;
    uint32_t before = s->d->base_pages;

    assert_int_equal(altp2m_host_map(s->d, 0x200, 1, scene_ram(5)), 0);
    assert_int_equal(s->d->base_pages, before + 1);
    assert_int_equal(altp2m_host_map(s->d, 0x200, 0x200, scene_ram(0x600)), 0);
    assert_int_equal(s->d->base_pages, before);
    assert_int_equal(altp2m_host_lookup(s->d, 0x300).mfn, 0x700);
}

static void bad_ranges_are_refused(void **state)
{
    static const struct {
        const char *name;
        uint64_t gfn, nr, mfn;
    } bad[] = {
        {"nothing", 0, 0, 1},
        {"beyond the last gfn", SCENE_BEYOND, 1, 1},
        {"over the end", SCENE_BEYOND - 1, 2, 1},
        {"wraps", 1, ~UINT64_C(0), 1},
        {"mfn beyond 52 bits of address", 0, 1, UINT64_C(1) << 40},
        {"mfn over that end", 0, 2, (UINT64_C(1) << 40) - 1},
    };
    struct scene *s = *state;
    uint64_t before = scene_fingerprint(s);

    for (size_t i = 0; i < COUNT(bad); i++) {
        if (altp2m_host_map(s->d, bad[i].gfn, bad[i].nr, scene_ram(bad[i].mfn)) != -XEN_EINVAL)
            fail_msg("map accepted: %s", bad[i].name);
        if (i < 4 && altp2m_host_unmap(s->d, bad[i].gfn, bad[i].nr) != -XEN_EINVAL)
            fail_msg("unmap accepted: %s", bad[i].name);
    }
    assert_int_equal(altp2m_host_map(s->d, 0, 1, (struct altp2m_mapping){.type = ALTP2M_TYPE_NONE}),
                     -XEN_EINVAL);
    assert_true(scene_fingerprint(s) == before);
}

/* Frames that are not the guest's: no range with one can be mapped, whatever its type; a shared one
 * can be mapped only as such. */
static void kept_frames_are_refused(void **state)
{
    static const struct {
        uint64_t mfn, nr;
        enum altp2m_type type;
        int rc;
    } rows[] = {
        {0x3000004, 1, ALTP2M_TYPE_RAM, 0},
        {0x3000005, 1, ALTP2M_TYPE_RAM, -XEN_EPERM},
        {0x3000005, 1, ALTP2M_TYPE_MMIO, -XEN_EPERM},
        {0x3000005, 1, ALTP2M_TYPE_SPECIAL, -XEN_EPERM},
        {0x3000006, 1, ALTP2M_TYPE_SPECIAL, 0},
        {0x3000006, 1, ALTP2M_TYPE_RAM, -XEN_EPERM},
        {0x3000006, 2, ALTP2M_TYPE_SPECIAL, -XEN_EPERM},
        {0x3000003, 3, ALTP2M_TYPE_RAM, -XEN_EPERM},
        {0x3000008, 1, ALTP2M_TYPE_RAM, -XEN_EPERM},
        {0x3000009, 1, ALTP2M_TYPE_RAM, 0},
        {0x3000000, 0x200, ALTP2M_TYPE_RAM, -XEN_EPERM},
        {0x3000200, 0x200, ALTP2M_TYPE_RAM, -XEN_EPERM},
        {0x3000400, 0x200, ALTP2M_TYPE_RAM, 0},
        {0x3000000, 0x40000, ALTP2M_TYPE_RAM, -XEN_EPERM},
        {0x3080101, 1, ALTP2M_TYPE_SPECIAL, 0},
    };
    struct scene *s = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct altp2m_mapping to = {rows[i].mfn, rows[i].type, ALTP2M_MEMTYPE_WB};
        uint64_t before = scene_fingerprint(s);

        assert_int_equal(altp2m_host_map(s->d, 0, rows[i].nr, to), rows[i].rc);
        assert_true(!rows[i].rc || scene_fingerprint(s) == before);
    }
}

static void last_gfn_can_be_mapped(void **state)
{
    struct scene *s = *state;
    uint64_t mfn;

    assert_int_equal(altp2m_host_map(s->d, SCENE_BEYOND - 1, 1, scene_ram(7)), 0);
    assert_int_equal(scene_rights(s, 0, SCENE_BEYOND - 1, &mfn), ALTP2M_RWX);
    assert_int_equal(mfn, 7);
}

/* Beyond the largest gfn there is a hole, not a wrap-around to gfn 0. */
static void lookup_beyond_is_a_hole(void **state)
{
    struct scene *s = *state;

    assert_int_equal(altp2m_host_lookup(s->d, SCENE_BEYOND).type, ALTP2M_TYPE_NONE);
    assert_int_equal(altp2m_host_lookup(s->d, ~UINT64_C(0)).type, ALTP2M_TYPE_NONE);
    assert_int_equal(altp2m_translate(s->d, 1, SCENE_BEYOND).to.type, ALTP2M_TYPE_NONE);
}

/* Wider access needs no flush, which would cost every vCPU its TLB. */
static void filling_a_hole_needs_no_flush(void **state)
{
    struct scene *s = *state;
    unsigned int flushes = s->machine.flushes;

    assert_int_equal(altp2m_host_map(s->d, SCENE_HOLE, 1, scene_ram(9)), 0);
    assert_int_equal(s->machine.flushes, flushes);
    assert_int_equal(altp2m_host_unmap(s->d, SCENE_HOLE, 1), 0);
    assert_true(s->machine.flushes > flushes);
}

int main(void)
{
#define ACTIVE(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(superpages_where_they_fit),
        ACTIVE(split_keeps_the_rest),
        ACTIVE(large_page_frees_tables),
        ACTIVE(bad_ranges_are_refused),
        ACTIVE(kept_frames_are_refused),
        ACTIVE(last_gfn_can_be_mapped),
        ACTIVE(lookup_beyond_is_a_hole),
        ACTIVE(filling_a_hole_needs_no_flush),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
