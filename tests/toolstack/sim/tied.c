/* SPDX-License-Identifier: BSD-2-Clause */
/* altview_bind: altview takes a handle's changes back when the handle closes, or asks for it. */
#include "scene.h"

#include <stdlib.h>
#include <xen/memory.h>

static size_t views_of(altview *h)
{
    struct altview_view *views;
    size_t count;

    assert_int_equal(altview_views(h, &views, &count), 0);
    free(views);
    return count;
}

static void unbind_takes_all_back(void **state)
{
    altview *h = *state;
    size_t before = views_of(h);
    unsigned int view, access = scene_access(h, SCENE_VIEW);
    uint64_t text = scene_memory(h, SCENE_ADDRESS);

    assert_int_equal(altview_unbind(h, false), -EINVAL);
    assert_int_equal(altview_bind(h), 0);
    assert_int_equal(altview_bind(h), 0);
    assert_int_equal(altview_create_view(h, XENMEM_access_rwx, &view), 0);
    assert_int_equal(altview_switch_to_view(h, view), 0);
    scene_restrict(h, XENMEM_access_n);
    assert_int_equal(altview_write(h, ALTVIEW_NO_VIEW, SCENE_ADDRESS, "\xcc", 1), 0);
    assert_int_equal(altview_unbind(h, false), 0);
    assert_int_equal(views_of(h), before);
    assert_int_equal(scene_vcpu(h).view, 0);
    assert_int_equal(scene_access(h, SCENE_VIEW), access);
    assert_int_equal(scene_memory(h, SCENE_ADDRESS), text);
}

static void kept_things_stay(void **state)
{
    altview *h = *state;
    size_t before = views_of(h);
    unsigned int view;

    assert_int_equal(altview_bind(h), 0);
    assert_int_equal(altview_create_view(h, XENMEM_access_rwx, &view), 0);
    assert_int_equal(altview_unbind(h, true), 0);
    assert_int_equal(altview_create_view(h, XENMEM_access_rwx, &view), 0);
    assert_int_equal(views_of(h), before + 2);
}

static void the_domain_s_pause(void **state)
{
    altview *h = *state;

    assert_int_equal(altview_unpause_domain(h, 0), -EINVAL);
    assert_int_equal(altview_pause_domain(h, 0), 0);
    assert_int_equal(scene_vcpu(h).flags, ALTVIEW_VCPU_PAUSED | ALTVIEW_VCPU_HELD);
    assert_int_equal(altview_unpause(h, 0), -EINVAL);
    assert_int_equal(altview_unpause_domain(h, 0), 0);
    assert_int_equal(scene_vcpu(h).flags, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)
    const struct CMUnitTest tests[] = {
        TEST(unbind_takes_all_back),
        TEST(kept_things_stay),
        TEST(the_domain_s_pause),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
