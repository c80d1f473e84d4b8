/* SPDX-License-Identifier: BSD-2-Clause */
/* When a request rings: times of a run, and the ring due at each. */
#include "toolstack/machine/hub/bell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct {
    uint64_t now;
    bool asks;
    uint32_t request;
    bool due;
    int wait; /* the wait after it, in units of 100 ms */
} times[] = {
    {1000, false, 1, false, 100}, /* there is no request */
    {1005, true, 1, true, 1},     /* at once, */
    {1005, true, 1, false, 1},    /* once, */
    {1006, true, 1, true, 2},     /* and again; each wait is twice as long as the last */
    {1007, true, 1, false, 1},    {1008, true, 1, true, 4},     {1012, true, 1, true, 8},
    {1020, true, 1, true, 16},    {1036, true, 1, true, 32},    {1068, true, 1, true, 64},
    {1132, true, 1, true, 64},                                  /* never less often than this */
    {1150, true, 2, true, 1},                                   /* another request begins anew */
    {1151, true, 2, true, 2},     {1152, false, 2, false, 100}, /* there is a reply */
    {1160, true, 3, true, 1},     {1400, true, 3, true, 2},     /* late */
};

static void test_times(void **state)
{
    struct bell bell = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        bool due = bell_due(&bell, times[i].asks, times[i].request, times[i].now);
        int wait = bell_wait(&bell, times[i].now, 100);

        if (due != times[i].due || wait != times[i].wait) {
            fail_msg("row %zu: due %d, wait %d", i, due, wait);
        }
    }
}

/* A ring that is due already makes the wait 0. The caller's limit holds too. */
static void test_waits(void **state)
{
    struct bell bell = {0};

    (void)state;
    assert_int_equal(bell_wait(&bell, 5, 100), 100);
    assert_true(bell_due(&bell, true, 1, 10));
    assert_int_equal(bell_wait(&bell, 50, 100), 0);
    assert_int_equal(bell_wait(&bell, 10, 1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
