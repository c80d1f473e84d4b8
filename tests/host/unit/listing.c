/* SPDX-License-Identifier: BSD-2-Clause */
/* A view's own settings, one piece after the other. */
#include "unit/scene.h"

/* More calls than any listing here may take: an endless one is a failure. */
#define MOST_CALLS 5000

/* And the most work of one call. */
#define MOST_AT_ONCE 4096

static unsigned int list(const struct scene *s, unsigned int view, struct altp2m_override *found,
                         unsigned int room)
{
    uint64_t from = 0, before = 0;
    unsigned int count = 0, calls = 0;
    struct altp2m_override next;

    for (; altp2m_next_override(s->d, view, &from, &next); before = from) {
        assert_true(from > before && calls++ < MOST_CALLS);
        if (!next.nr)
            continue;
        assert_true(next.gfn >= before && from >= next.gfn + next.nr);
        assert_true(count < room);
        found[count++] = next;
    }
    return count;
}

static void assert_found(const struct altp2m_override *is, struct altp2m_override want)
{
    assert_true(is->gfn == want.gfn && is->nr == want.nr && is->target == want.target);
    assert_int_equal(is->access, want.access);
    assert_int_equal(is->rights, want.rights);
    assert_int_equal(is->suppress_ve, want.suppress_ve);
}

#define OWN ALTP2M_INVALID_GFN

static void the_scene(void **state)
{
    struct scene *s = *state;
    struct altp2m_override found[4];

    assert_int_equal(list(s, 0, found, 4), 0);
    assert_int_equal(list(s, 2, found, 4), 0);
    assert_int_equal(list(s, 1, found, 4), 3);
    assert_found(&found[0], (struct altp2m_override){0x10, 1, OWN, XENMEM_access_r, 1, true});
    assert_found(&found[1], (struct altp2m_override){0x11, 1, 0x12, XENMEM_access_rwx, 7, true});
    assert_found(&found[2], (struct altp2m_override){0x13, 1, OWN, XENMEM_access_rwx, 7, false});
}

/* Each difference ends a run: the access, the hardware's rights, suppress-#VE, the page. */
static void neighbours(void **state)
{
    struct scene *s = *state;
    struct altp2m_override found[16];
    uint64_t done = 0;

    assert_int_equal(altp2m_set_access_range(s->d, 3, 0xf0, 17, XENMEM_access_rx, &done), 0);
    scene_set_access(s, 3, 0xf4, XENMEM_access_rw);
    assert_int_equal(altp2m_set_suppress_ve(s->d, 3, 0xf8, false), 0);
    assert_int_equal(altp2m_host_unmap(s->d, 0xfc, 1), 0);
    assert_int_equal(list(s, 3, found, 16), 7);
    assert_found(&found[0], (struct altp2m_override){0xf0, 4, OWN, XENMEM_access_rx, 5, true});
    assert_found(&found[1], (struct altp2m_override){0xf4, 1, OWN, XENMEM_access_rw, 3, true});
    assert_found(&found[2], (struct altp2m_override){0xf5, 3, OWN, XENMEM_access_rx, 5, true});
    assert_found(&found[3], (struct altp2m_override){0xf8, 1, OWN, XENMEM_access_rx, 5, false});
    assert_found(&found[4], (struct altp2m_override){0xf9, 3, OWN, XENMEM_access_rx, 5, true});
    assert_found(&found[5], (struct altp2m_override){0xfc, 1, OWN, XENMEM_access_rx, 0, true});
    assert_found(&found[6], (struct altp2m_override){0xfd, 4, OWN, XENMEM_access_rx, 5, true});
}

/* Remaps that show consecutive gfns are one piece; remaps backwards or with a gap are not. */
static void remaps(void **state)
{
    struct scene *s = *state;
    struct altp2m_override found[8];

    for (uint64_t i = 0; i < 4; i++)
        assert_int_equal(altp2m_remap(s->d, 3, 0x40 + i, 0x80 + i, true), 0);
    assert_int_equal(altp2m_remap(s->d, 3, 0x44, 0x85, true), 0);
    assert_int_equal(altp2m_remap(s->d, 3, 0x45, 0x84, true), 0);
    scene_set_access(s, 3, 0x46, XENMEM_access_r);
    assert_int_equal(list(s, 3, found, 8), 4);
    assert_found(&found[0], (struct altp2m_override){0x40, 4, 0x80, XENMEM_access_rwx, 7, true});
    assert_found(&found[1], (struct altp2m_override){0x44, 1, 0x85, XENMEM_access_rwx, 7, true});
    assert_found(&found[2], (struct altp2m_override){0x45, 1, 0x84, XENMEM_access_rwx, 7, true});
    assert_found(&found[3], (struct altp2m_override){0x46, 1, OWN, XENMEM_access_r, 1, true});
}

