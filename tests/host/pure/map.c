/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory map, and the search for room in it, compared with a byte for each page. */
#include "pure/refusals.h"

#include "memory/map.h"
#include "sim/random.h"

#include <inttypes.h>
#include <stdlib.h>
#include <xen/arch-x86/hvm/start_info.h>

#define PAGE  4096
#define PAGES 200
#define RAM   XEN_HVM_MEMMAP_TYPE_RAM

/* Type of each page by map_set's description; 0: no entry. */
struct naive {
    uint8_t type[PAGES];
};

static void naive_set(struct naive *n, uint64_t start, uint64_t size, uint32_t type)
{
    for (uint64_t page = 0; page < PAGES; page++) {
        uint64_t from = page * PAGE, to = from + PAGE;
        bool whole = start <= from && to <= start + size;
        bool part = size && start < to && from < start + size;

        if (type == RAM ? whole : part)
            n->type[page] = (uint8_t)type;
    }
}

/* Ascending, not empty, apart from neighbours of the same type, and with the right types. */
static void check_map(const struct boot_info *boot, const struct naive *n)
{
    uint8_t seen[PAGES] = {0};
    uint64_t end = 0;

    for (unsigned int i = 0; i < boot->range_count; i++) {
        const struct boot_range *r = &boot->ranges[i];

        assert_true(r->size && !(r->start % PAGE) && !(r->size % PAGE) && r->start >= end);
        assert_false(i && r->start == end && r->type == r[-1].type);
        end = r->start + r->size;
        memset(seen + r->start / PAGE, (int)r->type, r->size / PAGE);
    }
    assert_memory_equal(seen, n->type, sizeof(seen));
}

static bool is_clear(const struct naive *n, const struct extents *busy, struct extent e,
                     struct extent within)
{
    if (e.start < PAGE || e.start < within.start || e.start + e.size > within.start + within.size)
        return false;
    for (uint64_t page = e.start / PAGE; page * PAGE < e.start + e.size; page++)
        if (page >= PAGES || n->type[page] != RAM)
            return false;
    for (unsigned int i = 0; i < busy->count; i++)
        if (extents_overlap(busy->list[i], e))
            return false;
    return true;
}

/* The highest place; none only if there is none. */
static void check_find(const struct boot_info *boot, const struct naive *n, struct sim_random *r)
{
    struct extents busy = {.count = 0};
    struct extent within = {sim_random_below(r, PAGES / 2) * PAGE,
                            sim_random_below(r, PAGES) * PAGE};
    uint64_t size = (1 + sim_random_below(r, 12)) * PAGE - sim_random_below(r, 2) * 100;
    uint64_t align = PAGE << sim_random_below(r, 4), want = 0, is;

    for (int i = 0; i < 6; i++)
        extents_add(&busy, (struct extent){sim_random_below(r, PAGES * PAGE),
                                           sim_random_below(r, 5 * PAGE)});
    for (uint64_t at = 0; at < PAGES * PAGE; at += align)
        if (is_clear(n, &busy, (struct extent){at, size}, within))
            want = at;
    is = map_find(boot, size, align, within, &busy);
    if (is != want)
        fail_msg("found %#" PRIx64 " for %#" PRIx64 " bytes, should be %#" PRIx64, is, size, want);
}

static void random_maps(void **state)
{
    struct sim_random r = sim_random_seed(1);

    (void)state;
    for (int round = 0; round < 300; round++) {
        struct boot_info *boot = calloc(1, sizeof(*boot));
        struct naive n = {{0}};

        assert_non_null(boot);
        for (int i = 0; i < 25; i++) {
            uint64_t start = sim_random_below(&r, (PAGES - 40) * PAGE);
            uint64_t size = sim_random_below(&r, 39 * PAGE);
            uint32_t type = 1 + (uint32_t)sim_random_below(&r, 3);

            assert_true(map_set(boot, start, size, type));
            naive_set(&n, start, size, type);
            check_map(boot, &n);
            check_find(boot, &n, &r);
        }
        free(boot);
    }
}

/* Firmware may claim anything. */
static void absurd_ranges(void **state)
{
    struct boot_info *boot = calloc(1, sizeof(*boot));

    (void)state;
    assert_non_null(boot);
    assert_true(map_set(boot, 0, UINT64_MAX, RAM));
    assert_int_equal(map_end(boot), UINT64_C(1) << 52);
    assert_true(map_set(boot, UINT64_MAX - 5, 100, RAM));
    assert_true(map_set(boot, 0x5001, 0, RAM));
    assert_true(map_set(boot, 0x5000, UINT64_MAX, 2));
    assert_int_equal(map_ram_size(boot), 0x5000);
    assert_false(map_is_ram(boot, (struct extent){0x4000, 0x1001}));
    assert_true(map_is_ram(boot, (struct extent){0x4000, 0x1000}));
    assert_false(map_is_ram(boot, (struct extent){0x4000, 0}));
    assert_false(map_is_ram(boot, (struct extent){0x4000, UINT64_MAX}));
    free(boot);
}

static void too_many_ranges(void **state)
{
    struct boot_info *boot = calloc(1, sizeof(*boot));
    unsigned int accepted = 0;

    (void)state;
    assert_non_null(boot);
    while (accepted < 1000 && map_set(boot, accepted * 2 * PAGE, PAGE, RAM))
        accepted++;
    assert_int_equal(accepted, BOOT_MAX_RANGES);
    assert_int_equal(boot->range_count, BOOT_MAX_RANGES);
    free(boot);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_maps),
        cmocka_unit_test(absurd_ranges),
        cmocka_unit_test(too_many_ranges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
