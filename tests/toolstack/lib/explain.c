/* SPDX-License-Identifier: BSD-2-Clause */
/* The messages for the user: cause and remedy. The commands print these texts. */
#include <altview/altview.h>
#include <altview/sim.h>

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RWX 7
#define R   1

static altview *h;

static void open_domain(const char *where)
{
    assert_int_equal(altview_open(where, 0, &h), 0);
    assert_int_equal(altview_set_active(h, true), 0);
}

static void says(int rc, int expected, const char *text)
{
    assert_int_equal(rc, expected);
    if (!strstr(altview_error(), text)) {
        fail_msg("\"%s\" is not in \"%s\"", text, altview_error());
    }
    if (strchr(altview_error(), '\n')) {
        fail_msg("more than one line: \"%s\"", altview_error());
    }
}

static void about_views(void **state)
{
    unsigned int view;

    (void)state;
    open_domain("sim:views=3,memory=16,vcpus=2");
    altview_create_view(h, RWX, &view);
    altview_create_view(h, RWX, &view);
    says(altview_set_visibility(h, 3, false), -EINVAL, "view 3 is not live (live: 0, 1, 2)");
    says(altview_switch_to_view(h, 3), -EINVAL, "view 3 is not live (live: 0, 1, 2)");
    says(altview_set_access(h, 9, 0, 1, R), -EINVAL, "view 9 is not live (live: 0, 1, 2)");
    says(altview_destroy_view(h, 70000), -EBUSY, "view 70000 is not live (live: 0, 1, 2)");
    says(altview_create_view(h, RWX, &view), -EINVAL,
         "no free slot for a view: all 3 are live; start with --views N");
    says(altview_clone_view(h, 1, &view), -EINVAL, "no free slot for a view");
    says(altview_destroy_view(h, 0), -EBUSY, "view 0 can't be destroyed");
    altview_set_visibility(h, 2, false);
    says(altview_switch_to_view(h, 2), -EINVAL, "view 2 is hidden: make it visible first");
    altview_set_visibility(h, 2, true);
    altview_switch_to_view(h, 2);
    says(altview_destroy_view(h, 2), -EBUSY, "view 2 is in use by vCPU 0: switch it away first");
    altview_close(h);
}

static void about_many_views(void **state)
{
    unsigned int view;

    (void)state;
    open_domain("sim:views=512,memory=16");
    for (int i = 1; i < 512; i++) {
        assert_int_equal(altview_create_view(h, RWX, &view), 0);
    }
    /* A text has a limited length, so this list must end too. */
    says(altview_switch_to_view(h, 600), -EINVAL, "view 600 is not live (live: 0, 1, 2, 3");
    altview_close(h);
}

static void about_names(void **state)
{
    unsigned int view;

    (void)state;
    open_domain("sim:views=3,memory=16");
    altview_create_view(h, RWX, &view);
    altview_name_view(h, 1, "code");
    says(altview_find_view(h, "data", &view), -ENOENT,
         "no view is called \"data\" (live: 0, 1 \"code\")");
    says(altview_find_view(h, "2", &view), -ENOENT, "view 2 is not live (live: 0, 1 \"code\")");
    says(altview_name_view(h, 0, "code"), -EEXIST, "another view is called \"code\"");
    says(altview_name_view(h, 0, "7up"), -EINVAL, "\"7up\" is no name for a view: a letter, then");
    says(altview_name_view(h, 0, "much-too-long-a-name"), -EINVAL, "at most 15");
    altview_close(h);
}

