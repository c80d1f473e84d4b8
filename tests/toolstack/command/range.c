/* SPDX-License-Identifier: BSD-2-Clause */
/* Ranges in the forms that people write. */
#include "range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct good {
    const char *text;
    uint64_t start, size;
};

static void accept(range_parser *parse, const struct good *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct range range = {0};
        const char *wrong = parse(rows[i].text, &range);

        if (wrong) {
            fail_msg("%s was refused: %s", rows[i].text, wrong);
        }
        assert_int_equal(range.start, rows[i].start);
        assert_int_equal(range.size, rows[i].size);
    }
}

/* Each is refused with a message that contains `says`, and changes nothing. */
struct bad {
    const char *text, *says;
};

static void refuse(range_parser *parse, const struct bad *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct range range = {12, 34};
        const char *wrong = parse(rows[i].text, &range);

        if (!wrong || !strstr(wrong, rows[i].says)) {
            fail_msg("%s: \"%s\" lacks \"%s\"", rows[i].text, wrong ? wrong : "(accepted)",
                     rows[i].says);
        }
        assert_int_equal(range.start, 12);
        assert_int_equal(range.size, 34);
    }
}

#define COUNT(rows) (rows), sizeof(rows) / sizeof((rows)[0])

static void bytes_have_their_forms(void **state)
{
    static const struct good rows[] = {
        {"0x1000-0x1fff", 0x1000, 0x1000}, /* the end is included */
        {"0x1000-0x1000", 0x1000, 1},
        {"16M+4K", 16 << 20, 4096},
        {"1g+1t", UINT64_C(1) << 30, UINT64_C(1) << 40},
        {"0x1000", 0x1000, 4096}, /* the size of a page */
        {"0X10+0XfF", 16, 255},
        {"010+1", 10, 1}, /* not octal */
        {"gfn:2", 0x2000, 0x1000},
        {"gfn:1-2", 0x1000, 0x2000},
        {"0xffffffffffffffff+1", UINT64_MAX, 1},
        {"1-0xffffffffffffffff", 1, UINT64_MAX},
        {"gfn:0xfffffffffffff", UINT64_MAX - 4095, 4096}, /* the last possible page */
    };

    (void)state;
    accept(range_bytes, COUNT(rows));
}

static void pages_are_whole(void **state)
{
    static const struct good rows[] = {
        {"0x1000-0x1fff", 1, 1},     {"0x1000", 1, 1},
        {"16M+4K", 0x1000, 1},       {"gfn:0x100", 0x100, 1},
        {"gfn:256", 0x100, 1},       {"gfn:0x100-0x1ff", 0x100, 0x100},
        {"gfn:0x100+16", 0x100, 16}, {"0-0xfff", 0, 1},
        {"gfn:0+0x10", 0, 16},       {"gfn:0xffffffffffffffff", UINT64_MAX, 1},
    };
    static const struct bad bad[] = {
        {"0x1001", "starts inside a page"},     {"0x1000-0x1ffe", "ends inside a page"},
        {"0x1000-0x2000", "end of START-LAST"}, {"0x1000+1", "ends inside a page"},
        {"0x1800+0x800", "starts inside"},
    };

    (void)state;
    accept(range_pages, COUNT(rows));
    refuse(range_pages, COUNT(bad));
}

static void one_page_is_one(void **state)
{
    static const struct good rows[] = {{"0x5000", 5, 1}, {"gfn:5", 5, 1}, {"gfn:5+1", 5, 1}};
    static const struct bad bad[] = {
        {"gfn:5-6", "more than one page"}, {"0x5000+8K", "more than one page"}, {"5", "inside"}};

    (void)state;
    accept(range_page, COUNT(rows));
    refuse(range_page, COUNT(bad));
}

static void nonsense_is_refused(void **state)
{
    static const struct bad rows[] = {
        {"", "a number is"},
        {"-", "a number is"},
        {"+4K", "a number is"},
        {"gfn:", "a number is"},
        {"gfn:-1", "a number is"},
        {"0x", "a number is"},
        {"0xg", "a number is"},
        {" 1", "a number is"},
        {"1-", "a number is"},
        {"1--2", "a number is"},
        {"1+ 2", "a number is"},
        {"1 ", "write START-LAST"},
        {"1KK", "write START-LAST"},
        {"1-2-3", "write START-LAST"},
        {"1,2", "write START-LAST"},
        {"gfn:1x", "write START-LAST"},
        {"gfn:4K", "counts pages"},
        {"gfn:1+4K", "counts pages"},
        {"2-1", "ends before"},
        {"gfn:2-1", "ends before"},
        {"1+0", "empty"},
        {"0-0xffffffffffffffff", "everything"},
        {"0xffffffffffffffff+2", "beyond 64 bits"},
        {"0x10000000000000000", "does not fit"},
        {"99999999999999999999", "does not fit"},
        {"16777216T", "does not fit"},
        {"1-16777216T", "does not fit"},
    };

    (void)state;
    refuse(range_bytes, COUNT(rows));
    refuse(range_pages, COUNT(rows));
}

/* Frames that have numbers, but no byte addresses. */
static void frames_beyond_any_byte(void **state)
{
    static const struct bad rows[] = {
        {"gfn:0x10000000000000", "beyond 64 bits"},
        {"gfn:0xfffffffffffff+2", "beyond 64 bits"},
        {"gfn:0xffffffffffffffff", "beyond 64 bits"},
        {"gfn:0-0xfffffffffffff", "beyond 64 bits"}, /* its size in bytes is */
    };

    (void)state;
    refuse(range_bytes, COUNT(rows));
}

static void numbers_stand_alone(void **state)
{
    uint64_t number = 1;

    (void)state;
    assert_null(range_number("16M", &number));
    assert_int_equal(number, 16 << 20);
    assert_non_null(range_number("16M+1", &number));
    assert_non_null(range_number("gfn:1", &number));
    assert_non_null(range_number("", &number));
    assert_int_equal(number, 16 << 20); /* the refused ranges left it unchanged */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_have_their_forms), cmocka_unit_test(pages_are_whole),
        cmocka_unit_test(one_page_is_one),        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(frames_beyond_any_byte), cmocka_unit_test(numbers_stand_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
