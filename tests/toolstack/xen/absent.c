/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine without Xen's library: a file has its name, but no contents. */
#include "scene.h"

static void library_is_absent(void **state)
{
    altview *h = NULL;

    (void)state;
    assert_int_equal(altview_open("xen:5", 0, &h), -ENOENT);
    assert_null(h);
    assert_non_null(strstr(altview_error(), "xen: can't load Xen's library ("));
    assert_non_null(strstr(altview_error(), "; install it (Debian: libxencall1)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(library_is_absent)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
