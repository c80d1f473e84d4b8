/* SPDX-License-Identifier: BSD-2-Clause */
/* A view with all settings of another. */
#include "unit/scene.h"

static uint16_t clone(struct scene *s, unsigned int from)
{
    uint16_t view = UINT16_MAX;

    assert_int_equal(altp2m_view_clone(s->d, from, &view), 0);
    return view;
}

static void assert_same_translation(const struct scene *s, unsigned int a, unsigned int b,
                                    uint64_t gfn)
{
    struct altp2m_translation x = altp2m_translate(s->d, a, gfn);
    struct altp2m_translation y = altp2m_translate(s->d, b, gfn);
    uint64_t mfn_x, mfn_y;

    assert_true(x.to.mfn == y.to.mfn && x.to.type == y.to.type);
    assert_int_equal(x.access, y.access);
    assert_int_equal(x.suppress_ve, y.suppress_ve);
    assert_int_equal(x.overridden, y.overridden);
    assert_int_equal(x.remapped, y.remapped);
    assert_int_equal(scene_rights(s, a, gfn, &mfn_x), scene_rights(s, b, gfn, &mfn_y));
    assert_true(mfn_x == mfn_y);
}

static void assert_same(const struct scene *s, unsigned int a, unsigned int b)
{
    const struct altp2m_view *x = &s->d->views[a], *y = &s->d->views[b];

    for (unsigned int i = 0; i < s->machine.gfns.count; i++)
        assert_same_translation(s, a, b, s->machine.gfns.gfn[i]);
    for (uint64_t gfn = 0; gfn < 0x110; gfn++)
        assert_same_translation(s, a, b, gfn);
    assert_int_equal(x->default_access, y->default_access);
    assert_int_equal(x->overrides, y->overrides);
    assert_int_equal(x->remaps, y->remaps);
    assert_int_equal(x->table_pages, y->table_pages);
}

static void every_view_can_be_cloned(void **state)
{
    struct scene *s = *state;

    scene_set_access(s, 0, 0x30, XENMEM_access_n);
    altp2m_set_suppress_ve(s->d, 2, SCENE_HOLE, false);
    for (unsigned int from = 0; from < 4; from++) {
        uint16_t view = clone(s, from);

        assert_int_equal(view, from + 4);
        assert_true(altp2m_view_is_visible(s->d, view));
        assert_same(s, from, view);
    }
}

static void fresh_view_costs_a_page(void **state)
{
    struct scene *s = *state;
    uint32_t before = s->machine.memory.used;

    clone(s, 3);
    assert_int_equal(s->machine.memory.used, before + 1);
}

/* From then on each changes separately, and either may go first. */
static void clones_are_independent(void **state)
{
    struct scene *s = *state;
    uint16_t view = clone(s, 1);

    scene_set_access(s, view, 0x10, XENMEM_access_rw);
    assert_int_equal(scene_access(s, 1, 0x10), XENMEM_access_r);
    assert_int_equal(altp2m_remap(s->d, 1, 0x11, ALTP2M_INVALID_GFN, true), 0);
    assert_true(altp2m_translate(s->d, view, 0x11).remapped);
    assert_int_equal(altp2m_switch_all(s->d, 0), 0);
    assert_int_equal(altp2m_view_destroy(s->d, 1), 0);
    assert_int_equal(scene_rights(s, view, 0x10, NULL), ALTP2M_R | ALTP2M_W);
    assert_true(altp2m_translate(s->d, view, 0x11).to.mfn == 0x12 + SCENE_MFN);
}

/* The clone's own tables and remaps must be found when the host changes. */
static void clone_follows_the_host(void **state)
{
    struct scene *s = *state;
    uint16_t view = clone(s, 1);
    uint64_t mfn;

    assert_int_equal(altp2m_host_map(s->d, 0x10, 1, scene_ram(0x1234)), 0);
    assert_int_equal(scene_rights(s, view, 0x10, &mfn), ALTP2M_R);
    assert_int_equal(mfn, 0x1234);
    assert_int_equal(altp2m_host_map(s->d, 0x12, 1, scene_ram(0x1235)), 0);
    assert_int_equal(scene_rights(s, view, 0x11, &mfn), ALTP2M_RWX);
    assert_int_equal(mfn, 0x1235);
    assert_int_equal(altp2m_host_map(s->d, 0x40, 1, scene_ram(0x1236)), 0);
    assert_int_equal(scene_rights(s, view, 0x40, &mfn), ALTP2M_RWX);
    assert_int_equal(mfn, 0x1236);
}

