/* SPDX-License-Identifier: BSD-2-Clause */
/* Access and suppress-#VE of single gfns, and their cost in pages. */
#include "unit/scene.h"

struct access_case {
    uint16_t access;
    unsigned int rights;           /* of the hardware entry */
    unsigned int without_execonly; /* the same on a CPU without execute-only entries */
};

/* The nearest narrower entry that hardware can have. get_mem_access still returns the access that
 * was set. */
static const struct access_case cases[] = {
    {XENMEM_access_n, 0, 0},
    {XENMEM_access_r, ALTP2M_R, ALTP2M_R},
    {XENMEM_access_w, 0, 0},
    {XENMEM_access_rw, ALTP2M_R | ALTP2M_W, ALTP2M_R | ALTP2M_W},
    {XENMEM_access_x, ALTP2M_X, 0},
    {XENMEM_access_rx, ALTP2M_R | ALTP2M_X, ALTP2M_R | ALTP2M_X},
    {XENMEM_access_wx, ALTP2M_X, 0},
    {XENMEM_access_rwx, ALTP2M_RWX, ALTP2M_RWX},
    {XENMEM_access_rx2rw, ALTP2M_R | ALTP2M_X, ALTP2M_R | ALTP2M_X},
    {XENMEM_access_n2rwx, 0, 0},
};

static void check_access(bool has_exec_only, const struct access_case *c)
{
    unsigned int rights = has_exec_only ? c->rights : c->without_execonly;
    struct scene *s = scene_new();
    struct altp2m_config config = sim_machine_config(&s->machine);

    config.has_exec_only = has_exec_only;
    scene_start(s, &config);
    altp2m_set_active(s->d, true);
    scene_set_access(s, 0, 0x10, c->access);
    assert_int_equal(scene_access(s, 0, 0x10), c->access);
    assert_int_equal(scene_rights(s, 0, 0x10, NULL), rights);
    assert_int_equal(altp2m_translate(s->d, 0, 0x10).rights, rights);
    /* The same as a view's default, for small and for large pages. */
    uint16_t view = scene_create(s, c->access);
    assert_int_equal(scene_access(s, view, 0x10), c->access);
    assert_int_equal(scene_rights(s, view, 0x10, NULL), rights);
    assert_int_equal(scene_rights(s, view, SCENE_LARGE + 5, NULL), rights);
    /* And for a neighbour of an override. */
    scene_set_access(s, view, 0x10, XENMEM_access_rw);
    assert_int_equal(scene_rights(s, view, 0x11, NULL), rights);
    scene_end(s);
}

static void every_access_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (!sim_machine_is_npt())
            check_access(true, &cases[i]);
        check_access(false, &cases[i]);
    }
}

/* 10 means the access last set for gfn ~0. Views keep the one from their creation. */
static void default_access(void **state)
{
    struct scene *s = *state;

    assert_int_equal(scene_access(s, 1, ALTP2M_INVALID_GFN), XENMEM_access_rwx);
    scene_set_access(s, 1, ALTP2M_INVALID_GFN, XENMEM_access_rx);
    assert_int_equal(scene_access(s, 0, ALTP2M_INVALID_GFN), XENMEM_access_rx);
    assert_int_equal(scene_access(s, 1, 0x50), XENMEM_access_rwx);
    scene_set_access(s, 1, 0x50, XENMEM_access_default);
    assert_int_equal(scene_access(s, 1, 0x50), XENMEM_access_rx);
    assert_int_equal(scene_access(s, scene_create(s, XENMEM_access_default), 0x51),
                     XENMEM_access_rx);
}

