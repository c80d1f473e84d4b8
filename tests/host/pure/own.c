/* SPDX-License-Identifier: BSD-2-Clause */
/* The pieces of RAM that the hypervisor keeps, on machines small and large. */
#include "pure/refusals.h"

#include "memory/own.h"
#include "sim/random.h"

#include <inttypes.h>
#include <stdlib.h>
#include <xen/arch-x86/hvm/start_info.h>

#define RAM XEN_HVM_MEMMAP_TYPE_RAM
#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)

/* The places of an image that the boot loader has just loaded, and of a guest of 40 MiB after
 * it. */
static const struct extents busy = {{{2 * MIB, 400 * KIB}, {16 * MIB, 40 * MIB}}, 2};

struct machine {
    const char *name;
    struct extent ram[40]; /* up to the first of size 0 */
    uint64_t low, total;   /* the required MiB */
    unsigned int pieces;   /* the expected number; 0: too little RAM */
    uint64_t first, last;  /* the start of the lowest piece, and the end of the highest */
};

static const struct machine machines[] = {
    {"as Bochs has it",
     {{0, 639 * KIB}, {MIB, 255 * MIB - 64 * KIB}},
     2,
     4,
     1,
     250 * MIB,
     254 * MIB},
    {"of 64 MiB, with the guest in the middle",
     {{0, 639 * KIB}, {MIB, 63 * MIB}},
     2,
     4,
     1,
     60 * MIB,
     64 * MIB},
    {"of 8 GiB: all but the image goes above 4 GiB",
     {{0, 639 * KIB}, {MIB, 3 * GIB - MIB}, {4 * GIB, 5 * GIB}},
     2,
     34,
     2,
     3 * GIB - 2 * MIB,
     9 * GIB},
    {"of 512 GiB, with 1 GiB below 4 GiB: 2 GiB in one piece are not there",
     {{0, 639 * KIB}, {MIB, GIB - MIB}, {4 * GIB, 511 * GIB}},
     2,
     2050,
     2,
     GIB - 2 * MIB,
     515 * GIB},
    {"of 2 TiB in two nodes, with a hole between",
     {{0, 639 * KIB}, {MIB, 2 * GIB - MIB}, {4 * GIB, 1022 * GIB}, {2 * TIB, TIB}},
     2,
     8194,
     2,
     2 * GIB - 2 * MIB,
     3 * TIB},
    {"of 6 TiB in eight nodes of different sizes, with holes",
     {{0, 639 * KIB},
      {MIB, 2 * GIB - MIB},
      {4 * GIB, 766 * GIB},
      {1 * TIB, 768 * GIB},
      {2 * TIB, 768 * GIB},
      {3 * TIB, 800 * GIB},
      {4 * TIB, 736 * GIB},
      {5 * TIB, 768 * GIB},
      {6 * TIB, 768 * GIB},
      {7 * TIB, 768 * GIB}},
     26,
     24578,
     2,
     2 * GIB - 26 * MIB,
     7 * TIB + 768 * GIB},
    {"whose upper RAM is out of reach in part: pieces stay below",
     {{MIB, GIB - MIB}, {4 * GIB, 4 * GIB}, {31 * TIB, 2 * TIB}},
     2,
     8194,
     2,
     GIB - 2 * MIB,
     32 * TIB},
    {"whose RAM is in pieces: of 64, 32 and 16 MiB above, and the rest from below",
     {{MIB, GIB - MIB}, {5 * GIB, 16 * MIB}, {6 * GIB, 64 * MIB}, {7 * GIB, 32 * MIB}},
     2,
     130,
     4,
     GIB - 18 * MIB,
     7 * GIB + 32 * MIB},
    {"whose stretches are not aligned: what is left of them is used",
     {{MIB, 63 * MIB}, {4 * GIB + MIB, 6 * MIB}, {5 * GIB + 4 * KIB, 5 * MIB}},
     2,
     8,
     3,
     62 * MIB,
     5 * GIB + 4 * MIB},
    {"with the guest at the top: the piece goes below it",
     {{MIB, 55 * MIB}},
     2,
     4,
     1,
     12 * MIB,
     16 * MIB},
    {"that is too small", {{0, 639 * KIB}, {MIB, 5 * MIB}}, 2, 8, 0, 0, 0},
    {"with nothing below 4 GiB", {{4 * GIB, 64 * GIB}}, 2, 258, 0, 0, 0},
    {"whose low RAM has no aligned 2 MiB",
     {{MIB, MIB + 64 * KIB}, {4 * MIB + 64 * KIB, 3 * MIB}, {4 * GIB, 64 * GIB}},
     2,
     258,
     0,
     0,
     0},
};

