/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and policies of views. */
#include "unit/scene.h"

static int set_name(struct scene *s, unsigned int view, const char *name)
{
    char padded[ALTP2M_NAME_SIZE];

    /* In a peer's form: without zeros after the name. */
    memset(padded, '!', sizeof(padded));
    memcpy(padded, name, strnlen(name, sizeof(padded) - 1) + 1);
    return altp2m_view_set_name(s->d, view, padded);
}

static void names(void **state)
{
    static const char *const good[] = {"a", "Z9", "monitor-2", "a.b_c", "fifteen.letters"};
    struct scene *s = *state;

    for (size_t i = 0; i < COUNT(good); i++) {
        static const char zeros[ALTP2M_NAME_SIZE];
        const char *name = s->d->views[3].name;
        size_t length = strlen(good[i]);

        assert_int_equal(set_name(s, 3, good[i]), 0);
        assert_string_equal(name, good[i]);
        assert_memory_equal(name + length, zeros, ALTP2M_NAME_SIZE - length);
    }
    assert_int_equal(set_name(s, 3, ""), 0);
    assert_string_equal(s->d->views[3].name, "");
    /* View 0 may have one too. */
    assert_int_equal(set_name(s, 0, "host"), 0);
}

static void bad_names(void **state)
{
    static const char *const bad[] = {"1",   "_a",    "-",     ".",     " ", "a b", "a/",
                                      "a\n", "a\x7f", "a\xe4", "\xc3z", "[", "a@",  "a{"};
    static const char endless[ALTP2M_NAME_SIZE] = {'s', 'i', 'x', 't', 'e', 'e', 'n', 'l',
                                                   'e', 't', 't', 'e', 'r', 's', 'o', 'k'};
    struct scene *s = *state;
    uint64_t before;

    assert_int_equal(set_name(s, 1, "kept"), 0);
    before = scene_fingerprint(s);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (set_name(s, 1, bad[i]) != -XEN_EINVAL)
            fail_msg("name %zu is taken", i);
    assert_int_equal(altp2m_view_set_name(s->d, 1, endless), -XEN_EINVAL);
    assert_int_equal(set_name(s, 4, "nobody"), -XEN_EINVAL);
    assert_int_equal(set_name(s, 512, "nobody"), -XEN_EINVAL);
    assert_int_equal(set_name(s, 65535, "nobody"), -XEN_EINVAL);
    assert_true(scene_fingerprint(s) == before);
}

/* A name has at most one view. A view that gives it up, or goes, makes it free. */
static void names_are_unique(void **state)
{
    struct scene *s = *state;

    assert_int_equal(set_name(s, 2, "only"), 0);
    assert_int_equal(set_name(s, 3, "only"), -XEN_EEXIST);
    assert_int_equal(set_name(s, 3, "Only"), 0);
    assert_int_equal(set_name(s, 3, "onl"), 0);
    assert_int_equal(set_name(s, 3, "onlyy"), 0);
    assert_int_equal(set_name(s, 2, "only"), 0);
    assert_int_equal(altp2m_view_destroy(s->d, 2), 0);
    assert_int_equal(set_name(s, 3, "only"), 0);
    assert_int_equal(scene_create(s, XENMEM_access_rwx), 2);
    assert_string_equal(s->d->views[2].name, "");
    assert_int_equal(set_name(s, 3, ""), 0);
    assert_int_equal(set_name(s, 2, "only"), 0);
    /* Any number of views can have no name. */
    assert_int_equal(set_name(s, 1, ""), 0);
}

static void policies(void **state)
{
    struct scene *s = *state;
    const struct altp2m_view *v = &s->d->views[1];

    assert_int_equal(v->policy, ALTP2M_POLICY_NONE);
    assert_int_equal(altp2m_set_policy(s->d, 1, ALTP2M_POLICY_LIFT, 77), 0);
    assert_int_equal(v->policy, ALTP2M_POLICY_LIFT);
    assert_int_equal(altp2m_set_policy(s->d, 1, ALTP2M_POLICY_REPORT, 1), 0);
    assert_int_equal(v->policy, ALTP2M_POLICY_REPORT);
    /* A step in a hidden view is allowed: the view is hidden only from the guest. */
    assert_int_equal(altp2m_set_policy(s->d, 1, ALTP2M_POLICY_STEP, 3), 0);
    assert_int_equal(v->policy, ALTP2M_POLICY_STEP);
    assert_int_equal(v->policy_view, 3);
    assert_int_equal(altp2m_set_policy(s->d, 1, ALTP2M_POLICY_NONE, 0), 0);
    assert_int_equal(v->policy, ALTP2M_POLICY_NONE);
}

static void bad_policies(void **state)
{
    struct scene *s = *state;
    uint64_t before;

    assert_int_equal(altp2m_set_policy(s->d, 1, ALTP2M_POLICY_REPORT, 0), 0);
    before = scene_fingerprint(s);
    assert_int_equal(altp2m_set_policy(s->d, 4, ALTP2M_POLICY_LIFT, 0), -XEN_EINVAL);
    assert_int_equal(altp2m_set_policy(s->d, 512, ALTP2M_POLICY_LIFT, 0), -XEN_EINVAL);
    assert_int_equal(altp2m_set_policy(s->d, 1, (enum altp2m_policy)5, 0), -XEN_EINVAL);
    assert_int_equal(altp2m_set_policy(s->d, 1, (enum altp2m_policy) - 1, 0), -XEN_EINVAL);
    assert_int_equal(altp2m_set_policy(s->d, 1, ALTP2M_POLICY_STEP, 1), -XEN_EINVAL);
    assert_int_equal(altp2m_set_policy(s->d, 1, ALTP2M_POLICY_STEP, 4), -XEN_EINVAL);
    assert_int_equal(altp2m_set_policy(s->d, 1, ALTP2M_POLICY_STEP, 513), -XEN_EINVAL);
    assert_true(scene_fingerprint(s) == before);
    altp2m_set_active(s->d, false);
    assert_int_equal(altp2m_set_policy(s->d, 0, ALTP2M_POLICY_LIFT, 0), -XEN_EINVAL);
}

