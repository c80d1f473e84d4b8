/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine tells users of a gfn's page before the page changes; and the range that one lookup
 * covers. */
#include "unit/scene.h"

struct stretch_case {
    const char *name;
    bool host;
    unsigned int view;
    uint64_t gfn, mfn, nr;
    enum altp2m_type type;
};

static void a_stretch_is_what_one_leaf_says(void **state)
{
    static const struct stretch_case cases[] = {
        {"a small page", false, 1, 0x12, 0x12 + SCENE_MFN, 1, ALTP2M_TYPE_RAM},
        {"a remap", false, 1, 0x11, 0x12 + SCENE_MFN, 1, ALTP2M_TYPE_RAM},
        {"the same gfn of the host's", true, 0, 0x11, 0x11 + SCENE_MFN, 1, ALTP2M_TYPE_RAM},
        {"into 1 GiB", true, 0, SCENE_LARGE + 3, SCENE_LARGE + 3 + SCENE_MFN, 0x40000 - 3,
         ALTP2M_TYPE_RAM},
        {"into 1 GiB that a view closes", false, 2, SCENE_LARGE + 3, SCENE_LARGE + 3 + SCENE_MFN,
         0x40000 - 3, ALTP2M_TYPE_RAM},
        {"what is shared", false, 0, SCENE_SPECIAL, 0, 1, ALTP2M_TYPE_SPECIAL},
        {"a large hole", true, 0, 0x40000000, ALTP2M_INVALID_MFN, 0x8000000, ALTP2M_TYPE_NONE},
        {"beyond all gfns", true, 0, SCENE_BEYOND, ALTP2M_INVALID_MFN, 1, ALTP2M_TYPE_NONE},
        {"beyond all gfns of a view", false, 1, SCENE_BEYOND, ALTP2M_INVALID_MFN, 1,
         ALTP2M_TYPE_NONE},
        {"no such view", false, 9, 0x12, ALTP2M_INVALID_MFN, 1, ALTP2M_TYPE_NONE},
    };
    const struct scene *s = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct stretch_case *c = &cases[i];
        uint64_t nr = 0;
        struct altp2m_mapping m = c->host ? altp2m_host_stretch(s->d, c->gfn, &nr)
                                          : altp2m_stretch(s->d, c->view, c->gfn, &nr);

        if (m.type != c->type || nr != c->nr || (c->mfn && m.mfn != c->mfn))
            fail_msg("%s: type %u, mfn 0x%llx, %llu gfns", c->name, m.type,
                     (unsigned long long)m.mfn, (unsigned long long)nr);
    }
}

/* For the whole small guest: ranges agree with single lookups. */
static void stretches_agree_with_translations(void **state)
{
    const struct scene *s = *state;

    for (unsigned int view = 0; view < 4; view++)
        for (uint64_t gfn = 0, nr; gfn < SCENE_HOLE + 8; gfn += nr) {
            struct altp2m_mapping m = altp2m_stretch(s->d, view, gfn, &nr);

            for (uint64_t i = 0; i < nr && gfn + i < SCENE_HOLE + 8; i++) {
                struct altp2m_mapping to = altp2m_translate(s->d, view, gfn + i).to;

                assert_int_equal(to.type, m.type);
                assert_true(to.type == ALTP2M_TYPE_NONE || to.mfn == m.mfn + i);
            }
        }
}

/* Whether it has changed since the last call. */
static bool moved(uint64_t *told)
{
    static uint64_t last;
    bool changed = *told != last;

    last = *told;
    return changed;
}

static void moves_are_told(void **state)
{
    struct scene *s = *state;
    static uint64_t told; /* the scene's end changes it as well */
    uint16_t view;

    altp2m_tell_moves(s->d, &told);
    assert_true(told == s->d->moves);
    moved(&told);
    assert_int_equal(altp2m_remap(s->d, 1, 0x30, 0x31, true), 0);
    assert_true(moved(&told));
    assert_int_equal(altp2m_remap(s->d, 1, 0x30, 0x32, true), 0);
    assert_true(moved(&told));
    assert_int_equal(altp2m_remap(s->d, 1, 0x30, ALTP2M_INVALID_GFN, true), 0);
    assert_true(moved(&told));
    assert_int_equal(altp2m_host_unmap(s->d, 0x40, 1), 0);
    assert_true(moved(&told));
    assert_int_equal(altp2m_host_map(s->d, 0x40, 1, scene_ram(0x777)), 0);
    assert_true(moved(&told));
    assert_int_equal(altp2m_host_map(s->d, SCENE_LARGE, 0x200, scene_ram(0x1000)), 0);
    assert_true(moved(&told));
    view = scene_create(s, XENMEM_access_rwx);
    moved(&told);
    assert_int_equal(altp2m_view_destroy(s->d, view), 0);
    assert_true(moved(&told));
    altp2m_tell_moves(s->d, NULL);
    assert_int_equal(altp2m_remap(s->d, 1, 0x30, 0x31, true), 0);
    assert_false(moved(&told));
}