static struct boot_info *map_of(const struct extent *ram)
{
    struct boot_info *boot = calloc(1, sizeof(*boot));

    assert_non_null(boot);
    for (; ram->size; ram++)
        assert_true(map_set(boot, ram->start, ram->size, RAM));
    return boot;
}

/* Whole units of former RAM, ascending, apart from each other and from busy memory. */
static void check_pieces(const char *name, const struct boot_info *before,
                         const struct boot_info *boot, const struct own_need *need)
{
    const struct extents *own = &boot->own;
    uint64_t end = 0, size = 0;
    bool image = false;

    for (unsigned int i = 0; i < own->count; i++) {
        const struct extent *e = &own->list[i];

        if (!e->size || (e->start | e->size) % OWN_UNIT || (i && e->start <= end) ||
            e->start + e->size > need->reach || !map_is_ram(before, *e))
            fail_msg("%s: piece %u, %#" PRIx64 " bytes at %#" PRIx64, name, i, e->size, e->start);
        for (unsigned int b = 0; b < busy.count; b++)
            if (extents_overlap(busy.list[b], *e))
                fail_msg("%s: piece %u lies over what is still needed", name, i);
        image |= boot->image >= e->start && boot->image + need->low <= e->start + e->size;
        end = e->start + e->size;
        size += e->size;
    }
    if (!image || boot->image + need->low > 4 * GIB)
        fail_msg("%s: the image's part is at %#" PRIx64, name, boot->image);
    if (size != need->total || size != own_size(boot))
        fail_msg("%s: %" PRIu64 " MiB, should be %" PRIu64, name, size / MIB, need->total / MIB);
}

/* The guest's map lacks the pieces, and nothing else. */
static void check_map(const char *name, const struct boot_info *before,
                      const struct boot_info *boot)
{
    for (unsigned int i = 0; i < boot->own.count; i++)
        for (unsigned int r = 0; r < boot->range_count; r++)
            if (boot->ranges[r].type == RAM &&
                extents_overlap((struct extent){boot->ranges[r].start, boot->ranges[r].size},
                                boot->own.list[i]))
                fail_msg("%s: piece %u is RAM on the guest's map", name, i);
    if (map_ram_size(boot) + own_size(boot) != map_ram_size(before))
        fail_msg("%s: RAM is lost", name);
}

static void check_place(const struct machine *m, const struct boot_info *boot)
{
    const struct extents *own = &boot->own;
    const struct extent *last = &own->list[own->count - 1];

    if (own->count != m->pieces)
        fail_msg("a machine %s: %u pieces, %u are enough", m->name, own->count, m->pieces);
    if (own->list[0].start != m->first || last->start + last->size != m->last)
        fail_msg("a machine %s: from %#" PRIx64 " to %#" PRIx64, m->name, own->list[0].start,
                 last->start + last->size);
}

static void large_and_small(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(machines); i++) {
        const struct machine *m = &machines[i];
        struct boot_info *before = map_of(m->ram), *boot = map_of(m->ram);
        const struct own_need need = {m->low * MIB, m->total * MIB, 32 * TIB, false};
        bool chosen = own_choose(boot, &need, &busy);

        if (chosen != (m->pieces != 0))
            fail_msg("a machine %s is %s", m->name, chosen ? "taken" : "refused");
        if (chosen) {
            check_pieces(m->name, before, boot, &need);
            check_map(m->name, before, boot);
            check_place(m, boot);
        } else {
            assert_memory_equal(boot->ranges, before->ranges, sizeof(boot->ranges));
            assert_int_equal(boot->range_count, before->range_count);
        }
        free(before);
        free(boot);
    }
}

/* For tests: each piece separately. */
static void forced_apart(void **state)
{
    const struct extent ram[] = {{MIB, 255 * MIB}, {4 * GIB, 7 * MIB}, {0, 0}};
    const struct own_need need = {2 * MIB, 20 * MIB, 32 * TIB, true};
    struct boot_info *before = map_of(ram), *boot = map_of(ram);

    (void)state;
    assert_true(own_choose(boot, &need, &busy));
    check_pieces("apart", before, boot, &need);
    check_map("apart", before, boot);
    assert_int_equal(boot->own.count, 10);
    free(before);
    free(boot);
}

