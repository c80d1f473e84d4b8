/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory by virtual addresses, its map, and its search, on a simulated domain. */
#include <altview/altview.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROOT    UINT64_C(0x10000)
#define VIRTUAL UINT64_C(0xffff888000000000)
#define PAGE    UINT64_C(0x1000)
#define LARGE   UINT64_C(0x200000)
#define RAM     (UINT64_C(16) << 20)

static altview *h;
static const struct altview_space space = {.has_cr3 = true, .cr3 = ROOT};

static void put(uint64_t table, unsigned int index, uint64_t entry)
{
    assert_int_equal(altview_write(h, ALTVIEW_NO_VIEW, table + index * 8, &entry, 8), 0);
}

/* Three pages: the first two are neighbours only in virtual memory, and behind a hole is one of 2
 * MiB. */
static int open_domain(void **state)
{
    (void)state;
    if (altview_open("sim:views=4,memory=16,vcpus=2", 0, &h) || altview_set_active(h, true)) {
        return -1;
    }
    put(ROOT, VIRTUAL >> 39 & 511, ROOT + PAGE + 3);
    put(ROOT + PAGE, 0, ROOT + 2 * PAGE + 3);
    put(ROOT + 2 * PAGE, 0, ROOT + 3 * PAGE + 3);
    put(ROOT + 2 * PAGE, 1, 2 * LARGE + 0x83);
    put(ROOT + 3 * PAGE, 0, 0x20003);
    put(ROOT + 3 * PAGE, 1, 0x24003);
    put(ROOT + 3 * PAGE, 2, 0x25003);
    return 0;
}

static int close_domain(void **state)
{
    (void)state;
    altview_close(h);
    return 0;
}

static void a_walk_tells_its_way(void **state)
{
    struct altview_translation t;

    (void)state;
    assert_int_equal(altview_translate(h, ALTVIEW_NO_VIEW, &space, VIRTUAL + 0x1234, &t), 0);
    assert_true(t.physical == 0x24234);
    assert_int_equal(t.step_count, 4);
    assert_int_equal(altview_translate(h, ALTVIEW_NO_VIEW, &space, VIRTUAL + LARGE + 5, &t), 0);
    assert_true(t.physical == 2 * LARGE + 5);
    assert_int_equal(t.page_shift, 21);
    assert_int_equal(altview_translate(h, ALTVIEW_NO_VIEW, &space, VIRTUAL + 0x3000, &t), -EFAULT);
    assert_int_equal(t.step_count, 4); /* reported in spite of the failure */
    assert_int_equal(t.end, ALTVIEW_WALK_NOT_PRESENT);
    assert_non_null(strstr(altview_error(), "level 1, the entry 0x0 at 0x13018"));
    assert_int_equal(altview_translate(h, 7, &space, VIRTUAL, &t), -EINVAL);
    assert_non_null(strstr(altview_error(), "view 7 is not live"));
}

static void ranges_are_runs(void **state)
{
    struct altview_run *runs;
    size_t count = 77;

    (void)state;
    assert_int_equal(
        altview_translate_range(h, ALTVIEW_NO_VIEW, &space, VIRTUAL + 0xff0, 0x1020, &runs, &count),
        0);
    assert_int_equal(count, 2); /* the second and third page are one */
    assert_true(runs[0].address == VIRTUAL + 0xff0 && runs[0].physical == 0x20ff0);
    assert_true(runs[0].size == 0x10);
    assert_true(runs[1].address == VIRTUAL + PAGE && runs[1].physical == 0x24000);
    assert_true(runs[1].size == 0x1010);
    free(runs);
    assert_int_equal(altview_translate_range(h, ALTVIEW_NO_VIEW, &space, VIRTUAL + LARGE + 0x10,
                                             LARGE - 0x10, &runs, &count),
                     0);
    assert_int_equal(count, 1);
    assert_true(runs[0].size == LARGE - 0x10);
    free(runs);
    assert_int_equal(
        altview_translate_range(h, ALTVIEW_NO_VIEW, &space, VIRTUAL, 0x3001, &runs, &count),
        -EFAULT);
    assert_int_equal(
        altview_translate_range(h, ALTVIEW_NO_VIEW, &space, UINT64_MAX, 2, &runs, &count), -EINVAL);
}

static void memory_is_read_and_written(void **state)
{
    char there[16] = "over a page end", back[16] = "";

    (void)state;
    assert_int_equal(
        altview_write_virtual(h, ALTVIEW_NO_VIEW, &space, VIRTUAL + PAGE - 5, there, sizeof(there)),
        0);
    assert_int_equal(altview_read(h, ALTVIEW_NO_VIEW, 0x20ffb, back, 5), 0);
    assert_int_equal(altview_read(h, ALTVIEW_NO_VIEW, 0x24000, back + 5, 11), 0);
    assert_string_equal(back, there);
    memset(back, 0, sizeof(back));
    assert_int_equal(
        altview_read_virtual(h, ALTVIEW_NO_VIEW, &space, VIRTUAL + PAGE - 5, back, sizeof(back)),
        0);
    assert_string_equal(back, there);
}

