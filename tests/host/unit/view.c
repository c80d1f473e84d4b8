/* SPDX-License-Identifier: BSD-2-Clause */
/* Creation, destruction and visibility of views. */
#include "unit/scene.h"

static uint64_t listed(const struct scene *s, unsigned int view)
{
    return sim_machine_visible_list(&s->machine, 0)[view];
}

/* Complete at its creation, with one page: it needs no fault to fill it. */
static void fresh_view_is_complete_and_costs_a_page(void **state)
{
    struct scene *s = *state;
    uint32_t before = s->machine.memory.used;
    uint16_t view = scene_create(s, XENMEM_access_rx);
    uint64_t mfn;

    assert_int_equal(view, 4);
    assert_int_equal(s->machine.memory.used, before + 1);
    assert_int_equal(scene_rights(s, view, 0x55, &mfn), ALTP2M_R | ALTP2M_X);
    assert_int_equal(mfn, 0x55 + SCENE_MFN);
    assert_int_equal(scene_rights(s, view, SCENE_LARGE + 0x12345, &mfn), ALTP2M_R | ALTP2M_X);
    assert_int_equal(mfn, SCENE_LARGE + 0x12345 + SCENE_MFN);
    assert_true(listed(s, view) == altp2m_view_eptp(s->d, view));
}

/* An EPTP list has 512 entries; one more view has no slot. */
static void five_hundred_and_twelve_views(void **state)
{
    struct scene *s = scene_new();
    struct altp2m_config config = sim_machine_config(&s->machine);
    uint16_t view = 0;

    (void)state;
    config.view_count = ALTP2M_MAX_VIEWS;
    scene_start(s, &config);
    altp2m_set_active(s->d, true);
    for (unsigned int i = 1; i < ALTP2M_MAX_VIEWS; i++)
        assert_int_equal(scene_create(s, XENMEM_access_rwx), i);
    assert_int_equal(altp2m_view_create(s->d, XENMEM_access_rwx, &view), -XEN_EINVAL);
    assert_int_equal(altp2m_view_by_eptp(s->d, listed(s, 511)), 511);
    assert_int_equal(altp2m_switch_all(s->d, 511), 0);
    scene_set_access(s, 511, 3, XENMEM_access_n);
    assert_int_equal(scene_rights(s, 511, 3, NULL), 0);
    assert_int_equal(scene_rights(s, 510, 3, NULL), ALTP2M_RWX);
    scene_end(s);
}

static void lowest_free_slot_is_taken(void **state)
{
    struct scene *s = *state;

    assert_int_equal(scene_create(s, XENMEM_access_rwx), 4);
    assert_int_equal(altp2m_view_destroy(s->d, 2), 0);
    assert_int_equal(scene_create(s, XENMEM_access_rw), 2);
    /* No setting of the former view 2 is left. */
    assert_int_equal(scene_rights(s, 2, 0x10, NULL), ALTP2M_R | ALTP2M_W);
}

static void recreated_view_is_visible(void **state)
{
    struct scene *s = *state;

    assert_int_equal(altp2m_view_destroy(s->d, 3), 0);
    assert_true(listed(s, 3) == ~UINT64_C(0));
    assert_int_equal(scene_create(s, XENMEM_access_rwx), 3);
    assert_true(altp2m_view_is_visible(s->d, 3));
}

static void create_without_pages(void **state)
{
    struct scene *s = *state;
    uint64_t before = scene_fingerprint(s);
    uint16_t view = 77;

    sim_memory_fail_at(&s->machine.memory, 1, true);
    assert_int_equal(altp2m_view_create(s->d, XENMEM_access_rwx, &view), -XEN_ENOMEM);
    assert_int_equal(view, 77);
    sim_memory_fail_at(&s->machine.memory, 0, false);
    assert_true(scene_fingerprint(s) == before);
}

/* Hidden means that VMFUNC does not find it, and that the domain-wide switch refuses it. It is
 * still a view. */
static void hidden_view_is_out_of_reach(void **state)
{
    struct scene *s = *state;

    assert_true(listed(s, 3) == ~UINT64_C(0));
    assert_true(altp2m_view_is_live(s->d, 3));
    assert_int_equal(altp2m_switch_all(s->d, 3), -XEN_EINVAL);
    scene_set_access(s, 3, 1, XENMEM_access_r);
    assert_int_equal(altp2m_set_visibility(s->d, 3, true), 0);
    assert_true(listed(s, 3) == altp2m_view_eptp(s->d, 3));
    assert_int_equal(altp2m_switch_all(s->d, 3), 0);
    assert_int_equal(scene_rights(s, 3, 1, NULL), ALTP2M_R);
}

/* A vCPU in a hidden view stays until it leaves. */
static void hiding_moves_nobody(void **state)
{
    struct scene *s = *state;

    assert_int_equal(altp2m_set_visibility(s->d, 1, false), 0);
    assert_int_equal(s->machine.vcpus[1].view, 1);
    assert_int_equal(altp2m_view_destroy(s->d, 1), -XEN_EBUSY);
    assert_int_equal(altp2m_switch_all(s->d, 0), 0);
    assert_int_equal(s->machine.vcpus[1].view, 0);
    assert_int_equal(altp2m_switch_all(s->d, 1), -XEN_EINVAL);
}

