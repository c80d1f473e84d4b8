/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of the guest's output that reaches the user's terminal, and the log's lines within
 * it. */
#include "toolstack/machine/terminal/screen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char shown[8192];
static size_t shown_size;

static void put(void *context, const void *text, size_t size)
{
    (void)context;
    assert_true(shown_size + size < sizeof(shown));
    memcpy(shown + shown_size, text, size);
    shown_size += size;
    shown[shown_size] = 0;
}

static struct screen fresh(void)
{
    struct screen s;

    screen_init(&s, put, NULL);
    shown_size = 0;
    shown[0] = 0;
    return s;
}

/* As one piece, and byte by byte. */
static void expect(const char *printed, size_t size, const char *want)
{
    struct screen s = fresh();

    screen_guest(&s, printed, size);
    assert_string_equal(shown, want);
    s = fresh();
    for (size_t i = 0; i < size; i++) {
        screen_guest(&s, printed + i, 1);
    }
    assert_string_equal(shown, want);
}

#define EXPECT(printed, want) expect(printed, sizeof(printed) - 1, want)

static void test_text_and_drawing_pass(void **state)
{
    static const char *const same[] = {
        "plain\r\n\ttext\b\a",
        "\x1b[1;31mred\x1b[0m\x1b[2J\x1b[H\x1b[10;20H\x1b[K\x1b[?25l\x1b[?1049h",
        "\x1b[?1;25h\0337\0338\x1b(B\x1b)0\x1b=\x1b>\x1bM\x1b[!p\x1b[5 q",
        "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7",
        "\x1b]0;a title\a\x1b]2;another\x1b\\",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        expect(same[i], strlen(same[i]), same[i]);
    }
}

/* Each of these makes some terminal type an answer. */
static void test_questions_are_left_out(void **state)
{
    static const char *const asks[] = {
        "\x05",    /* ENQ */
        "\x1b[6n", /* where is the cursor */
        "\x1b[5n", /* how are you */
        "\x1b[?6n",
        "\x1b[c", /* who are you */
        "\x1b[0c",
        "\x1b[>c",
        "\x1b[=c",
        "\x1bZ",
        "\x1b[>0q", /* which version */
        "\x1b[18t", /* how large */
        "\x1b[21t", /* what is your title */
        "\x1b[x",
        "\x1b[?25$p",         /* which mode */
        "\x1b[1;1;1;1;2;2*y", /* what stands there */
        "\x1b[?u",
        "\x1b[?1004h", /* tell me of the focus */
        "\x1b[?2031h",
        "\x1b[?25;1004h",
        "\x1bP$qm\x1b\\", /* DECRQSS */
        "\x1bP+q544e\x1b\\",
        "\x1b]10;?\a", /* which colour */
        "\x1b]11;?\x1b\\",
        "\x1b]4;1;?\a",
        "\x1b]52;c;?\a", /* what is in the clipboard */
        "\x1b]52;c;cm0gLXJm\a",
        "\x1b_Gi=1,a=q;AAAA\x1b\\",
        "\x1b^x\x1b\\",
        "\2336n", /* as 8-bit controls, after which the text is plain */
        "\xc2\2336n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
        char printed[128];
        bool is_8_bit = strchr("\x9b\xc2", asks[i][0]);

        snprintf(printed, sizeof(printed), "a%sb", asks[i]);
        expect(printed, strlen(printed), is_8_bit ? "a6nb" : "ab");
    }
}

/* In every disguise: within another sequence, after one that it cuts off, or after one that is too
 * long. */
static void test_questions_in_pieces(void **state)
{
    char longest[256];

    (void)state;
    EXPECT("\x1b[1\x1b[6n", "");
    EXPECT("\x1b\x1b[6n", "");
    EXPECT("\x1b]0;x\x1b[6n", "");
    EXPECT("\x1bP\x1b[6n.", ".");
    EXPECT("\x1b[6\nn", "n");
    EXPECT("\xe2\x1b[6n", "");
    EXPECT("\xe2\x82\x1b[6n", "");
    EXPECT("\xc2\x1b[cx", "x");
    snprintf(longest, sizeof(longest), "\x1b[%0200dn.", 6);
    expect(longest, strlen(longest), ".");
    snprintf(longest, sizeof(longest), "\x1b[%0200dm.", 1);
    expect(longest, strlen(longest), ".");
}

/* The guest's line is whole, and so is the log's. */
static void test_the_log_takes_a_line_of_its_own(void **state)
{
    struct screen s = fresh();

    (void)state;
    screen_guest(&s, "whole\r\n", 7);
    screen_log(&s, "log: 1\n", 7);
    assert_string_equal(shown, "whole\r\nlog: 1\n");
    screen_guest(&s, "log\x1b[1min: ", 11);
    screen_log(&s, "log: 2\n", 7);
    screen_guest(&s, "root\r\n", 6);
    screen_log(&s, "log: 3\n", 7);
    assert_string_equal(shown,
                        "whole\r\nlog: 1\nlog\x1b[1min: \r\x1b[Klog: 2\nlog\x1b[1min: root\r\n"
                        "log: 3\n");
}

/* A line without an end takes no more room than the buffer. */
static void test_a_line_without_an_end(void **state)
{
    struct screen s = fresh();
    char part[100];

    (void)state;
    memset(part, 'x', sizeof(part));
    for (unsigned int i = 0; i < 50; i++) {
        screen_guest(&s, part, sizeof(part));
    }
    assert_int_equal(shown_size, 5000);
    screen_log(&s, "log\n", 4);
    assert_true(shown_size <= 5000 + 8 + SCREEN_LINE);
}

/* A program that uses the whole screen draws it again. */
static void test_a_program_with_a_screen_of_its_own(void **state)
{
    struct screen s = fresh();

    (void)state;
    screen_guest(&s, "\x1b[?1049hedit", 12);
    shown_size = 0;
    screen_log(&s, "log\n", 4);
    assert_string_equal(shown, "\r\nlog\n");
    screen_guest(&s, "\x1b[?1049l\n$ ", 11);
    shown_size = 0;
    screen_log(&s, "log\n", 4);
    assert_string_equal(shown, "\r\x1b[Klog\n$ ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_and_drawing_pass),
        cmocka_unit_test(test_questions_are_left_out),
        cmocka_unit_test(test_questions_in_pieces),
        cmocka_unit_test(test_the_log_takes_a_line_of_its_own),
        cmocka_unit_test(test_a_line_without_an_end),
        cmocka_unit_test(test_a_program_with_a_screen_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
