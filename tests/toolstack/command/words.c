/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of a batch, split into words. */
#include "options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROOM 4

/* The words of `text`, each in brackets. The copy is exactly as long as the line, so that the
 * sanitizer detects a read beyond it. */
static void split(const char *text, const char *expected)
{
    char *words[ROOM + 1];
    const char *wrong = NULL;
    char *line = strdup(text);
    char found[256] = "";
    int count = words_split(line, words, ROOM, &wrong);

    for (int i = 0; i < count; i++) {
        strcat(strcat(strcat(found, "["), words[i]), "]");
    }
    assert_string_equal(count < 0 ? wrong : found, expected);
    if (count >= 0) {
        assert_null(words[count]);
    }
    free(line);
}

static void blanks_part_words(void **state)
{
    (void)state;
    split("", "");
    split(" \t\r\n", "");
    split("one", "[one]");
    split("  one\ttwo \n", "[one][two]");
}

static void quotes_hold_together(void **state)
{
    (void)state;
    split("\"one two\" 'three \"four\"'", "[one two][three \"four\"]");
    split("\"\" ''", "[][]");
    split("a\"b c\"d'e'", "[ab cde]");
    split("\"open", "a quote without its end");
    split("it's", "a quote without its end");
    split("\"", "a quote without its end");
}

static void comments_end_the_line(void **state)
{
    (void)state;
    split("# all of it", "");
    split("one # two", "[one]");
    split("one#two '#three'", "[one#two][#three]"); /* only at the start of a word, unquoted */
}

static void there_is_an_end_to_words(void **state)
{
    (void)state;
    split("1 2 3 4", "[1][2][3][4]");
    split("1 2 3 4 # five", "[1][2][3][4]");
    split("1 2 3 4 5", "too many words");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blanks_part_words),
        cmocka_unit_test(quotes_hold_together),
        cmocka_unit_test(comments_end_the_line),
        cmocka_unit_test(there_is_an_end_to_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