static void view_0_can_be_hidden(void **state)
{
    struct scene *s = *state;

    assert_int_equal(altp2m_set_visibility(s->d, 0, false), 0);
    assert_true(listed(s, 0) == ~UINT64_C(0));
    assert_int_equal(altp2m_switch_all(s->d, 0), -XEN_EINVAL);
    assert_int_equal(altp2m_set_visibility(s->d, 0, true), 0);
    assert_int_equal(altp2m_switch_all(s->d, 0), 0);
}

static void indices_without_a_view(void **state)
{
    static const unsigned int none[] = {4, 9, 10, 511, 512, 513, 65535, UINT32_MAX};
    struct scene *s = *state;
    uint64_t before = scene_fingerprint(s);
    uint16_t access;
    bool suppress;

    for (size_t i = 0; i < COUNT(none); i++) {
        unsigned int view = none[i];

        assert_false(altp2m_view_is_live(s->d, view));
        assert_false(altp2m_view_is_visible(s->d, view));
        assert_int_equal(altp2m_view_destroy(s->d, view), -XEN_EBUSY);
        assert_int_equal(altp2m_switch_all(s->d, view), -XEN_EINVAL);
        assert_int_equal(altp2m_set_visibility(s->d, view, true), -XEN_EINVAL);
        assert_int_equal(altp2m_set_access(s->d, view, 1, 7), -XEN_EINVAL);
        assert_int_equal(altp2m_get_access(s->d, view, 1, &access), -XEN_EINVAL);
        assert_int_equal(altp2m_set_suppress_ve(s->d, view, 1, true), -XEN_EINVAL);
        assert_int_equal(altp2m_get_suppress_ve(s->d, view, 1, &suppress), -XEN_EINVAL);
        assert_int_equal(altp2m_remap(s->d, view, 1, 2, true), -XEN_EINVAL);
        assert_int_equal(altp2m_view_clone(s->d, view, &access), -XEN_EINVAL);
        assert_int_equal(altp2m_vcpu_enter(s->d, &s->machine.vcpus[0], view), -XEN_EINVAL);
    }
    assert_true(scene_fingerprint(s) == before);
}

/* Xen rewrites the other views when view 0 changes; here a view's settings are its own. */
static void views_are_independent(void **state)
{
    struct scene *s = *state;

    scene_set_access(s, 0, 0x40, XENMEM_access_n);
    assert_int_equal(scene_rights(s, 1, 0x40, NULL), ALTP2M_RWX);
    assert_int_equal(scene_rights(s, 2, 0x40, NULL), ALTP2M_R);
    scene_set_access(s, 2, 0x40, XENMEM_access_rw);
    assert_int_equal(scene_rights(s, 0, 0x40, NULL), 0);
    assert_int_equal(scene_rights(s, 1, 0x40, NULL), ALTP2M_RWX);
}

/* A monitor moves one vCPU, also to a view that the guest may not enter; the others stay. */
static void one_vcpu_enters(void **state)
{
    struct scene *s = *state;
    struct altp2m_vcpu *vcpus = s->machine.vcpus;
    unsigned int changes = s->machine.changes;

    assert_int_equal(altp2m_vcpu_enter(s->d, &vcpus[0], 3), 0);
    assert_int_equal(vcpus[0].view, 3);
    assert_int_equal(vcpus[1].view, 1);
    assert_int_equal(vcpus[2].view, 0);
    assert_int_equal(s->machine.changes, changes + 1);
    assert_int_equal(altp2m_view_destroy(s->d, 3), -XEN_EBUSY);
    /* A move to the same view is no change. */
    assert_int_equal(altp2m_vcpu_enter(s->d, &vcpus[0], 3), 0);
    assert_int_equal(s->machine.changes, changes + 1);
    assert_int_equal(altp2m_vcpu_enter(s->d, &vcpus[0], 0), 0);
    assert_int_equal(altp2m_view_destroy(s->d, 3), 0);
    assert_int_equal(altp2m_vcpu_enter(s->d, &vcpus[0], 3), -XEN_EINVAL);
    altp2m_set_active(s->d, false);
    assert_int_equal(altp2m_vcpu_enter(s->d, &vcpus[0], 0), 0);
    assert_int_equal(altp2m_vcpu_enter(s->d, &vcpus[0], 1), -XEN_EINVAL);
}

int main(void)
{
#define ACTIVE(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)
    static const struct CMUnitTest tests[] = {
        ACTIVE(fresh_view_is_complete_and_costs_a_page),
        cmocka_unit_test(five_hundred_and_twelve_views),
        ACTIVE(lowest_free_slot_is_taken),
        ACTIVE(recreated_view_is_visible),
        ACTIVE(create_without_pages),
        ACTIVE(hidden_view_is_out_of_reach),
        ACTIVE(hiding_moves_nobody),
        ACTIVE(view_0_can_be_hidden),
        ACTIVE(indices_without_a_view),
        ACTIVE(views_are_independent),
        ACTIVE(one_vcpu_enters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
