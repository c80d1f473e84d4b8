/* SPDX-License-Identifier: BSD-2-Clause */
/* A set of frames, compared with an array of bools: its members, and its first one. */
#include "pure/refusals.h"

#include "memory/frame_set.h"
#include "sim/random.h"

#include <stdlib.h>

#define STEPS 20000

struct naive {
    bool *has;
    uint64_t limit, count;
};

static uint64_t naive_first(const struct naive *n)
{
    uint64_t frame = 0;

    while (!n->has[frame])
        frame++;
    return frame;
}

static void toggle(struct frame_set *set, struct naive *n, uint64_t frame)
{
    if (n->has[frame])
        frame_set_remove(set, frame);
    else
        frame_set_add(set, frame);
    n->has[frame] = !n->has[frame];
    n->count += n->has[frame] ? 1 : -UINT64_C(1);
}

static void check_same(const struct frame_set *set, const struct naive *n, uint64_t frame)
{
    assert_int_equal(frame_set_has(set, frame), n->has[frame]);
    assert_int_equal(set->count, n->count);
    if (n->count)
        assert_int_equal(frame_set_first(set), naive_first(n));
}

static void start(struct frame_set *set, struct naive *n, uint64_t limit)
{
    *n = (struct naive){.has = calloc(limit, sizeof(bool)), .limit = limit};
    frame_set_init(set, calloc(1, frame_set_size(limit)), limit);
}

static void end(struct frame_set *set, struct naive *n)
{
    free(set->levels[0]);
    free(n->has);
}

/* A limit on each side of every border between words, and of a second and a third level. */
static void test_random(void **state)
{
    static const uint64_t limits[] = {1, 2, 63, 64, 65, 4095, 4096, 4097, 262145};
    struct sim_random random = {0x5eed};

    (void)state;
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        struct frame_set set;
        struct naive n;

        start(&set, &n, limits[i]);
        for (unsigned int step = 0; step < STEPS; step++) {
            uint64_t frame = sim_random_below(&random, n.limit);

            toggle(&set, &n, frame);
            if (step % 64 == 0 || n.limit <= 65)
                check_same(&set, &n, frame);
        }
        end(&set, &n);
    }
}

/* A guest gives all its memory back, and takes it again: no call fails, and no page comes twice. */
static void test_all(void **state)
{
    struct frame_set set;
    struct naive n;

    (void)state;
    start(&set, &n, 5000);
    for (uint64_t frame = 0; frame < n.limit; frame++)
        frame_set_add(&set, frame);
    assert_int_equal(set.count, n.limit);
    for (uint64_t frame = 0; frame < n.limit; frame++) {
        assert_int_equal(frame_set_first(&set), frame);
        frame_set_remove(&set, frame);
        assert_false(frame_set_has(&set, frame));
    }
    assert_int_equal(set.count, 0);
    end(&set, &n);
}

static void test_outside(void **state)
{
    struct frame_set set;
    struct naive n;

    (void)state;
    start(&set, &n, 100);
    frame_set_add(&set, 99);
    assert_true(frame_set_has(&set, 99));
    assert_false(frame_set_has(&set, 100));
    assert_false(frame_set_has(&set, 99 + 64));
    assert_false(frame_set_has(&set, UINT64_MAX));
    end(&set, &n);
}

/* One bit a frame, and 1/63 of that for the levels above, as docs/design/memory.md promises. */
static void test_size(void **state)
{
    (void)state;
    for (uint64_t limit = 1; limit < UINT64_C(1) << 36; limit = limit * 3 + 1)
        assert_true(frame_set_size(limit) <= limit / 8 + limit / 8 / 63 + 6 * 8);
    assert_int_equal(frame_set_size(UINT64_C(1) << 18), (1U << 15) + (1U << 9) + 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_outside),
        cmocka_unit_test(test_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
