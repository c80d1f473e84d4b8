/* SPDX-License-Identifier: BSD-2-Clause */
/* The places of the guest's pages; altview's own pages have none. */
#include "control/port.h"

static const struct altview_located *head_of(const struct port *p)
{
    return (const void *)p->payload;
}

static const struct altview_frames *frames_of(const struct port *p)
{
    return (const void *)(head_of(p) + 1);
}

static void locate(struct port *p, unsigned int view, uint64_t gfn, uint64_t count)
{
    assert_int_equal(PORT_ASK(p, ALTVIEW_LOCATE, altview_locate, .gfn = gfn, .count = count,
                              .view = (uint16_t)view),
                     0);
    assert_int_equal(p->reply.length, sizeof(struct altview_located) +
                                          head_of(p)->count * sizeof(struct altview_frames));
}

static void assert_frames(const struct port *p, uint32_t i, uint64_t gfn, uint64_t nr, uint64_t mfn)
{
    const struct altview_frames *f = &frames_of(p)[i];

    assert_true(i < head_of(p)->count);
    assert_int_equal(f->gfn, gfn);
    assert_int_equal(f->nr, nr);
    assert_int_equal(f->mfn, mfn);
}

/* One element covers neighbours. Pages shared with altview, devices and holes have none. */
static void test_the_guests_own_alone(void **state)
{
    struct port *p = *state;
    uint64_t ram = RAM_GFN + RAM_PAGES;

    locate(p, ALTVIEW_NO_VIEW, 0, SCENE_HOLE + 8);
    assert_int_equal(head_of(p)->count, 3);
    assert_frames(p, 0, 0, RAM_GFN, SCENE_MFN);
    assert_frames(p, 1, RAM_GFN, RAM_PAGES, ram_mfn(&p->scene->machine, p->ram));
    assert_frames(p, 2, ram, SCENE_SPECIAL - ram, ram + SCENE_MFN);
    assert_true(head_of(p)->next == ALTVIEW_NO_GFN);
    locate(p, ALTVIEW_NO_VIEW, SCENE_SPECIAL, 1);
    assert_int_equal(head_of(p)->count, 0);
    assert_true(head_of(p)->next == ALTVIEW_NO_GFN);
}

static void test_as_a_view_shows_it(void **state)
{
    struct port *p = *state;

    locate(p, 1, 0x10, 3);
    assert_int_equal(head_of(p)->count, 3);
    assert_frames(p, 0, 0x10, 1, 0x10 + SCENE_MFN); /* read-only, which does not matter here */
    assert_frames(p, 1, 0x11, 1, 0x12 + SCENE_MFN);
    assert_frames(p, 2, 0x12, 1, 0x12 + SCENE_MFN);
}

static void test_large_and_far(void **state)
{
    struct port *p = *state;

    locate(p, 2, SCENE_LARGE + 5, 0x20000);
    assert_int_equal(head_of(p)->count, 1);
    assert_frames(p, 0, SCENE_LARGE + 5, 0x20000, SCENE_LARGE + 5 + SCENE_MFN);
    locate(p, ALTVIEW_NO_VIEW, SCENE_BEYOND - 1, 8);
    assert_int_equal(head_of(p)->count, 0);
    locate(p, ALTVIEW_NO_VIEW, SCENE_BEYOND, 1);
    assert_int_equal(head_of(p)->count, 0);
    locate(p, ALTVIEW_NO_VIEW, 0, UINT64_MAX);
    assert_int_equal(head_of(p)->count, 4);
}

/* More elements than a reply has room for: the rest comes from `next` on, and none comes twice. */
static void test_it_comes_in_pieces(void **state)
{
    struct port *p = *state;
    uint64_t gfn = SCENE_LARGE, seen = 0;
    unsigned int pieces = 0;

    for (uint64_t i = 0; i < 400; i++)
        assert_int_equal(altp2m_remap(p->d, 1, SCENE_LARGE + 2 * i, SCENE_LARGE + 900, true), 0);
    while (gfn != ALTVIEW_NO_GFN) {
        locate(p, 1, gfn, SCENE_LARGE + 800 - gfn);
        for (uint32_t i = 0; i < head_of(p)->count; i++) {
            assert_int_equal(frames_of(p)[i].gfn, SCENE_LARGE + seen);
            seen += frames_of(p)[i].nr;
        }
        assert_true(head_of(p)->next > gfn);
        gfn = head_of(p)->next;
        pieces++;
    }
    assert_int_equal(seen, 800);
    assert_true(pieces > 1);
}

/* However many small pages there are, one request covers a limited number. */
static void test_bounded_work(void **state)
{
    struct port *p = *state;

    assert_int_equal(altp2m_host_map(p->d, SCENE_LARGE, 4096, scene_ram(0x900001)), 0);
    locate(p, ALTVIEW_NO_VIEW, SCENE_LARGE, 4096);
    assert_frames(p, 0, SCENE_LARGE, 1024, 0x900001);
    assert_int_equal(head_of(p)->next, SCENE_LARGE + 1024);
}

static void test_the_generation(void **state)
{
    struct port *p = *state;
    static uint64_t told; /* the test's end changes it as well */
    uint64_t first;

    p->c.host.counter = 0x12345678;
    altp2m_tell_moves(p->d, &told);
    locate(p, 1, 0x10, 1);
    first = head_of(p)->generation;
    assert_true(first == told);
    assert_int_equal(head_of(p)->counter, 0x12345678);
    assert_int_equal(altp2m_remap(p->d, 1, 0x30, 0x31, true), 0);
    assert_true(told != first);
    locate(p, 1, 0x10, 1);
    assert_true(head_of(p)->generation == told);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, port_setup, port_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_guests_own_alone), TEST(test_as_a_view_shows_it), TEST(test_large_and_far),
        TEST(test_it_comes_in_pieces),   TEST(test_bounded_work),       TEST(test_the_generation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