static void about_access_and_gfns(void **state)
{
    unsigned int access;

    (void)state;
    open_domain("sim:views=3,memory=16");
    says(altview_set_access(h, 0, 0, 1, 11), -EINVAL,
         "access 11: there are 0 (n) to 9 (n2rwx), and 10 (default)");
    says(altview_create_view(h, 70000, &access), -EINVAL, "access 70000: there are");
    says(altview_set_access(h, 0, UINT64_C(1) << 40, 1, R), -EINVAL,
         "gfn 0x10000000000 is beyond the guest's address width (");
    says(altview_set_access(h, 0, 0, UINT64_C(1) << 40, R), -EINVAL,
         "gfn 0xffffffffff is beyond the guest's address width");
    says(altview_set_access(h, 0, 5, UINT64_MAX, R), -EINVAL, "beyond the guest's address width");
    says(altview_get_access(h, 0, 0x5000, &access), -ESRCH, "gfn 0x5000 is not RAM in view 0");
    says(altview_remap(h, 0, 0x10, 0x5000), -ESRCH, "gfn 0x10 or gfn 0x5000 is not RAM in view 0");
    altview_close(h);
}

static void about_memory_and_vcpus(void **state)
{
    struct altview_set_registers set = {.mask = ALTVIEW_SET_RIP};
    const struct altview_answer answer = {.event = 7};
    char bytes[8];

    (void)state;
    open_domain("sim:views=3,memory=16,vcpus=2");
    says(altview_read(h, 0, (16 << 20) - 4, bytes, 8), -EFAULT,
         "0xfffffc to 0x1000003 is not RAM throughout");
    says(altview_read(h, 0, UINT64_MAX, bytes, 8), -EINVAL, "beyond any address");
    says(altview_set_vmfunc(h, 2, true), -EINVAL, "there is no vCPU 2 (vCPUs: 0 to 1)");
    says(altview_pause(h, 2), -EINVAL, "there is no vCPU 2 (vCPUs: 0 to 1)");
    says(altview_unpause(h, 1), -EINVAL, "it is not paused");
    says(altview_set_registers(h, &set), -EBUSY, "the vCPU runs: pause it first");
    says(altview_answer(h, &answer), -ESRCH, "the vCPU does not wait on that event");
    altview_close(h);
}

static void about_modes(void **state)
{
    unsigned int view;

    (void)state;
    assert_int_equal(altview_open("sim:mode=disabled", 0, &h), 0);
    says(altview_set_active(h, true), -EINVAL, "the domain has altp2m disabled: start it with");
    says(altview_create_view(h, RWX, &view), -EOPNOTSUPP, "the domain has altp2m disabled");
    altview_close(h);
    assert_int_equal(altview_open("sim:", 0, &h), 0);
    says(altview_create_view(h, RWX, &view), -EOPNOTSUPP, "altp2m is off: turn it on first");
    altview_close(h);
}

/* This many overrides in different places use up the tables. */
static void about_shortage(void **state)
{
    unsigned int view;
    int rc = 0;

    (void)state;
    open_domain("sim:views=512,memory=4096");
    for (int i = 1; i < 512 && !rc; i++) {
        rc = altview_create_view(h, RWX, &view);
        for (uint64_t gfn = 0; gfn < 0x100000 && !rc; gfn += 0x200) {
            rc = altview_set_access(h, view, gfn, 1, R);
        }
    }
    says(rc, -ENOMEM, "too few pages for tables (");
    altview_close(h);
}

static void *fail_elsewhere(void *context)
{
    (void)context;
    altview *other;
    says(altview_open("nonsense:", 0, &other), -EINVAL, "\"nonsense:\" is not understood");
    return NULL;
}

static void each_thread_has_its_own_text(void **state)
{
    pthread_t thread;

    (void)state;
    open_domain("sim:");
    says(altview_switch_to_view(h, 7), -EINVAL, "view 7 is not live");
    assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    says(-EINVAL, -EINVAL, "view 7 is not live");
    altview_close(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(about_views),
        cmocka_unit_test(about_many_views),
        cmocka_unit_test(about_names),
        cmocka_unit_test(about_access_and_gfns),
        cmocka_unit_test(about_memory_and_vcpus),
        cmocka_unit_test(about_modes),
        cmocka_unit_test(about_shortage),
        cmocka_unit_test(each_thread_has_its_own_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