/* A client's changes are taken back: only the remap, or all. */
static void what_is_taken_back_is_told(void **state)
{
    struct altp2m_setting remapped, own;
    struct scene *s = *state;
    static uint64_t told; /* the scene's end changes it as well */

    assert_int_equal(altp2m_remap(s->d, 1, 0x30, 0x31, true), 0);
    scene_set_access(s, 1, 0x30, XENMEM_access_r);
    remapped = altp2m_get_setting(s->d, 1, 0x30);
    own = remapped;
    own.target = ALTP2M_INVALID_GFN;
    altp2m_tell_moves(s->d, &told);
    moved(&told);
    assert_int_equal(altp2m_put_setting(s->d, 1, 0x30, &own), 0);
    assert_true(moved(&told));
    assert_int_equal(altp2m_put_setting(s->d, 1, 0x30, &remapped), 0);
    assert_true(moved(&told));
    own.access = s->d->views[1].default_access;
    assert_int_equal(altp2m_put_setting(s->d, 1, 0x30, &own), 0);
    assert_true(moved(&told));
}

/* Views go, and view 0's remaps, when altp2m is turned off. */
static void an_end_of_all_views_is_told(void **state)
{
    struct scene *s = *state;
    static uint64_t told; /* the scene's end changes it as well */

    assert_int_equal(altp2m_remap(s->d, 0, 0x30, 0x31, true), 0);
    altp2m_tell_moves(s->d, &told);
    moved(&told);
    assert_int_equal(altp2m_set_active(s->d, false), 0);
    assert_true(moved(&told));
    assert_true(told == s->d->moves);
}

/* A change of a page's access does not change the page. */
static void other_changes_are_not(void **state)
{
    struct scene *s = *state;
    static uint64_t told; /* the scene's end changes it as well */

    altp2m_tell_moves(s->d, &told);
    moved(&told);
    scene_set_access(s, 1, 0x30, XENMEM_access_r);
    scene_set_access(s, 1, 0x11, XENMEM_access_r); /* a remap */
    assert_int_equal(altp2m_set_suppress_ve(s->d, 1, 0x31, false), 0);
    assert_int_equal(altp2m_lift(s->d, 1, 0x30), 0);
    altp2m_vcpu_enter(s->d, &s->d->config.vcpus[0], 1);
    assert_int_equal(altp2m_remap(s->d, 9, 0x30, 0x31, true), -XEN_EINVAL);
    assert_int_equal(altp2m_host_map(s->d, 0, 0, scene_ram(1)), -XEN_EINVAL);
    assert_false(moved(&told));
}

/* The page behind a gfn is the old one until the engine has told of it: the test checks that in a
 * flush. */
static uint64_t told_in_order, before;
static bool in_order;

static void flush_is_later(void *context, uint64_t eptp)
{
    (void)context;
    (void)eptp;
    in_order &= told_in_order != before;
}

static void it_is_told_before(void **state)
{
    struct scene *s = *state;
    const struct altp2m_host host = s->d->host;

    altp2m_tell_moves(s->d, &told_in_order);
    s->d->host.flush = flush_is_later;
    in_order = true;
    before = told_in_order;
    assert_int_equal(altp2m_host_unmap(s->d, 0x40, 1), 0);
    before = told_in_order;
    assert_int_equal(altp2m_remap(s->d, 1, 0x30, 0x31, true), 0);
    before = told_in_order;
    assert_int_equal(altp2m_remap(s->d, 1, 0x30, ALTP2M_INVALID_GFN, true), 0);
    s->d->host = host;
    assert_true(in_order);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_stretch_is_what_one_leaf_says),
        TEST(stretches_agree_with_translations),
        TEST(moves_are_told),
        TEST(what_is_taken_back_is_told),
        TEST(an_end_of_all_views_is_told),
        TEST(other_changes_are_not),
        TEST(it_is_told_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
