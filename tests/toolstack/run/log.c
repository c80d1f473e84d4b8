/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines of the log that decide the course and the end of a run. */
#include "toolstack/machine/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The number of bytes put out. All came in lines, or in parts of a long line. */
static size_t feed(struct log *log, const char *text, size_t size)
{
    size_t out = 0;

    for (size_t i = 0; i < size; i++) {
        if (log_take(log, (uint8_t)text[i])) {
            assert_memory_equal(log->line, text + i + 1 - log->used, log->used);
            out += log->used;
        }
    }
    return out;
}

static struct log fed(const char *text)
{
    struct log log;

    log_init(&log);
    feed(&log, text, strlen(text));
    return log;
}

static void test_lines(void **state)
{
    struct log log;

    (void)state;
    log_init(&log);
    assert_int_equal(feed(&log, "one\r\ntwo\n\nthr", 13), 10);
    assert_int_equal(log.used, 3);
    assert_false(log.whole);
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

static void test_rung(void **state)
{
    (void)state;
    assert_true(fed("altview: rung by NMI: the port is looked at\n").rung);
    assert_false(fed("altview: rung by nothing\naltview: starting the guest\n").rung);
    assert_false(fed("a guest: altview: rung by NMI\n").rung);
}

/* A line longer than the buffer comes out in parts. Its beginning decides its meaning. */
static void test_pieces(void **state)
{
    struct log log;
    char line[5000] = "altview: end: status 5: ";
    size_t size = strlen(line);

    (void)state;
    memset(line + size, 'x', sizeof(line) - size);
    line[sizeof(line) - 1] = '\n';
    log_init(&log);
    *stpcpy(line + sizeof(log.line) - 1, "altview: end: status 6: ") = 'x';
    assert_int_equal(feed(&log, line, sizeof(line)), sizeof(line));
    assert_int_equal(log.status, 5);
    feed(&log, "altview: starting the guest\n", 28);
    assert_true(log.started);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),     cmocka_unit_test(test_status),
        cmocka_unit_test(test_no_status), cmocka_unit_test(test_started),
        cmocka_unit_test(test_pieces),    cmocka_unit_test(test_rung),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