/* A vCPU that policies send on without end would never make progress. */
static void switches_make_no_circle(void **state)
{
    struct scene *s = *state;
    const struct altp2m_view *v = s->d->views;

    assert_int_equal(altp2m_set_policy(s->d, 1, ALTP2M_POLICY_SWITCH, 1), -XEN_EINVAL);
    assert_int_equal(altp2m_set_policy(s->d, 1, ALTP2M_POLICY_SWITCH, 4), -XEN_EINVAL);
    assert_int_equal(altp2m_set_policy(s->d, 1, ALTP2M_POLICY_SWITCH, 2), 0);
    assert_int_equal(v[1].policy_view, 2);
    assert_int_equal(altp2m_set_policy(s->d, 2, ALTP2M_POLICY_SWITCH, 1), -XEN_EINVAL);
    assert_int_equal(altp2m_set_policy(s->d, 2, ALTP2M_POLICY_SWITCH, 3), 0);
    assert_int_equal(altp2m_set_policy(s->d, 3, ALTP2M_POLICY_SWITCH, 1), -XEN_EINVAL);
    assert_int_equal(v[3].policy, ALTP2M_POLICY_NONE);
    /* Steps may form a circle, because the vCPU comes home. And the same policy again is not a
     * circle. */
    assert_int_equal(altp2m_set_policy(s->d, 3, ALTP2M_POLICY_STEP, 1), 0);
    assert_int_equal(altp2m_set_policy(s->d, 1, ALTP2M_POLICY_SWITCH, 2), 0);
    assert_int_equal(altp2m_set_policy(s->d, 1, ALTP2M_POLICY_SWITCH, 3), 0);
    assert_int_equal(altp2m_view_destroy(s->d, 2), 0);
    assert_int_equal(v[1].policy, ALTP2M_POLICY_SWITCH);
    assert_int_equal(altp2m_view_destroy(s->d, 3), 0);
    assert_int_equal(v[1].policy, ALTP2M_POLICY_NONE);
}

/* No vCPU steps in a view that has gone, nor in the next view in its slot. */
static void policy_view_goes(void **state)
{
    struct scene *s = *state;
    const struct altp2m_view *v = s->d->views;

    assert_int_equal(altp2m_set_policy(s->d, 0, ALTP2M_POLICY_STEP, 2), 0);
    assert_int_equal(altp2m_set_policy(s->d, 1, ALTP2M_POLICY_STEP, 2), 0);
    assert_int_equal(altp2m_set_policy(s->d, 1, ALTP2M_POLICY_STEP, 2), 0);
    assert_int_equal(altp2m_set_policy(s->d, 2, ALTP2M_POLICY_STEP, 1), 0);
    assert_int_equal(altp2m_set_policy(s->d, 3, ALTP2M_POLICY_STEP, 1), 0);
    assert_int_equal(altp2m_view_destroy(s->d, 2), 0);
    assert_int_equal(v[0].policy, ALTP2M_POLICY_NONE);
    assert_int_equal(v[1].policy, ALTP2M_POLICY_NONE);
    assert_int_equal(v[3].policy, ALTP2M_POLICY_STEP);
    assert_int_equal(scene_create(s, XENMEM_access_rwx), 2);
    assert_int_equal(v[2].policy, ALTP2M_POLICY_NONE);
    assert_int_equal(altp2m_switch_all(s->d, 0), 0);
    assert_int_equal(altp2m_view_destroy(s->d, 1), 0);
    assert_int_equal(v[3].policy, ALTP2M_POLICY_NONE);
}

/* After off no policy is left, in view 0 either. */
static void off_forgets(void **state)
{
    struct scene *s = *state;
    const struct altp2m_view *zero = &s->d->views[0];

    assert_int_equal(set_name(s, 0, "host"), 0);
    assert_int_equal(altp2m_set_policy(s->d, 0, ALTP2M_POLICY_STEP, 1), 0);
    assert_int_equal(altp2m_set_policy(s->d, 1, ALTP2M_POLICY_STEP, 0), 0);
    altp2m_set_active(s->d, false);
    assert_string_equal(zero->name, "");
    assert_int_equal(zero->policy, ALTP2M_POLICY_NONE);
    assert_int_equal(set_name(s, 0, "host"), -XEN_EINVAL);
    altp2m_set_active(s->d, true);
    assert_int_equal(scene_create(s, XENMEM_access_rwx), 1);
    assert_string_equal(zero->name, "");
    assert_int_equal(zero->policy, ALTP2M_POLICY_NONE);
    assert_int_equal(set_name(s, 1, "host"), 0);
}

int main(void)
{
#define ACTIVE(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)
    static const struct CMUnitTest tests[] = {
        ACTIVE(names),
        ACTIVE(bad_names),
        ACTIVE(names_are_unique),
        ACTIVE(policies),
        ACTIVE(bad_policies),
        ACTIVE(policy_view_goes),
        ACTIVE(off_forgets),
        ACTIVE(switches_make_no_circle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