/* A run goes on across table boundaries, and includes the last gfn. */
static void boundaries(void **state)
{
    struct scene *s = *state;
    struct altp2m_override found[4];
    uint64_t done = 0;

    assert_int_equal(altp2m_host_map(s->d, SCENE_BEYOND - 2, 2, scene_ram(0x9000)), 0);
    assert_int_equal(altp2m_set_access_range(s->d, 2, SCENE_BEYOND - 2, 2, XENMEM_access_n, &done),
                     0);
    done = 0;
    assert_int_equal(
        altp2m_set_access_range(s->d, 2, SCENE_LARGE + 0x1f8, 16, XENMEM_access_n, &done), 0);
    assert_int_equal(list(s, 2, found, 4), 2);
    assert_found(&found[0], (struct altp2m_override){SCENE_LARGE + 0x1f8, 16, OWN, 0, 0, true});
    assert_found(&found[1], (struct altp2m_override){SCENE_BEYOND - 2, 2, OWN, 0, 0, true});
}

/* A start within a run finds its rest, a start after it nothing, a start beyond everything nothing
 * too. */
static void from_anywhere(void **state)
{
    struct scene *s = *state;
    struct altp2m_override found;
    uint64_t done = 0, from = 0x33;

    assert_int_equal(altp2m_set_access_range(s->d, 2, 0x30, 8, XENMEM_access_n, &done), 0);
    while (altp2m_next_override(s->d, 2, &from, &found) && !found.nr)
        ;
    assert_found(&found, (struct altp2m_override){0x33, 5, OWN, 0, 0, true});
    while (altp2m_next_override(s->d, 2, &from, &found))
        assert_true(found.nr == 0);
    from = SCENE_BEYOND;
    assert_false(altp2m_next_override(s->d, 2, &from, &found));
    from = UINT64_MAX;
    assert_false(altp2m_next_override(s->d, 2, &from, &found));
}

static uint64_t total(const struct scene *s, unsigned int view)
{
    static struct altp2m_override found[MOST_CALLS];
    unsigned int count = list(s, view, found, MOST_CALLS);
    uint64_t sum = 0;

    for (unsigned int i = 0; i < count; i++) {
        assert_true(found[i].nr <= MOST_AT_ONCE);
        sum += found[i].nr;
    }
    return sum;
}

/* However many settings there are, and however sparse, a call ends soon and the next goes on. */
static void bounded_work(void **state)
{
    struct scene *s = *state;
    uint64_t done = 0;
    int rc;

    do
        rc = altp2m_set_access_range(s->d, 2, SCENE_LARGE, 10000, XENMEM_access_n, &done);
    while (rc == -ALTP2M_ERESTART);
    assert_int_equal(rc, 0);
    assert_int_equal(total(s, 2), 10000);
    for (unsigned int i = 0; i < 500; i++)
        scene_set_access(s, 3, SCENE_LARGE + i * 0x200 + i % 0x200, XENMEM_access_n);
    assert_int_equal(total(s, 3), 500);
}

static void no_view(void **state)
{
    static const unsigned int none[] = {4, 10, 511, 512, 65535, UINT32_MAX};
    struct scene *s = *state;

    for (size_t i = 0; i < COUNT(none); i++) {
        struct altp2m_override found = {.nr = 9};
        uint64_t from = 0;

        assert_false(altp2m_next_override(s->d, none[i], &from, &found));
        assert_true(found.nr == 0 && from == 0);
    }
}

int main(void)
{
#define ACTIVE(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)
    static const struct CMUnitTest tests[] = {
        ACTIVE(the_scene),     ACTIVE(neighbours),   ACTIVE(remaps),  ACTIVE(boundaries),
        ACTIVE(from_anywhere), ACTIVE(bounded_work), ACTIVE(no_view),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