static void what_cannot_be_set(void **state)
{
    struct scene *s = *state;
    uint64_t before = scene_fingerprint(s);

    assert_int_equal(altp2m_set_access(s->d, 1, 0x10, 11), -XEN_EINVAL);
    assert_int_equal(altp2m_set_access(s->d, 1, 0x10, 0xffff), -XEN_EINVAL);
    assert_int_equal(altp2m_set_access(s->d, 1, ALTP2M_INVALID_GFN, 11), -XEN_EINVAL);
    assert_int_equal(altp2m_set_access(s->d, 1, SCENE_HOLE, 1), -XEN_ESRCH);
    assert_int_equal(altp2m_set_access(s->d, 1, SCENE_DEVICE, 1), -XEN_ESRCH);
    assert_int_equal(altp2m_set_access(s->d, 1, SCENE_BEYOND, 1), -XEN_ESRCH);
    assert_int_equal(altp2m_set_access(s->d, 0, SCENE_BEYOND, 1), -XEN_EINVAL);
    assert_int_equal(altp2m_set_suppress_ve(s->d, 1, SCENE_BEYOND, false), -XEN_ESRCH);
    assert_int_equal(altp2m_set_suppress_ve(s->d, 0, SCENE_BEYOND, false), -XEN_EINVAL);
    assert_true(scene_fingerprint(s) == before);
}

static void what_cannot_be_got(void **state)
{
    struct scene *s = *state;
    uint16_t access;
    bool suppress;

    assert_int_equal(altp2m_get_access(s->d, 1, SCENE_HOLE, &access), -XEN_ESRCH);
    assert_int_equal(altp2m_get_access(s->d, 1, SCENE_BEYOND, &access), -XEN_ESRCH);
    assert_int_equal(altp2m_get_suppress_ve(s->d, 1, SCENE_HOLE, &suppress), -XEN_ESRCH);
    assert_int_equal(altp2m_get_suppress_ve(s->d, 1, SCENE_BEYOND, &suppress), -XEN_ESRCH);
}

/* Three tables lead to a leaf. Gfns that share them cost nothing. The last one gives them back. */
static void tables_come_and_go(void **state)
{
    struct scene *s = *state;
    const struct altp2m_view *v = &s->d->views[3];

    assert_int_equal(v->table_pages, 1);
    scene_set_access(s, 3, 0x10, XENMEM_access_r);
    assert_int_equal(v->table_pages, 4);
    assert_int_equal(altp2m_set_suppress_ve(s->d, 3, 0x11, false), 0);
    assert_int_equal(v->table_pages, 4);
    scene_set_access(s, 3, SCENE_LARGE + 0x300, XENMEM_access_r);
    assert_int_equal(v->table_pages, 6);
    assert_int_equal(v->overrides, 3);
    scene_set_access(s, 3, SCENE_LARGE + 0x300, XENMEM_access_rwx);
    assert_int_equal(v->table_pages, 4);
    assert_int_equal(altp2m_set_suppress_ve(s->d, 3, 0x11, true), 0);
    scene_set_access(s, 3, 0x10, XENMEM_access_rwx);
    assert_int_equal(v->table_pages, 1);
    assert_int_equal(v->overrides, 0);
}

/* Xen overwrites both when the host changes the page below. */
static void settings_survive_host_changes(void **state)
{
    struct scene *s = *state;
    bool suppress = true;
    uint64_t mfn;

    assert_int_equal(altp2m_set_suppress_ve(s->d, 1, 0x10, false), 0);
    assert_int_equal(altp2m_host_unmap(s->d, 0x10, 1), 0);
    assert_int_equal(scene_rights(s, 1, 0x10, NULL), 0);
    assert_int_equal(altp2m_host_map(s->d, 0x10, 1, scene_ram(0x1234)), 0);
    assert_int_equal(scene_rights(s, 1, 0x10, &mfn), ALTP2M_R);
    assert_int_equal(mfn, 0x1234);
    assert_int_equal(altp2m_get_suppress_ve(s->d, 1, 0x10, &suppress), 0);
    assert_false(suppress);
}

static bool hardware_suppress(const struct scene *s, unsigned int view, uint64_t gfn)
{
    return sim_tables_walk(&s->machine.tables, altp2m_view_eptp(s->d, view), gfn).suppress_ve;
}

