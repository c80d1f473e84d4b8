/* SPDX-License-Identifier: BSD-2-Clause */
/* The options after "sim:", and the messages about wrong ones. */
#include "scene.h"

static struct altview_hello hello_of(const char *where)
{
    struct altview_hello hello;
    altview *h;

    assert_int_equal(altview_open(where, 0, &h), 0);
    assert_int_equal(altview_hello(h, &hello), 0);
    altview_close(h);
    return hello;
}

static void defaults(void **state)
{
    struct altview_hello hello = hello_of("sim:");

    (void)state;
    assert_int_equal(hello.view_count, 10);
    assert_int_equal(hello.vcpu_count, 1);
    assert_int_equal(hello.mode, XEN_ALTP2M_external);
    assert_int_equal(hello.flags & ALTVIEW_HELLO_ACCESS_REQUIRED, 0);
    assert_int_equal(hello.flags & ALTVIEW_HELLO_ACTIVE, 0);
    assert_string_equal(hello.software, "altview simulation");
}

static void all_options_at_once(void **state)
{
    struct altview_hello hello =
        hello_of("sim:views=512,memory=1,vcpus=64,mode=limited,access_required");

    (void)state;
    assert_int_equal(hello.view_count, 512);
    assert_int_equal(hello.vcpu_count, 64);
    assert_int_equal(hello.mode, XEN_ALTP2M_limited);
    assert_true(hello.flags & ALTVIEW_HELLO_ACCESS_REQUIRED);
}

/* RAM has the size that the option asks for. Its pages mostly exist only after their first use. */
static void memory_is_as_asked_for(void **state)
{
    uint64_t value = 1;
    altview *h;

    (void)state;
    assert_int_equal(altview_open("sim:memory=4096", 0, &h), 0);
    assert_int_equal(altview_sim_access(h, 0, WRITE, (UINT64_C(4) << 30) - 8, 8, &value), 0);
    assert_int_equal(altview_sim_access(h, 0, WRITE, UINT64_C(4) << 30, 8, &value), -ENXIO);
    altview_close(h);
}

static void all_views_can_be_made(void **state)
{
    unsigned int view;
    altview *h;

    (void)state;
    assert_int_equal(altview_open("sim:views=512,memory=1", 0, &h), 0);
    assert_int_equal(altview_set_active(h, true), 0);
    for (unsigned int i = 1; i < 512; i++) {
        assert_int_equal(altview_create_view(h, XENMEM_access_rwx, &view), 0);
        assert_int_equal(altview_set_access(h, view, 0x10, 1, XENMEM_access_r), 0);
    }
    assert_int_equal(altview_create_view(h, XENMEM_access_rwx, &view), -EINVAL);
    altview_close(h);
}

/* An error names the option, and the valid values. */
static void bad_options_are_explained(void **state)
{
    static const struct {
        const char *where, *text;
    } bad[] = {
        {"sim:views=0", "sim: views=0: say a number from 1 to 512"},
        {"sim:views=513", "sim: views=513: say a number from 1 to 512"},
        {"sim:views", "sim: views=: say a number from 1 to 512"},
        {"sim:views=-1", "sim: views=-1: say a number from 1 to 512"},
        {"sim:vcpus=65", "sim: vcpus=65: say a number from 1 to 64"},
        {"sim:memory=16M", "sim: memory=16M: say a number from 1 to 65536"},
        {"sim:memory=99999999999999999999",
         "sim: memory=99999999999999999999: say a number from 1 to 65536"},
        {"sim:mode=on", "sim: mode=on: say mixed, external, limited or disabled"},
        {"sim:access_required=1", "sim: access_required=1: say access_required, without a value"},
        {"sim:mode=mixed,cpus=2", "sim: there is no option \"cpus\"; there are views=N, "
                                  "memory=MIB, vcpus=N, mode=MODE and access_required"},
        {"sim:mode=mixed,,vcpus=2", "sim: there is no option \"\"; there are views=N, "
                                    "memory=MIB, vcpus=N, mode=MODE and access_required"},
        {"sim:0123456789012345678901234567890123456789012345678901234567890123456789",
         "sim: \"01234567890123456789...\" is too long for an option"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        altview *h = NULL;

        assert_int_equal(altview_open(bad[i].where, 0, &h), -EINVAL);
        assert_null(h);
        assert_string_equal(altview_error(), bad[i].text);
    }
}

/* Two handles are two domains. */
static void handles_share_nothing(void **state)
{
    altview *a = scene_open(""), *b = scene_open("");

    (void)state;
    assert_int_equal(scene_write(a, 1), 0);
    assert_int_equal(scene_memory(b, SCENE_ADDRESS), 0);
    altview_close(a);
    assert_int_equal(scene_write(b, 2), 0);
    altview_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(all_options_at_once),
        cmocka_unit_test(memory_is_as_asked_for),
        cmocka_unit_test(all_views_can_be_made),
        cmocka_unit_test(bad_options_are_explained),
        cmocka_unit_test(handles_share_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
