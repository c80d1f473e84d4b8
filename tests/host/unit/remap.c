/* SPDX-License-Identifier: BSD-2-Clause */
/* One page in place of another, in one view (change_gfn). */
#include "unit/scene.h"

static uint64_t shown(const struct scene *s, unsigned int view, uint64_t gfn)
{
    uint64_t mfn;

    scene_rights(s, view, gfn, &mfn);
    return mfn;
}

/* Only in that view, and with the target's access there. */
static void remap_shows_the_other_page(void **state)
{
    struct scene *s = *state;

    assert_int_equal(shown(s, 1, 0x11), 0x12 + SCENE_MFN);
    assert_int_equal(shown(s, 0, 0x11), 0x11 + SCENE_MFN);
    assert_int_equal(altp2m_remap(s->d, 1, 0x30, 0x10, true), 0);
    assert_int_equal(shown(s, 1, 0x30), 0x10 + SCENE_MFN);
    assert_int_equal(scene_rights(s, 1, 0x30, NULL), ALTP2M_R);
    assert_int_equal(s->d->views[1].remaps, 2);
}

/* Xen leaves a hole that raises #VE. */
static void undo_shows_the_own_page_again(void **state)
{
    struct scene *s = *state;
    bool suppress = false;

    assert_int_equal(altp2m_remap(s->d, 1, 0x11, ALTP2M_INVALID_GFN, false), 0);
    assert_int_equal(shown(s, 1, 0x11), 0x11 + SCENE_MFN);
    assert_int_equal(scene_rights(s, 1, 0x11, NULL), ALTP2M_RWX);
    assert_int_equal(altp2m_get_suppress_ve(s->d, 1, 0x11, &suppress), 0);
    assert_true(suppress);
    assert_int_equal(s->d->views[1].remaps, 0);
    /* An undo without a remap is not an error, even for a gfn that can't have one. */
    assert_int_equal(altp2m_remap(s->d, 1, 0x11, ALTP2M_INVALID_GFN, false), 0);
    assert_int_equal(altp2m_remap(s->d, 1, SCENE_HOLE, ALTP2M_INVALID_GFN, false), 0);
    assert_int_equal(altp2m_remap(s->d, 1, SCENE_BEYOND, ALTP2M_INVALID_GFN, false), 0);
}

static void remap_follows_the_host_mapping_of_its_target(void **state)
{
    struct scene *s = *state;

    assert_int_equal(altp2m_host_map(s->d, 0x12, 1, scene_ram(0x777)), 0);
    assert_int_equal(shown(s, 1, 0x11), 0x777);
    assert_int_equal(altp2m_host_unmap(s->d, 0x12, 1), 0);
    assert_int_equal(scene_rights(s, 1, 0x11, NULL), 0);
    /* A change of the gfn's own page does not affect it. */
    assert_int_equal(altp2m_host_map(s->d, 0x11, 1, scene_ram(0x888)), 0);
    assert_int_equal(scene_rights(s, 1, 0x11, NULL), 0);
    assert_int_equal(altp2m_host_map(s->d, 0x12, 1, scene_ram(0x999)), 0);
    assert_int_equal(shown(s, 1, 0x11), 0x999);
    assert_int_equal(altp2m_remap(s->d, 1, 0x11, ALTP2M_INVALID_GFN, false), 0);
    assert_int_equal(shown(s, 1, 0x11), 0x888);
}

/* A change of access keeps the remap, and a remap keeps the access. */
static void access_of_a_remapped_gfn(void **state)
{
    struct scene *s = *state;

    scene_set_access(s, 1, 0x11, XENMEM_access_r);
    assert_int_equal(shown(s, 1, 0x11), 0x12 + SCENE_MFN);
    assert_int_equal(scene_rights(s, 1, 0x11, NULL), ALTP2M_R);
    scene_set_access(s, 1, 0x11, XENMEM_access_rwx);
    assert_int_equal(shown(s, 1, 0x11), 0x12 + SCENE_MFN);
    assert_true(altp2m_translate(s->d, 1, 0x11).remapped);
}

/* The target's page in that view counts, as in Xen. */
static void remap_of_a_remap(void **state)
{
    struct scene *s = *state;

    assert_int_equal(altp2m_remap(s->d, 1, 0x30, 0x11, true), 0);
    assert_int_equal(shown(s, 1, 0x30), 0x12 + SCENE_MFN);
    assert_int_equal(altp2m_remap(s->d, 1, 0x11, ALTP2M_INVALID_GFN, true), 0);
    assert_int_equal(shown(s, 1, 0x30), 0x12 + SCENE_MFN);
}