/* RAM in many small ranges: altview refuses it once there are more pieces than the list holds. */
static void many_pieces(void **state)
{
    struct extent ram[43] = {{MIB, 63 * MIB}};
    const struct own_need enough = {2 * MIB, (2 + 2 * (OWN_PIECES_MAX - 1)) * MIB, 32 * TIB, false};
    struct own_need more = enough;
    struct boot_info *before, *boot;

    (void)state;
    for (unsigned int i = 1; i < 42; i++)
        ram[i] = (struct extent){4 * GIB + i * 4 * MIB, 2 * MIB};
    before = map_of(ram);
    boot = map_of(ram);
    assert_true(own_choose(boot, &enough, &busy));
    check_pieces("many", before, boot, &enough);
    assert_int_equal(boot->own.count, OWN_PIECES_MAX);
    *boot = *before;
    more.total += 2 * MIB;
    assert_false(own_choose(boot, &more, &busy));
    assert_memory_equal(boot->ranges, before->ranges, sizeof(boot->ranges));
    free(before);
    free(boot);
}

/* The firmware's map has no room for a reservation. */
static void full_map(void **state)
{
    struct boot_info *boot = calloc(1, sizeof(*boot)), *before = calloc(1, sizeof(*boot));
    const struct own_need need = {2 * MIB, 8 * MIB, 32 * TIB, false};

    (void)state;
    assert_non_null(boot);
    assert_non_null(before);
    for (unsigned int i = 0; i < BOOT_MAX_RANGES; i++)
        assert_true(map_set(boot, (64 + i * 64) * MIB, 33 * MIB, RAM));
    *before = *boot;
    assert_false(own_choose(boot, &need, &busy));
    assert_memory_equal(boot->ranges, before->ranges, sizeof(boot->ranges));
    free(before);
    free(boot);
}

/* With any map: all the memory asked for, or no change. */
static void random_maps(void **state)
{
    struct sim_random r = sim_random_seed(5);
    unsigned int taken = 0;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct boot_info *boot = calloc(1, sizeof(*boot)), *before = calloc(1, sizeof(*boot));
        struct own_need need = {2 * MIB, (2 + 2 * sim_random_below(&r, 40)) * MIB, 32 * TIB,
                                sim_random_below(&r, 4) == 0};

        assert_non_null(boot);
        assert_non_null(before);
        for (int i = 0; i < 20; i++)
            map_set(boot, sim_random_below(&r, 5 * GIB / KIB) * KIB, sim_random_below(&r, 64 * MIB),
                    1 + (uint32_t)sim_random_below(&r, 2));
        map_set(boot, 4 * GIB - 2 * MIB, 4 * MIB, RAM); /* on both sides of 4 GiB */
        *before = *boot;
        if (own_choose(boot, &need, &busy)) {
            check_pieces("random", before, boot, &need);
            check_map("random", before, boot);
            taken++;
        } else {
            assert_memory_equal(boot->ranges, before->ranges, sizeof(boot->ranges));
        }
        free(before);
        free(boot);
    }
    assert_true(taken > 500);
}

/* The memory that no view may reach: the page from which CPUs start, if there is one, comes
 * first. */
static void never_the_guests(void **state)
{
    static struct boot_info boot = {.own = {{{4 * MIB, 2 * MIB}, {8 * MIB, 4 * MIB}}, 2}};
    struct extents ours;

    (void)state;
    own_extents(&boot, &ours);
    assert_memory_equal(&ours, &boot.own, sizeof(ours));
    boot.trampoline = 0x9e000;
    own_extents(&boot, &ours);
    assert_int_equal(ours.count, 3);
    assert_int_equal(ours.list[0].start, 0x9e000);
    assert_int_equal(ours.list[0].size, 4096);
    assert_memory_equal(&ours.list[1], &boot.own.list[0], 2 * sizeof(boot.own.list[0]));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_and_small), cmocka_unit_test(forced_apart),
        cmocka_unit_test(many_pieces),     cmocka_unit_test(full_map),
        cmocka_unit_test(random_maps),     cmocka_unit_test(never_the_guests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
