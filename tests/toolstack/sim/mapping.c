/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's own pages in its monitor's process. */
#include "scene.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PAGE  4096U
#define PAGES 4096U /* 16 MiB */

static uint8_t *map(altview *h, unsigned int view, uint64_t gfn, size_t count, int prot)
{
    void *address = NULL;

    assert_int_equal(altview_map(h, view, gfn, count, prot, &address), 0);
    assert_non_null(address);
    return address;
}

static uint64_t text_at(const void *page)
{
    return *(const volatile uint64_t *)page;
}

/* The monitor sees the guest's stores, and the guest reads the monitor's. */
static void pages_are_the_guests_own(void **state)
{
    altview *h = *state;
    uint8_t *page = map(h, ALTVIEW_NO_VIEW, SCENE_GFN, 1, PROT_READ | PROT_WRITE);
    uint64_t value = 0;

    assert_true(text_at(page) == SCENE_REAL_TEXT);
    assert_int_equal(scene_write(h, 0x1234), 0);
    assert_true(text_at(page + SCENE_ADDRESS % PAGE) == 0x1234);
    *(volatile uint64_t *)page = 0x4321;
    assert_int_equal(scene_read_text(h, &value), 0);
    assert_true(value == 0x4321);
    assert_int_equal(altview_unmap(h, page, 1), 0);
}

static void as_the_view_shows_them(void **state)
{
    altview *h = *state;
    uint8_t *pages = map(h, SCENE_OTHER, SCENE_GFN - 1, 3, PROT_READ);

    assert_true(text_at(pages + PAGE) == SCENE_FALSE_TEXT);
    assert_true(text_at(pages) == 0);
    assert_true(text_at(pages + 2 * (size_t)PAGE) == 0);
    assert_int_equal(altview_unmap(h, pages, 3), 0);
}

static void a_view_closes_nothing_to_a_monitor(void **state)
{
    altview *h = *state;
    uint8_t *page;

    scene_restrict(h, XENMEM_access_n);
    page = map(h, SCENE_VIEW, SCENE_GFN, 1, PROT_READ);
    assert_true(text_at(page) == SCENE_REAL_TEXT);
    assert_int_equal(altview_unmap(h, page, 1), 0);
}