static void only_ram_is_remapped(void **state)
{
    static const uint64_t not_ram[] = {SCENE_DEVICE, SCENE_HOLE, SCENE_BEYOND};
    struct scene *s = *state;
    uint64_t before = scene_fingerprint(s);

    for (size_t i = 0; i < COUNT(not_ram); i++) {
        assert_int_equal(altp2m_remap(s->d, 1, not_ram[i], 0x12, true), -XEN_ESRCH);
        assert_int_equal(altp2m_remap(s->d, 1, 0x12, not_ram[i], true), -XEN_ESRCH);
    }
    assert_int_equal(altp2m_remap(s->d, 9, 0x12, 0x13, true), -XEN_EINVAL);
    assert_true(scene_fingerprint(s) == before);
}

/* Many, so that bookkeeping takes several pages, in an order that leaves holes in them. */
static void many_remaps(void **state)
{
    struct scene *s = *state;

    for (unsigned int view = 2; view < 4; view++)
        for (uint64_t gfn = 0; gfn < 0x80; gfn++)
            assert_int_equal(altp2m_remap(s->d, view, gfn, gfn + 0x80, true), 0);
    for (uint64_t gfn = 0; gfn < 0x100; gfn++)
        assert_int_equal(altp2m_host_map(s->d, gfn, 1, scene_ram(0x5000 + gfn)), 0);
    for (uint64_t gfn = 0; gfn < 0x80; gfn++)
        assert_int_equal(shown(s, 3, gfn), 0x5080 + gfn);
    for (uint64_t i = 0; i < 0x100; i += 3)
        assert_int_equal(altp2m_remap(s->d, 2 + (i & 1), i >> 1, ALTP2M_INVALID_GFN, false), 0);
    sim_machine_check_pages(&s->machine);
}

/* In a view that has tables for the gfn. */
static uint32_t pages_taken(const struct scene *s, uint64_t gfn, uint64_t target)
{
    uint32_t before = s->machine.memory.used;

    assert_int_equal(altp2m_remap(s->d, 3, gfn, target, true), 0);
    return s->machine.memory.used - before;
}

/* To clear few remaps the engine reads few pages: a page of nodes, then a table where two gfns
 * part. */
static void few_remaps_take_few_pages(void **state)
{
    struct scene *s = *state;

    assert_int_equal(altp2m_remap(s->d, 1, 0x11, ALTP2M_INVALID_GFN, false), 0);
    assert_int_equal(altp2m_set_access(s->d, 3, 0xf0, XENMEM_access_r), 0);
    assert_int_equal(pages_taken(s, 0x20, 0x10), 1);
    assert_int_equal(pages_taken(s, 0x21, 0x10), 1);
    assert_int_equal(pages_taken(s, 0x22, 0x11), 1);
    assert_int_equal(pages_taken(s, 0x23, 0x12), 0);
    sim_machine_check_pages(&s->machine);
}

/* Gfns that part at each level, added and undone in every order of near and far. */
static void near_and_far(void **state)
{
    static const uint64_t gfns[] = {0x20, 0x21, SCENE_LARGE + 1, SCENE_LARGE + 0x100,
                                    SCENE_LARGE + 0x101};
    struct scene *s = *state;

    for (size_t first = 0; first < COUNT(gfns); first++) {
        for (size_t step = 1; step < COUNT(gfns); step++) {
            for (size_t i = 0; i < COUNT(gfns); i++)
                assert_int_equal(altp2m_remap(s->d, 3, gfns[(first + i * step) % COUNT(gfns)],
                                              gfns[i] ^ 0x10, true),
                                 0);
            for (size_t i = 0; i < COUNT(gfns); i++)
                assert_int_equal(altp2m_host_map(s->d, gfns[i] ^ 0x10, 1, scene_ram(0x5000 + i)),
                                 0);
            for (size_t i = 0; i < COUNT(gfns); i++)
                assert_int_equal(shown(s, 3, gfns[(first + i * step) % COUNT(gfns)]), 0x5000 + i);
            for (size_t i = 0; i < COUNT(gfns); i++)
                assert_int_equal(altp2m_remap(s->d, 3, gfns[i], ALTP2M_INVALID_GFN, true), 0);
            sim_machine_check_pages(&s->machine);
        }
    }
    assert_int_equal(s->d->views[3].remaps, 0);
}

#define MOST       8192         /* remaps: the scene's memory is small */
#define BATCHES(n) ((n) / 1024) /* at least: engine/view_end.c */

/* Many remaps of view 3, all to one page, as a guest would choose them. */
static void remap_to_one(const struct scene *s)
{
    for (uint64_t i = 0; i < MOST; i++)
        assert_int_equal(altp2m_remap(s->d, 3, SCENE_LARGE + i, 0x10, true), 0);
}

