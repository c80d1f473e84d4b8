/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines of the log that decide how a run goes on and ends. */
#include "toolstack/machine/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct log fed(const char *text)
{
    struct log log;

    log_init(&log);
    log_feed(&log, (const uint8_t *)text, strlen(text));
    return log;
}

static void test_status(void **state)
{
    (void)state;
    assert_int_equal(fed("altview: end: status 0: guest shutdown: poweroff\n").status, 0);
    assert_int_equal(fed("altview: end: status 71: why\r\n").status, 71);
    assert_int_equal(fed("altview: end: status 3: a\naltview: end: status 69: b\n").status, 69);
}

static void test_no_status(void **state)
{
    static const char *const texts[] = {
        "",
        "altview: end: status 0: cut off",
        "altview: end: status : none\n",
        "altview: end: status 300: beyond what a process can return\n",
        "altview: end: status 12 without its colon\n",
        "guest: altview: end: status 0: from elsewhere in a line\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(fed(texts[i]).status, -1);
    }
}

static void test_started(void **state)
{
    (void)state;
    assert_true(fed("altview: starting the guest at 0x1001203\n").started);
    assert_false(fed("altview: starting the guest at 0x1001203").started);
    assert_false(fed("(XEN) altview: starting the guest\n").started);
}

/* As bytes come from a serial line; a line longer than any is read by its beginning. */
static void test_pieces(void **state)
{
    struct log log;
    char line[5000] = "altview: end: status 5: ";
    size_t size = strlen(line);

    (void)state;
    memset(line + size, 'x', sizeof(line) - size);
    line[sizeof(line) - 1] = '\n';
    log_init(&log);
    for (size_t i = 0; i < sizeof(line); i++) {
        log_feed(&log, (const uint8_t *)&line[i], 1);
    }
    assert_int_equal(log.status, 5);
    log_feed(&log, (const uint8_t *)"altview: starting the guest\n", 28);
    assert_true(log.started);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_no_status),
        cmocka_unit_test(test_started),
        cmocka_unit_test(test_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