/* 1 by default everywhere: in leaves, in holes, and where no page was ever mapped. */
static void ve_is_suppressed_by_default(void **state)
{
    static const uint64_t gfns[] = {0,           SCENE_SPECIAL, SCENE_DEVICE,    SCENE_HOLE,
                                    SCENE_LARGE, 0x7000000,     SCENE_BEYOND - 1};
    struct scene *s = *state;

    for (unsigned int view = 0; view < 4; view++)
        for (size_t i = 0; i < COUNT(gfns); i++)
            assert_true(hardware_suppress(s, view, gfns[i]));
}

/* A hole can raise #VE. If the entry is narrower than the access, the hypervisor decides. */
static void cleared_suppress_reaches_hardware(void **state)
{
    struct scene *s = *state;

    if (sim_machine_is_npt())
        skip(); /* its CPU has no #VE */
    assert_int_equal(altp2m_set_suppress_ve(s->d, 1, SCENE_HOLE, false), 0);
    assert_false(hardware_suppress(s, 1, SCENE_HOLE));
    assert_true(hardware_suppress(s, 1, SCENE_HOLE + 1));
    assert_int_equal(altp2m_set_suppress_ve(s->d, 1, 0x10, false), 0);
    assert_false(hardware_suppress(s, 1, 0x10));
    scene_set_access(s, 1, 0x10, XENMEM_access_w);
    assert_true(hardware_suppress(s, 1, 0x10));
    assert_false(altp2m_translate(s->d, 1, 0x10).suppress_ve);
}

/* A lifted restriction needs no flush: the CPU finds it by itself. */
static void widening_needs_no_flush(void **state)
{
    struct scene *s = *state;
    unsigned int flushes = s->machine.flushes;

    scene_set_access(s, 1, 0x10, XENMEM_access_rw);
    assert_int_equal(s->machine.flushes, flushes);
    scene_set_access(s, 1, 0x10, XENMEM_access_r);
    assert_int_equal(s->machine.flushes, flushes + 1);
}

/* With suppress-#VE clear, the CPU raises #VE by itself, from its cached entries; but not if it has
 * no #VE. */
static void widening_under_ve_needs_one(void **state)
{
    struct scene *s = *state;
    unsigned int flushes;

    scene_set_access(s, 3, 0x10, XENMEM_access_r);
    assert_int_equal(altp2m_set_suppress_ve(s->d, 3, 0x10, false), 0);
    flushes = s->machine.flushes;
    scene_set_access(s, 3, 0x10, XENMEM_access_rwx);
    assert_int_equal(s->machine.flushes, flushes + !sim_machine_is_npt());
    /* The CPU does not cache entries that are not present. */
    scene_set_access(s, 3, 0x10, XENMEM_access_n);
    flushes = s->machine.flushes;
    scene_set_access(s, 3, 0x10, XENMEM_access_r);
    assert_int_equal(s->machine.flushes, flushes);
}

/* The call skips holes in between, and does not change gfns after the range. */
static void range_of_gfns(void **state)
{
    struct scene *s = *state;
    uint64_t done = 0;

    assert_int_equal(altp2m_set_access_range(s->d, 1, 0xfe, 5, XENMEM_access_x, &done), 0);
    assert_int_equal(done, 5);
    assert_int_equal(scene_access(s, 1, 0xfd), XENMEM_access_rwx);
    assert_int_equal(scene_access(s, 1, 0xfe), XENMEM_access_x);
    assert_int_equal(scene_access(s, 1, SCENE_SPECIAL), XENMEM_access_x);
    assert_int_equal(scene_access(s, 1, SCENE_DEVICE), XENMEM_access_rwx);
    assert_int_equal(s->d->views[1].overrides, 3 + 3);
    /* Only from `done` on. */
    done = 2;
    assert_int_equal(altp2m_set_access_range(s->d, 1, 0xfe, 3, XENMEM_access_rwx, &done), 0);
    assert_int_equal(scene_access(s, 1, 0xff), XENMEM_access_x);
    assert_int_equal(scene_access(s, 1, SCENE_SPECIAL), XENMEM_access_rwx);
    assert_int_equal(altp2m_set_access_range(s->d, 1, 0xfe, 3, XENMEM_access_n, &done), 0);
    assert_int_equal(scene_access(s, 1, SCENE_SPECIAL), XENMEM_access_rwx);
}

