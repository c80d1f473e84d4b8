/* SPDX-License-Identifier: BSD-2-Clause */
/* The log's formatter prints the same as printf. */
#include "pure/refusals.h"

#include "base/format.h"

__attribute__((format(printf, 3, 4))) static size_t format(char *buffer, size_t size,
                                                           const char *text, ...)
{
    va_list args;
    size_t length;

    va_start(args, text);
    length = format_text(buffer, size, text, args);
    va_end(args);
    return length;
}

/* The same arguments to both. */
#define SAME(...)                                                                                  \
    do {                                                                                           \
        char is[128], want[128];                                                                   \
        size_t length = format(is, sizeof(is), __VA_ARGS__);                                       \
        snprintf(want, sizeof(want), __VA_ARGS__);                                                 \
        assert_string_equal(is, want);                                                             \
        assert_int_equal(length, strlen(want));                                                    \
    } while (0)

/* NOLINTNEXTLINE(readability-function-size): each row is a statement that unfolds to five */
static void as_printf(void **state)
{
    (void)state;
    SAME("plain");
    SAME("100%%");
    SAME("%d %i %u", -5, 7, 4000000000U);
    SAME("%d %d", INT32_MIN, INT32_MAX);
    SAME("%ld %lld", INT64_MIN, (long long)INT64_MAX);
    SAME("%x %X %lx %llX", 0xbeefU, 0xbeefU, UINT64_MAX, 0x123456789abcdefULL);
    SAME("%zu|%5d|%-5d|%05d|%05d", (size_t)12, 42, 42, 42, -42);
    SAME("%8x|%08lx|%-8x|%1x", 0xabcU, 0xabcUL, 0xabcU, 0xabcU);
    SAME("%s|%6s|%-6s|%2s", "abc", "abc", "abc", "abc");
    SAME("%c%c|%3c|%-3c|", 'a', 'b', 'c', 'd');
    SAME("%d%s%d%s%d%s%d%s", 1, "a", 2, "b", 3, "c", 4, "d");
    SAME("%016llx", 0ULL);
}

/* The result always has its terminator, and never exceeds the buffer. */
static void cut_at_the_end(void **state)
{
    char buffer[8];

    (void)state;
    for (size_t size = 1; size <= sizeof(buffer); size++) {
        memset(buffer, 'x', sizeof(buffer));
        assert_int_equal(format(buffer, size, "%s", "0123456789"), size - 1);
        assert_int_equal(strlen(buffer), size - 1);
        for (size_t i = size; i < sizeof(buffer); i++)
            assert_int_equal(buffer[i], 'x');
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_printf),
        cmocka_unit_test(cut_at_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