/* A view with many remaps goes in many calls, and no caller can use it in between. */
static void destroyed_in_batches(void **state)
{
    struct scene *s = *state;
    uint64_t left = UINT64_MAX;
    unsigned int calls = 1;
    uint16_t view;
    int rc;

    remap_to_one(s);
    for (; (rc = altp2m_view_destroy(s->d, 3)) == -ALTP2M_ERESTART; calls++) {
        assert_true(altp2m_left(s->d) < left);
        left = altp2m_left(s->d);
        assert_false(altp2m_view_is_live(s->d, 3));
        assert_int_equal(altp2m_remap(s->d, 3, 0x20, 0x21, true), -XEN_EINVAL);
        assert_int_equal(altp2m_host_map(s->d, 0x10, 1, scene_ram(0x6000 + calls)), 0);
        assert_int_equal(altp2m_view_create(s->d, XENMEM_access_rwx, &view), 0);
        assert_int_not_equal(view, 3);
        assert_int_equal(altp2m_view_destroy(s->d, view), 0);
    }
    assert_int_equal(rc, 0);
    assert_true(calls >= BATCHES(MOST));
    assert_int_equal(altp2m_left(s->d), 0);
    assert_int_equal(altp2m_view_destroy(s->d, 3), -XEN_EBUSY);
    sim_machine_check_pages(&s->machine);
}

/* Between the batches the guest gives pages back: the engine must not ask a view without tables. */
static void a_page_is_given_back_between_batches(void **state)
{
    struct scene *s = *state;

    s->d->config.mode = ALTP2M_MODE_EXTERNAL;
    assert_int_equal(altp2m_view_destroy(s->d, 2), 0); /* it restricts every page */
    remap_to_one(s);
    assert_false(altp2m_guest_may_change(s->d, 0, SCENE_LARGE));
    assert_int_equal(altp2m_view_destroy(s->d, 3), -ALTP2M_ERESTART);
    assert_true(altp2m_guest_may_change(s->d, 0, SCENE_LARGE));
    assert_int_equal(altp2m_host_unmap(s->d, SCENE_LARGE, 1), 0);
    assert_int_equal(altp2m_set_active(s->d, false), -ALTP2M_ERESTART);
    assert_true(altp2m_guest_may_change(s->d, 0, SCENE_LARGE + MOST - 1));
    assert_int_equal(altp2m_host_unmap(s->d, SCENE_LARGE + MOST - 1, 1), 0);
    while (altp2m_set_active(s->d, true)) {
    }
    sim_machine_check_pages(&s->machine);
}

/* Turning altp2m off works in the same way; it can be turned on again only when all is gone. */
static void turned_off_in_batches(void **state)
{
    struct scene *s = *state;
    unsigned int calls = 1;

    remap_to_one(s);
    for (uint64_t i = 0; i < 0x200; i++)
        assert_int_equal(altp2m_remap(s->d, 0, SCENE_LARGE + i, 0x10, true), 0);
    assert_int_equal(altp2m_set_active(s->d, false), -ALTP2M_ERESTART);
    assert_false(s->d->active);
    while (altp2m_set_active(s->d, true)) {
        assert_false(s->d->active);
        calls++;
    }
    assert_true(s->d->active);
    assert_true(calls >= BATCHES(MOST + 0x200));
    assert_int_equal(s->d->views[0].remaps, 0);
    sim_machine_check_pages(&s->machine);
}

/* Another target, with any one page refused: nothing has changed. */
static void retarget_without_pages(void **state)
{
    struct scene *s = *state;
    uint64_t before;
    uint32_t n = 1;
    int rc;

    assert_int_equal(altp2m_remap(s->d, 3, 0x10, 0x11, true), 0);
    before = scene_fingerprint(s);
    for (;; n++) {
        sim_memory_fail_at(&s->machine.memory, n, false);
        rc = altp2m_remap(s->d, 3, 0x10, SCENE_LARGE + 0x100, true);
        if (!rc)
            break;
        assert_int_equal(rc, -XEN_ENOMEM);
        assert_true(scene_fingerprint(s) == before);
    }
    sim_memory_fail_at(&s->machine.memory, 0, false);
    assert_true(n > 1);
    sim_machine_check_pages(&s->machine);
}

int main(void)
{
#define ACTIVE(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)
    static const struct CMUnitTest tests[] = {
        ACTIVE(remap_shows_the_other_page),
        ACTIVE(undo_shows_the_own_page_again),
        ACTIVE(remap_follows_the_host_mapping_of_its_target),
        ACTIVE(access_of_a_remapped_gfn),
        ACTIVE(remap_of_a_remap),
        ACTIVE(only_ram_is_remapped),
        ACTIVE(many_remaps),
        ACTIVE(few_remaps_take_few_pages),
        ACTIVE(near_and_far),
        ACTIVE(destroyed_in_batches),
        ACTIVE(a_page_is_given_back_between_batches),
        ACTIVE(turned_off_in_batches),
        ACTIVE(retarget_without_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