/* Interrupts must come in between: each call does a limited part, and the calls do everything in
 * the end. */
static void range_is_bounded(void **state)
{
    struct scene *s = *state;
    uint64_t done = 0, before = 0;
    unsigned int calls = 1;

    while (altp2m_set_access_range(s->d, 2, SCENE_LARGE, 2000, XENMEM_access_rx, &done) ==
           -ALTP2M_ERESTART) {
        assert_true(done > before && done - before <= 512);
        before = done;
        calls++;
    }
    assert_int_equal(done, 2000);
    assert_in_range(calls, 4, 100);
    assert_int_equal(scene_access(s, 2, SCENE_LARGE + 1999), XENMEM_access_rx);
    assert_int_equal(scene_access(s, 2, SCENE_LARGE + 2000), XENMEM_access_r);
    assert_int_equal(s->d->views[2].overrides, 2000);
}

static void bad_ranges(void **state)
{
    static const struct {
        unsigned int view;
        uint64_t gfn, nr;
        uint16_t access;
        uint64_t done;
    } bad[] = {
        {4, 0x10, 1, XENMEM_access_r, 0},
        {512, 0x10, 1, XENMEM_access_r, 0},
        {1, 0x10, 1, 11, 0},
        {1, 0x10, 1, UINT16_MAX, 0},
        {1, SCENE_BEYOND, 1, XENMEM_access_r, 0},
        {1, SCENE_BEYOND - 1, 2, XENMEM_access_r, 0},
        {1, SCENE_BEYOND - 1, UINT64_MAX, XENMEM_access_r, 0},
        {1, ALTP2M_INVALID_GFN - 1, 1, XENMEM_access_r, 0},
        {1, 0x10, 2, XENMEM_access_r, 3},
        {1, 0x10, 0, XENMEM_access_r, UINT64_MAX},
        {4, ALTP2M_INVALID_GFN, 1, XENMEM_access_r, 0},
        {1, ALTP2M_INVALID_GFN, 1, 11, 0},
    };
    struct scene *s = *state;
    uint64_t before = scene_fingerprint(s), done;

    for (size_t i = 0; i < COUNT(bad); i++) {
        done = bad[i].done;
        if (altp2m_set_access_range(s->d, bad[i].view, bad[i].gfn, bad[i].nr, bad[i].access,
                                    &done) != -XEN_EINVAL)
            fail_msg("range %zu is not refused", i);
        assert_true(done == bad[i].done);
    }
    assert_true(scene_fingerprint(s) == before);
    /* An empty range is a range too, and the last gfn is one. */
    done = 0;
    assert_int_equal(altp2m_set_access_range(s->d, 1, 0x10, 0, XENMEM_access_r, &done), 0);
    assert_int_equal(altp2m_set_access_range(s->d, 1, SCENE_BEYOND - 1, 1, XENMEM_access_r, &done),
                     0);
    assert_true(scene_fingerprint(s) == before);
    /* As in Xen, this sets the meaning of xenmem_access_default. */
    done = 0;
    assert_int_equal(altp2m_set_access_range(s->d, 1, ALTP2M_INVALID_GFN, 1, 1, &done), 0);
    assert_int_equal(s->d->default_access, XENMEM_access_r);
}