/* The library writes nothing to a range in which one page is missing. */
static void nothing_is_written_in_part(void **state)
{
    char bytes[8] = "nowhere", back[4] = "";

    (void)state;
    assert_int_equal(altview_write_virtual(h, ALTVIEW_NO_VIEW, &space, VIRTUAL + 0x3000 - 4, bytes,
                                           sizeof(bytes)),
                     -EFAULT);
    assert_int_equal(altview_read(h, ALTVIEW_NO_VIEW, 0x25ffc, back, sizeof(back)), 0);
    assert_memory_equal(back, "\0\0\0", 4);
    assert_int_equal(altview_read_virtual(h, ALTVIEW_NO_VIEW, &space, VIRTUAL + 0x3000 - 4, bytes,
                                          sizeof(bytes)),
                     -EFAULT);
    assert_string_equal(bytes, "nowhere");
}

static void a_vcpu_has_its_tables(void **state)
{
    const struct altview_set_registers cr3 = {.vcpu = 1, .mask = ALTVIEW_SET_CR3, .cr3 = ROOT};
    const struct altview_space second = {.vcpu = 1};
    struct altview_translation t;

    (void)state;
    assert_int_equal(altview_pause(h, 1), 0);
    assert_int_equal(altview_set_registers(h, &cr3), 0);
    assert_int_equal(altview_translate(h, ALTVIEW_NO_VIEW, &second, VIRTUAL, &t), 0);
    assert_true(t.physical == 0x20000);
    assert_true(t.cr3 == ROOT);
    assert_int_equal(altview_translate(h, ALTVIEW_NO_VIEW, &(struct altview_space){0}, VIRTUAL, &t),
                     -EFAULT);
    assert_int_equal(
        altview_translate(h, ALTVIEW_NO_VIEW, &(struct altview_space){.vcpu = 2}, VIRTUAL, &t),
        -EINVAL);
}

static size_t search(uint64_t from, uint64_t last, const char *text, uint64_t *where)
{
    uint64_t addresses[ALTVIEW_SEARCH_MOST];
    size_t count, all = 0;

    while (from != ALTVIEW_NO_GFN) {
        assert_int_equal(
            altview_search(h, ALTVIEW_NO_VIEW, &from, last, text, strlen(text), addresses, &count),
            0);
        memcpy(where + all, addresses, count * sizeof(addresses[0]));
        all += count;
    }
    return all;
}

/* Also matches that cross the ends of pieces. */
static void memory_is_searched(void **state)
{
    static const uint64_t places[] = {0x3ffe, 0x3fffc, 0x40000, 0x7fffd, RAM - 6};
    uint64_t where[ALTVIEW_SEARCH_MOST], from = 0;
    size_t count;

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(altview_write(h, ALTVIEW_NO_VIEW, places[i], "sought", i == 1 ? 4 : 6), 0);
    }
    assert_int_equal(search(0, UINT64_MAX, "sought", where), 4); /* the second is cut off */
    assert_true(where[0] == places[0] && where[1] == places[2]);
    assert_true(where[2] == places[3] && where[3] == places[4]);
    assert_int_equal(altview_search(h, ALTVIEW_NO_VIEW, &from, 1, "", 0, where, &count), -EINVAL);
    from = 2;
    assert_int_equal(altview_search(h, ALTVIEW_NO_VIEW, &from, 1, "x", 1, where, &count), -EINVAL);
    assert_int_equal(altview_search(h, 7, &from, 3, "x", 1, where, &count), -EINVAL);
    assert_int_equal(from, 2);
}

static void the_map_is_told(void **state)
{
    struct altview_memory_range *ranges;
    uint64_t maximum;
    size_t count;

    (void)state;
    assert_int_equal(altview_maximum_gfn(h, &maximum), 0);
    assert_int_equal(maximum, RAM / PAGE - 1);
    assert_int_equal(altview_memory_map(h, &ranges, &count), 0);
    assert_int_equal(count, 1);
    assert_true(!ranges[0].gfn && ranges[0].nr == RAM / PAGE);
    assert_int_equal(ranges[0].type, ALTVIEW_MEMORY_RAM);
    free(ranges);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_domain, close_domain)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_walk_tells_its_way),
        TEST(ranges_are_runs),
        TEST(memory_is_read_and_written),
        TEST(nothing_is_written_in_part),
        TEST(a_vcpu_has_its_tables),
        TEST(memory_is_searched),
        TEST(the_map_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
