/* SPDX-License-Identifier: BSD-2-Clause */
/* The disassembly of the code in the log's reports. All other text passes unchanged; bytes that are
 * not text become \xNN. */
#include "toolstack/machine/log_code.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char shown[8192];
static size_t used;

static void put(void *context, const void *text, size_t size)
{
    (void)context;
    assert_true(used + size < sizeof(shown));
    memcpy(shown + used, text, size);
    used += size;
    shown[used] = 0;
}

/* In one piece, then byte by byte: the result is the same. */
static void expect(const char *text, const char *expected)
{
    struct log_code whole = {.put = put}, bytes = {.put = put};

    used = 0;
    shown[0] = 0;
    log_code_feed(&whole, text, strlen(text));
    assert_string_equal(shown, expected);
    used = 0;
    for (size_t i = 0; text[i]; i++) {
        log_code_feed(&bytes, &text[i], 1);
    }
    assert_string_equal(shown, expected);
}

#define TASK_SWITCH "altview:   code 32 at 1000: ea 00 00 00 00 28 00 90\n"
#define VMCALL      "altview:   code 64 at ffffffff81000000: 0f 01 c1 48\n"
#define REAL_MODE   "altview:   code 16 at 7c00: b8 12 00 cd 10\n"

static void test_modes(void **state)
{
    (void)state;
    expect(TASK_SWITCH, TASK_SWITCH "           1000  ljmp 0x28:0\n"
                                    "           1007  nop\n");
    /* The last instruction is incomplete. */
    expect(VMCALL, VMCALL "           ffffffff81000000  vmcall\n");
    expect(REAL_MODE, REAL_MODE "           7c00  mov ax, 0x12\n"
                                "           7c03  int 0x10\n");
}

static void test_unchanged(void **state)
{
    static const char *const texts[] = {
        "",
        "no line's end",
        "altview: end: status 71: why\n",
        "altview:   code 64 at 1000: can't be read\n",
        "altview:   code 64 at 1000:\n",
        "altview:   code 64 at 1000: 0f 01 c1", /* not ended */
        "guest: altview:   code 64 at 1000: 90\n",
        "altview:   code sixty at 1000: 90\n",
        "altview:   code 64 at 1000: 123\n", /* no byte */
        "\n\n\ttab\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        expect(texts[i], texts[i]);
    }
}

/* The log quotes guests. */
static void test_escaped(void **state)
{
    (void)state;
    expect("\033[2J\001\177\n", "\\x1b[2J\\x01\\x7f\n");
    expect("\302\233 \377\n", "\\xc2\\x9b \\xff\n");
    /* The end of a line may be two bytes. The first alone would move the cursor to the line's
     * beginning. */
    expect("one\r\ntwo\rthree\r\r\n", "one\ntwo\\x0dthree\\x0d\n");
    /* The line that the reader gets is unchanged. */
    expect("altview:   code 64 at 1000: 90\r\n",
           "altview:   code 64 at 1000: 90\n           1000  nop\n");
}

/* The program goes by the beginning of a line that is far too long. */
static void test_long(void **state)
{
    char text[4000] = "altview:   code 64 at 1000:";

    (void)state;
    while (strlen(text) + 4 < sizeof(text)) {
        strcat(text, " 90");
    }
    strcat(text, "\n");
    used = 0;
    log_code_feed(&(struct log_code){.put = put}, text, strlen(text));
    assert_memory_equal(shown, text, strlen(text));
    assert_non_null(strstr(shown, "           103f  nop\n"));
    assert_null(strstr(shown, "           1040  nop\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_unchanged),
        cmocka_unit_test(test_escaped),
        cmocka_unit_test(test_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