/* The settings made so far stay, as in Xen, and `done` has their number. */
static void range_without_pages(void **state)
{
    struct scene *s = *state;
    uint64_t done = 0;

    scene_set_access(s, 3, 0x90, XENMEM_access_r);
    scene_set_access(s, 3, SCENE_LARGE + 0x1f0, XENMEM_access_r);
    sim_memory_fail_at(&s->machine.memory, 1, true);
    assert_int_equal(
        altp2m_set_access_range(s->d, 3, SCENE_LARGE + 0x1fe, 4, XENMEM_access_n, &done),
        -XEN_ENOMEM);
    sim_memory_fail_at(&s->machine.memory, 0, false);
    assert_int_equal(done, 2);
    assert_int_equal(scene_rights(s, 3, SCENE_LARGE + 0x1ff, NULL), 0);
    assert_int_equal(scene_rights(s, 3, SCENE_LARGE + 0x200, NULL), ALTP2M_RWX);
    assert_int_equal(
        altp2m_set_access_range(s->d, 3, SCENE_LARGE + 0x1fe, 4, XENMEM_access_n, &done), 0);
    assert_int_equal(scene_rights(s, 3, SCENE_LARGE + 0x201, NULL), 0);
}

/* In the scene view 2 is read-only; in view 1 gfn 0x10 is, and 0x11 shows another page. */
static void what_views_keep(void **state)
{
    static const struct {
        unsigned int view;
        uint64_t gfn;
        bool restricts;
    } rows[] = {
        {0, 0x10, false}, {1, 0x10, true},        {1, 0x11, true},         {1, 0x12, false},
        {1, 0x13, false}, {1, SCENE_HOLE, false}, {2, 0x12, true},         {2, SCENE_HOLE, true},
        {3, 0x10, false}, {2, SCENE_LARGE, true}, {1, SCENE_LARGE, false},
    };
    const struct scene *s = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(altp2m_restricts(s->d, rows[i].view, rows[i].gfn), rows[i].restricts);
        assert_int_equal(altp2m_guest_may_change(s->d, rows[i].view, rows[i].gfn),
                         !rows[i].restricts);
    }
}

/* A guest whose views are not its own: if one of them keeps a page, the guest may change it in
 * none. */
static void what_any_view_keeps(void **state)
{
    static const enum altp2m_mode modes[] = {ALTP2M_MODE_EXTERNAL, ALTP2M_MODE_LIMITED};

    (void)state;
    for (size_t i = 0; i < COUNT(modes); i++) {
        struct scene *s = scene_new();
        struct altp2m_config config = sim_machine_config(&s->machine);

        config.mode = modes[i];
        scene_start(s, &config);
        altp2m_set_active(s->d, true);
        scene_create(s, XENMEM_access_rwx);
        assert_true(altp2m_guest_may_change(s->d, 0, 0x10));
        scene_set_access(s, 1, 0x10, XENMEM_access_r);
        assert_false(altp2m_guest_may_change(s->d, 0, 0x10));
        assert_true(altp2m_guest_may_change(s->d, 1, 0x11));
        scene_create(s, XENMEM_access_rx);
        assert_false(altp2m_guest_may_change(s->d, 0, 0x11));
        assert_int_equal(altp2m_view_destroy(s->d, 2), 0);
        assert_true(altp2m_guest_may_change(s->d, 0, 0x11));
        scene_end(s);
    }
}

int main(void)
{
#define ACTIVE(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_access_type),
        ACTIVE(default_access),
        ACTIVE(what_cannot_be_set),
        ACTIVE(what_cannot_be_got),
        ACTIVE(tables_come_and_go),
        ACTIVE(settings_survive_host_changes),
        ACTIVE(ve_is_suppressed_by_default),
        ACTIVE(cleared_suppress_reaches_hardware),
        ACTIVE(widening_needs_no_flush),
        ACTIVE(widening_under_ve_needs_one),
        ACTIVE(range_of_gfns),
        ACTIVE(range_is_bounded),
        ACTIVE(bad_ranges),
        ACTIVE(range_without_pages),
        ACTIVE(what_views_keep),
        cmocka_unit_test(what_any_view_keeps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