static void what_is_no_ram_is_refused(void **state)
{
    altview *h = *state;
    void *untouched = &h, *address = untouched;
    const struct {
        unsigned int view;
        uint64_t gfn;
        size_t count;
        int prot, want;
    } rows[] = {
        {ALTVIEW_NO_VIEW, PAGES, 1, PROT_READ, -EFAULT}, /* the simulation's tables lie there */
        {ALTVIEW_NO_VIEW, PAGES - 1, 2, PROT_READ, -EFAULT},
        {ALTVIEW_NO_VIEW, 1U << 27, 1, PROT_READ, -EFAULT},
        {ALTVIEW_NO_VIEW, 0, 0, PROT_READ, -EINVAL},
        {ALTVIEW_NO_VIEW, UINT64_MAX, 1, PROT_READ, -EINVAL},
        {ALTVIEW_NO_VIEW, 1, SIZE_MAX, PROT_READ, -EINVAL},
        {ALTVIEW_NO_VIEW, 0, 1, PROT_NONE, -EINVAL},
        {ALTVIEW_NO_VIEW, 0, 1, PROT_WRITE, -EINVAL},
        {ALTVIEW_NO_VIEW, 0, 1, PROT_READ | PROT_EXEC, -EINVAL},
        {7, 0, 1, PROT_READ, -EINVAL},
        {0x10000 + SCENE_VIEW, 0, 1, PROT_READ, -EINVAL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(
            altview_map(h, rows[i].view, rows[i].gfn, rows[i].count, rows[i].prot, &address),
            rows[i].want);
        assert_ptr_equal(address, untouched);
    }
    assert_int_equal(altview_map(h, 7, 0, 1, PROT_READ, &address), -EINVAL);
    assert_string_equal(altview_error(), "view 7 is not live (live: 0, 1, 2)");
    assert_int_equal(altview_map(h, ALTVIEW_NO_VIEW, PAGES, 1, PROT_READ, &address), -EFAULT);
    assert_string_equal(altview_error(), "gfn 0x1000 is not RAM of the guest's own");
    assert_int_equal(altview_unmap(h, (void *)1, 1), -EINVAL);
}

/* Each second gfn shows one page: more pieces than one reply has room for. */
static void a_mapping_of_many_pieces(void **state)
{
    altview *h = *state;
    uint8_t *pages;

    for (uint64_t gfn = 0x100; gfn < 0x100 + 800; gfn += 2) {
        assert_int_equal(altview_remap(h, SCENE_OTHER, gfn, SCENE_SHADOW_GFN), 0);
    }
    pages = map(h, SCENE_OTHER, 0x100, 800, PROT_READ);
    for (size_t i = 0; i < 800; i++) {
        assert_true(text_at(pages + i * PAGE) == (i % 2 ? 0 : SCENE_FALSE_TEXT));
    }
    assert_int_equal(altview_unmap(h, pages, 800), 0);
}

static void a_page_that_moves_is_told(void **state)
{
    altview *h = *state;
    const uint64_t *counter = NULL, *again = NULL;
    uint64_t before, value;

    assert_int_equal(altview_generation(h, &counter), 0);
    assert_int_equal(altview_generation(h, &again), 0);
    assert_ptr_equal(counter, again);
    before = __atomic_load_n(counter, __ATOMIC_SEQ_CST);
    scene_restrict(h, XENMEM_access_r);
    assert_int_equal(scene_read(h, &value), 0);
    assert_true(__atomic_load_n(counter, __ATOMIC_SEQ_CST) == before);
    assert_int_equal(altview_remap(h, SCENE_VIEW, SCENE_GFN, SCENE_SHADOW_GFN), 0);
    assert_true(__atomic_load_n(counter, __ATOMIC_SEQ_CST) != before);
}

/* From the second one on reads use the mapping. By then they see the pages that have moved
 * meanwhile. */
static void reads_follow_a_remap(void **state)
{
    altview *h = *state;

    for (int i = 0; i < 8; i++) {
        uint64_t value = 0;

        assert_int_equal(
            altview_remap(h, SCENE_VIEW, SCENE_GFN, i % 2 ? SCENE_SHADOW_GFN : ALTVIEW_NO_GFN), 0);
        assert_int_equal(altview_read(h, SCENE_VIEW, SCENE_PAGE, &value, sizeof(value)), 0);
        assert_true(value == (i % 2 ? SCENE_FALSE_TEXT : SCENE_REAL_TEXT));
    }
}

static void writes_follow_a_remap(void **state)
{
    altview *h = *state;

    for (uint64_t i = 1; i < 8; i++) {
        assert_int_equal(
            altview_remap(h, SCENE_VIEW, SCENE_GFN, i % 2 ? SCENE_SHADOW_GFN : ALTVIEW_NO_GFN), 0);
        assert_int_equal(altview_write(h, SCENE_VIEW, SCENE_PAGE, &i, sizeof(i)), 0);
        assert_true(scene_memory(h, i % 2 ? SCENE_SHADOW : SCENE_PAGE) == i);
    }
}

/* Long reads, over pages of all kinds, at odd addresses: the same bytes as by requests of at most 4
 * KiB. */
static void much_is_read_as_little_is(void **state)
{
    altview *h = *state;
    size_t size = 300 * PAGE + 17;
    uint8_t *much = malloc(size), piece[PAGE];
    uint64_t from = SCENE_PAGE - 5 * PAGE - 3;

    assert_non_null(much);
    for (size_t i = 0; i < size; i++) {
        much[i] = (uint8_t)(i * 7 / 5);
    }
    assert_int_equal(altview_write(h, ALTVIEW_NO_VIEW, from, much, size), 0);
    memset(much, 0, size);
    assert_int_equal(altview_read(h, SCENE_OTHER, from, much, size), 0);
    for (size_t at = 0; at < size; at += 1000) {
        size_t count = size - at < 1000 ? size - at : 1000;
        altview *other = h;

        assert_int_equal(altview_read(other, SCENE_OTHER, from + at, piece, count), 0);
        assert_memory_equal(piece, much + at, count);
    }
    free(much);
}

static void what_is_not_there_is_not_read(void **state)
{
    altview *h = *state;
    static uint8_t bytes[8 * PAGE];

    assert_int_equal(altview_read(h, ALTVIEW_NO_VIEW, SCENE_HOLE - PAGE, bytes, sizeof(bytes)),
                     -EFAULT);
    assert_int_equal(altview_write(h, ALTVIEW_NO_VIEW, SCENE_HOLE - PAGE, bytes, sizeof(bytes)),
                     -EFAULT);
    assert_int_equal(altview_read(h, 7, 0, bytes, sizeof(bytes)), -EINVAL);
    assert_int_equal(altview_read(h, 7, 0, bytes, 1), -EINVAL);
}

/* A mapping belongs to the program: it outlives the handle. */
static void a_mapping_outlives_its_handle(void **state)
{
    altview *h = scene_open("");
    uint8_t *page = map(h, ALTVIEW_NO_VIEW, SCENE_GFN, 1, PROT_READ);

    (void)state;
    altview_close(h);
    assert_true(text_at(page) == SCENE_REAL_TEXT);
    assert_int_equal(altview_unmap(NULL, page, 1), 0);
}

static atomic_bool over;

static void *read_on(void *argument)
{
    altview *h = argument;

    while (!over) {
        uint64_t value = 0;

        assert_int_equal(altview_read(h, SCENE_VIEW, SCENE_PAGE, &value, sizeof(value)), 0);
        assert_true(value == SCENE_REAL_TEXT || value == SCENE_FALSE_TEXT);
    }
    return NULL;
}

static void threads_read_while_pages_move(void **state)
{
    altview *h = *state;
    pthread_t readers[2];

    over = false;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&readers[i], NULL, read_on, h), 0);
    }
    for (int i = 0; i < 200; i++) {
        assert_int_equal(
            altview_remap(h, SCENE_VIEW, SCENE_GFN, i % 2 ? ALTVIEW_NO_GFN : SCENE_SHADOW_GFN), 0);
    }
    over = true;
    for (int i = 0; i < 2; i++) {
        pthread_join(readers[i], NULL);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pages_are_the_guests_own),
        TEST(as_the_view_shows_them),
        TEST(a_view_closes_nothing_to_a_monitor),
        TEST(what_is_no_ram_is_refused),
        TEST(a_mapping_of_many_pieces),
        TEST(a_page_that_moves_is_told),
        TEST(reads_follow_a_remap),
        TEST(writes_follow_a_remap),
        TEST(much_is_read_as_little_is),
        TEST(what_is_not_there_is_not_read),
        cmocka_unit_test(a_mapping_outlives_its_handle),
        TEST(threads_read_while_pages_move),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
