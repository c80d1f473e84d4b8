/* SPDX-License-Identifier: BSD-2-Clause */
/* The characters that altview shows unchanged, and those that it shows as bytes. */
#include "toolstack/lib/plain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *text, *shown, *json;
} cases[] = {
    {"", "", ""},
    {"plain text ~", "plain text ~", "plain text ~"},
    /* One, two, three and four bytes. */
    {"a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
     "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
    /* The first and last of C0, DEL, the first and last of C1; and their neighbours. */
    {"\001\037 \177", "\\x01\\x1f \\x7f", "\\u0001\\u001f \\u007f"},
    {"\xc2\x80\xc2\x9f\xc2\xa0", "\\xc2\\x80\\xc2\\x9f\xc2\xa0", "\\u0080\\u009f\xc2\xa0"},
    {"\xe2\x80\x8e\xe2\x80\xae\xe2\x81\xa6\xd8\x9c",
     "\\xe2\\x80\\x8e\\xe2\\x80\\xae\\xe2\\x81\\xa6\\xd8\\x9c", "\\u200e\\u202e\\u2066\\u061c"},
    {"\xf3\xa0\x80\x81", "\\xf3\\xa0\\x80\\x81", "\\udb40\\udc01"},
    /* Invalid UTF-8: a lone byte, a truncated character, one that is too long, a surrogate, one
     * beyond the last. */
    {"\x80 \xff", "\\x80 \\xff", "\\\\x80 \\\\xff"},
    {"\xc3", "\\xc3", "\\\\xc3"},
    {"\xe2\x82z", "\\xe2\\x82z", "\\\\xe2\\\\x82z"},
    {"\xc0\xaf", "\\xc0\\xaf", "\\\\xc0\\\\xaf"},
    {"\xe0\x80\x9b", "\\xe0\\x80\\x9b", "\\\\xe0\\\\x80\\\\x9b"},
    {"\xed\xa0\x80", "\\xed\\xa0\\x80", "\\\\xed\\\\xa0\\\\x80"},
    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\\\\xf4\\\\x90\\\\x80\\\\x80"},
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

/* The text, printed by one of the two functions. */
static void check_printed(const char *text, const char *expected, bool json)
{
    char *printed = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&printed, &size);

    if (json) {
        plain_json(to, text);
    } else {
        assert_int_equal(plain_put(to, text), strlen(expected));
    }
    fclose(to);
    assert_string_equal(printed, expected);
    free(printed);
}

static void texts_are_shown(void **state)
{
    char shown[64];

    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        bool is_plain = !strcmp(cases[i].text, cases[i].shown);

        assert_int_equal(plain_is(cases[i].text), is_plain);
        check_printed(cases[i].text, cases[i].shown, false);
        check_printed(cases[i].text, cases[i].json, true);
        assert_string_equal(plain_text(shown, sizeof(shown), cases[i].text), cases[i].shown);
        assert_int_equal(plain_put(NULL, cases[i].text), strlen(cases[i].shown));
    }
}

/* Every text of two bytes, cut at every length: the result fits its buffer, and a second conversion
 * leaves it unchanged. */
static void a_text_is_cut_where_there_is_no_room(void **state)
{
    char shown[12], again[12];

    (void)state;
    for (unsigned int i = 0x101; i < 0x10000; i++) {
        const char text[] = {(char)(i >> 8), (char)i, 0};

        for (size_t room = 1; room < 10; room++) {
            memset(shown, 'x', sizeof(shown));
            plain_text(shown, room, text);
            assert_true(strlen(shown) < room);
            assert_int_equal(shown[room], 'x');
            assert_true(plain_is(shown));
            assert_string_equal(plain_text(again, sizeof(again), shown), shown);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_shown),
        cmocka_unit_test(a_text_is_cut_where_there_is_no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