/* With the last override its tables go, as in any view. */
static void tables_of_a_clone_go(void **state)
{
    struct scene *s = *state;
    uint16_t view = clone(s, 1);

    for (uint64_t gfn = 0x10; gfn < 0x14; gfn++)
        assert_int_equal(altp2m_remap(s->d, view, gfn, ALTP2M_INVALID_GFN, true), 0);
    assert_int_equal(s->d->views[view].table_pages, 1);
    assert_int_equal(s->d->views[view].overrides, 0);
    assert_int_equal(s->d->views[view].own_entries, 0);
}

/* Nodes for remaps come by the page: here they need more than one page. */
static void many_remaps(void **state)
{
    struct scene *s = *state;
    uint16_t view;

    for (uint64_t i = 0; i < 0x200; i++)
        assert_int_equal(altp2m_remap(s->d, 2, SCENE_LARGE + i, SCENE_LARGE + 0x1000 + i, true), 0);
    view = clone(s, 2);
    assert_int_equal(s->d->views[view].remaps, 0x200);
    for (uint64_t i = 0; i < 0x200; i++)
        assert_same_translation(s, 2, view, SCENE_LARGE + i);
    assert_int_equal(altp2m_view_destroy(s->d, 2), 0);
    assert_int_equal(altp2m_host_map(s->d, SCENE_LARGE + 0x1005, 1, scene_ram(0x77)), 0);
    assert_true(altp2m_translate(s->d, view, SCENE_LARGE + 5).to.mfn == 0x77);
}

/* However full others have made the current page of nodes. */
static void remaps_beside_others(void **state)
{
    struct scene *s = *state;

    for (uint64_t i = 0; i < 0x100; i++) {
        uint16_t view;

        assert_int_equal(altp2m_remap(s->d, 2, SCENE_LARGE + i, SCENE_LARGE + 0x1000 + i, true), 0);
        view = clone(s, 1);
        assert_true(altp2m_translate(s->d, view, 0x11).remapped);
        assert_int_equal(altp2m_view_destroy(s->d, view), 0);
    }
}

static void name_policy_and_count_stay_behind(void **state)
{
    static const char name[ALTP2M_NAME_SIZE] = "original";
    struct scene *s = *state;
    uint16_t view;

    assert_int_equal(altp2m_view_set_name(s->d, 1, name), 0);
    assert_int_equal(altp2m_set_policy(s->d, 1, ALTP2M_POLICY_STEP, 2), 0);
    assert_int_equal(altp2m_set_visibility(s->d, 1, false), 0);
    altp2m_violation(s->d, &s->machine.vcpus[1], 0x10, ALTP2M_W);
    assert_int_equal(s->d->views[1].violations, 1);
    view = clone(s, 1);
    assert_string_equal(s->d->views[view].name, "");
    assert_int_equal(s->d->views[view].policy, ALTP2M_POLICY_NONE);
    assert_int_equal(s->d->views[view].violations, 0);
    assert_true(altp2m_view_is_visible(s->d, view));
}

static void without_pages(void **state)
{
    struct scene *s = *state;
    uint64_t before = scene_fingerprint(s);
    unsigned int refused = 0;
    uint16_t view = 77;

    for (uint32_t n = 1;; n++) {
        sim_memory_fail_at(&s->machine.memory, n, false);
        if (!altp2m_view_clone(s->d, 1, &view))
            break;
        assert_int_equal(view, 77);
        assert_true(scene_fingerprint(s) == before);
        refused++;
    }
    sim_memory_fail_at(&s->machine.memory, 0, false);
    /* At least a root and three tables. */
    assert_true(refused >= 4);
    assert_same(s, 1, view);
}

static void without_a_slot(void **state)
{
    struct scene *s = *state;
    uint64_t before;
    uint16_t view = 77;

    while (!altp2m_view_create(s->d, XENMEM_access_r, &view))
        ;
    before = scene_fingerprint(s);
    view = 77;
    assert_int_equal(altp2m_view_clone(s->d, 1, &view), -XEN_EINVAL);
    assert_int_equal(view, 77);
    assert_true(scene_fingerprint(s) == before);
}

/* While altp2m is off, a view 0 to clone does not exist. */
static void while_off(void **state)
{
    struct scene *s = *state;
    uint16_t view;

    altp2m_set_active(s->d, false);
    assert_int_equal(altp2m_view_clone(s->d, 0, &view), -XEN_EINVAL);
}

int main(void)
{
#define ACTIVE(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)
    static const struct CMUnitTest tests[] = {
        ACTIVE(every_view_can_be_cloned),
        ACTIVE(fresh_view_costs_a_page),
        ACTIVE(clones_are_independent),
        ACTIVE(clone_follows_the_host),
        ACTIVE(tables_of_a_clone_go),
        ACTIVE(many_remaps),
        ACTIVE(remaps_beside_others),
        ACTIVE(name_policy_and_count_stay_behind),
        ACTIVE(without_pages),
        ACTIVE(without_a_slot),
        ACTIVE(while_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
