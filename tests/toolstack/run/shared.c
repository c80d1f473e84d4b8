/* SPDX-License-Identifier: BSD-2-Clause */
/* The hub maps the rings at the place in RING, and accepts no other memory as rings. */
#include "toolstack/machine/hub/shared.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define AT       0x30000U
#define SIZE     0x15000U
#define FILE_MAX (UINT64_C(3) << 30) /* sparse */
#define FOUR_GIB (UINT64_C(4) << 30)
#define TWO_GIB  (UINT64_C(2) << 30)
#define INSTANCE 0x1234567890

static const struct altview_ring_place good_place = {
    .address = AT, .size = SIZE, .version = ALTVIEW_RING_VERSION};
static const struct altview_rings good = {.magic = ALTVIEW_RING_MAGIC,
                                          .version = ALTVIEW_RING_VERSION,
                                          .size = SIZE,
                                          .instance = INSTANCE,
                                          .to_altview_at = 0x1000,
                                          .to_altview_size = 0x4000,
                                          .from_altview_at = 0x5000,
                                          .from_altview_size = 0x10000};

static int memory_with(const struct altview_rings *rings, uint64_t at)
{
    int memory = memfd_create("memory", MFD_CLOEXEC);

    assert_true(memory >= 0);
    assert_int_equal(ftruncate(memory, (off_t)FILE_MAX), 0);
    assert_int_equal(pwrite(memory, rings, sizeof(*rings), (off_t)at), sizeof(*rings));
    return memory;
}

static bool opens(const struct altview_rings *rings, const struct altview_ring_place *place)
{
    int memory = memory_with(rings, AT);
    struct shared shared;
    bool open = shared_open(&shared, memory, place, INSTANCE);

    assert_true(open == (shared.map != NULL));
    shared_close(&shared);
    assert_null(shared.map);
    close(memory);
    return open;
}

static void test_bytes_reach_the_file(void **state)
{
    int memory = memory_with(&good, AT);
    struct shared shared;
    char got[4] = {0};
    uint32_t head = 0;

    (void)state;
    assert_true(shared_open(&shared, memory, &good_place, INSTANCE));
    assert_int_equal(ring_write(&shared.out, "abc", 3), 3);
    assert_int_equal(pread(memory, got, 3, AT + 0x1000), 3);
    assert_string_equal(got, "abc");
    assert_int_equal(pread(memory, &head, sizeof(head), AT + 64), sizeof(head));
    assert_int_equal(head, 3);
    shared_close(&shared);
    close(memory);
}

/* With 3 GiB QEMU has 2 GiB below 4 GiB. The third one is above. */
static void test_above_4_gib(void **state)
{
    int memory = memory_with(&good, TWO_GIB + AT);
    struct altview_ring_place place = good_place;
    struct shared shared;

    (void)state;
    place.address = FOUR_GIB + AT;
    assert_true(shared_open(&shared, memory, &place, INSTANCE));
    shared_close(&shared);
    close(memory);
}

static void test_places_that_are_none(void **state)
{
    static const struct altview_ring_place bad[] = {
        {.address = AT, .size = SIZE, .version = ALTVIEW_RING_VERSION + 1},
        {.address = AT, .size = sizeof(struct altview_rings) - 1, .version = ALTVIEW_RING_VERSION},
        {.address = AT, .size = 1U << 21, .version = ALTVIEW_RING_VERSION},
        {.address = AT, .size = UINT32_MAX, .version = ALTVIEW_RING_VERSION},
        {.address = AT + 8, .size = SIZE, .version = ALTVIEW_RING_VERSION},
        {.address = AT + 0x1000, .size = SIZE, .version = ALTVIEW_RING_VERSION},
        {.address = FILE_MAX - 0x1000, .size = SIZE, .version = ALTVIEW_RING_VERSION},
        {.address = FOUR_GIB + FILE_MAX, .size = SIZE, .version = ALTVIEW_RING_VERSION},
        {.address = UINT64_MAX - 0xfff, .size = SIZE, .version = ALTVIEW_RING_VERSION},
    };

    (void)state;
    assert_true(opens(&good, &good_place));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(opens(&good, &bad[i]));
    }
}

#define REFUSED(field, value)                                                                      \
    {                                                                                              \
        struct altview_rings rings = good;                                                         \
                                                                                                   \
        rings.field = (value);                                                                     \
        assert_false(opens(&rings, &good_place));                                                  \
    }

static void test_rings_that_are_none(void **state)
{
    (void)state;
    REFUSED(magic, 0);
    REFUSED(version, ALTVIEW_RING_VERSION + 1);
    REFUSED(size, SIZE + 1);
    REFUSED(instance, INSTANCE + 1); /* an earlier run's */
    REFUSED(to_altview_size, 0x3000);
    REFUSED(to_altview_size, 0);
    REFUSED(to_altview_at, 0); /* it overlaps the indices */
    REFUSED(to_altview_at, SIZE - 0x3fff);
    REFUSED(to_altview_at, UINT32_MAX);
    REFUSED(from_altview_size, 0x20000);
    REFUSED(from_altview_size, UINT32_MAX);
    REFUSED(from_altview_at, 0x6000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_reach_the_file),
        cmocka_unit_test(test_above_4_gib),
        cmocka_unit_test(test_places_that_are_none),
        cmocka_unit_test(test_rings_that_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
