/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of functions and frames for backtraces. */
#include "pure/refusals.h"

#include "base/symbols.h"

/* first: at 0x10, frame 1 word, 3 from its 4th byte on, 1 again 300 bytes further; second: at
 * 0x200, unknown frame; third: at 0x250, frame 2. */
static const uint8_t table[] = {
    0x10, 0,    1, 'f', 'i', 'r', 's', 't', 0,   4, 3, 255, 3, 45, 1, 0, /* first */
    0xf0, 0x01, 0, 's', 'e', 'c', 'o', 'n', 'd', 0, 0,                   /* second */
    0x50, 0,    2, 't', 'h', 'i', 'r', 'd', 0,   0,                      /* third */
    0xff, 0xff,
};

static const struct {
    uint32_t at;
    const char *name; /* NULL: there is none */
    uint32_t offset;
    unsigned int frame;
} cases[] = {
    {0, NULL, 0, 0},
    {0xf, NULL, 0, 0},
    {0x10, "first", 0, 1},
    {0x13, "first", 3, 1},
    {0x14, "first", 4, 3},
    {0x10 + 4 + 255, "first", 259, 3},
    {0x10 + 4 + 299, "first", 303, 3},
    {0x10 + 4 + 300, "first", 304, 1},
    {0x1ff, "first", 0x1ef, 1},
    {0x200, "second", 0, 0},
    {0x24f, "second", 0x4f, 0},
    {0x250, "third", 0, 2},
    /* The table does not have the end of the last one. */
    {0x100000, "third", 0x100000 - 0x250, 2},
};

static void every_place(void **state)
{
    struct symbol s;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (symbol_find(table, cases[i].at, &s) != !!cases[i].name)
            fail_msg("%#x is %s", cases[i].at, cases[i].name ? "not found" : "found");
        if (cases[i].name && (strcmp(s.name, cases[i].name) || s.offset != cases[i].offset ||
                              s.frame != cases[i].frame))
            fail_msg("%#x: %s+%#x, frame %u", cases[i].at, s.name, s.offset, s.frame);
    }
}

/* Like the first of two links. */
static void empty_table(void **state)
{
    static const uint8_t empty[] = {0xff, 0xff};
    struct symbol s;

    (void)state;
    assert_false(symbol_find(empty, 0, &s));
    assert_false(symbol_find(empty, 0x1000, &s));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_place),
        cmocka_unit_test(empty_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
