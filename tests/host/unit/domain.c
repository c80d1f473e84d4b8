/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain begins, fails to begin, ends. */
#include "unit/scene.h"

/*
 * The header promises five pages (two roots, a list, two for bookkeeping), three tables for each of
 * 88 gfns, and for each vCPU two pages, a root for steps and three tables for each of 8 gfns.
 */
#define INIT_PAGES (5 + 3 * 88 + SIM_VCPUS * (2 + 1 + 3 * 8))
static void init_takes_few_pages(void **state)
{
    struct scene *s = scene_new();
    struct altp2m_config config = sim_machine_config(&s->machine);

    (void)state;
    sim_machine_start(&s->machine, &config);
    assert_int_equal(s->machine.memory.used, INIT_PAGES);
    assert_false(s->d->active);
    assert_false(altp2m_view_is_live(s->d, 0));
    assert_int_equal(altp2m_host_lookup(s->d, 0).type, ALTP2M_TYPE_NONE);
    assert_int_equal(scene_rights(s, 0, 0, NULL), 0);
    scene_end(s);
}

static void init_without_pages_changes_nothing(void **state)
{
    struct scene *s = scene_new();
    struct altp2m_config config = sim_machine_config(&s->machine);
    struct altp2m_host host = sim_machine_host(&s->machine);

    (void)state;
    for (uint32_t n = 1; n <= INIT_PAGES; n++) {
        sim_memory_fail_at(&s->machine.memory, n, true);
        assert_int_equal(altp2m_domain_init(s->d, &host, &config), -XEN_ENOMEM);
        assert_int_equal(s->machine.memory.used, 0);
    }
    sim_memory_fail_at(&s->machine.memory, 0, false);
    sim_machine_start(&s->machine, &config);
    scene_end(s);
}

static void set_mode(struct altp2m_config *config)
{
    config->mode = (enum altp2m_mode)4;
}

static void set_no_views(struct altp2m_config *config)
{
    config->view_count = 0;
}

static void set_many_views(struct altp2m_config *config)
{
    config->view_count = ALTP2M_MAX_VIEWS + 1;
}

static void set_no_gfns(struct altp2m_config *config)
{
    config->gfn_bits = 0;
}

static void set_wide_gfns(struct altp2m_config *config)
{
    config->gfn_bits = 37; /* 4-level tables reach 48 bits of address */
}

static void set_format(struct altp2m_config *config)
{
    config->format = (enum altp2m_format)2;
}

static void set_npt_execute_only(struct altp2m_config *config)
{
    sim_machine_use_npt(config);
    config->has_exec_only = true;
}

static void set_npt_ve(struct altp2m_config *config)
{
    sim_machine_use_npt(config);
    config->has_ve = true;
}

static void set_kept_overlap(struct altp2m_config *config)
{
    static const struct altp2m_frames kept[] = {{1, 5, false}, {4, 6, false}};

    config->kept = kept;
    config->kept_count = COUNT(kept);
}

static void set_kept_empty(struct altp2m_config *config)
{
    static const struct altp2m_frames kept[] = {{1, 1, false}};

    config->kept = kept;
    config->kept_count = COUNT(kept);
}

static void init_refuses_bad_configs(void **state)
{
    static const struct {
        const char *name;
        void (*spoil)(struct altp2m_config *config);
    } bad[] = {
        {"no such mode", set_mode},
        {"no view", set_no_views},
        {"513 views", set_many_views},
        {"no guest frames", set_no_gfns},
        {"37 bits of gfn", set_wide_gfns},
        {"kept frames overlap", set_kept_overlap},
        {"no frame kept", set_kept_empty},
        {"no such format", set_format},
        {"execute-only with NPT", set_npt_execute_only},
        {"#VE with NPT", set_npt_ve},
    };
    struct scene *s = scene_new();
    struct altp2m_host host = sim_machine_host(&s->machine);

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct altp2m_config config = sim_machine_config(&s->machine);

        bad[i].spoil(&config);
        if (altp2m_domain_init(s->d, &host, &config) != -XEN_EINVAL)
            fail_msg("accepted: %s", bad[i].name);
    }
    struct altp2m_config config = sim_machine_config(&s->machine);
    sim_machine_start(&s->machine, &config);
    scene_end(s);
}

/* scene_end fails if a page is missing. */
static void free_gives_everything_back(void **state)
{
    struct scene *s = scene_new();

    (void)state;
    scene_start_active(s);
    for (uint64_t gfn = 0; gfn < 0x80; gfn++)
        assert_int_equal(altp2m_remap(s->d, 2, gfn, gfn + 0x80, true), 0);
    for (uint64_t gfn = SCENE_LARGE; gfn < SCENE_LARGE + 0x4000; gfn += 0x200)
        scene_set_access(s, 3, gfn, XENMEM_access_n);
    scene_end(s);
}

/* For a vCPU that must reach no memory: every access leaves the guest, and none raises #VE. */
static void nothing_is_nothing(void **state)
{
    struct scene *s = *state;
    void *page = sim_memory_alloc(&s->machine.memory);
    uint64_t eptp = altp2m_nothing(s->d, page);

    for (unsigned int i = 0; i < s->machine.gfns.count; i++) {
        struct sim_walk walk = sim_tables_walk(&s->machine.tables, eptp, s->machine.gfns.gfn[i]);

        assert_false(walk.present);
        assert_true(walk.suppress_ve);
    }
    sim_memory_free(&s->machine.memory, page);
}

/* Off: every vCPU is back in view 0 as before altp2m, and other views have gone; access of view 0
 * stays. */
static void off_takes_views_away(void **state)
{
    struct scene *s = *state;

    scene_set_access(s, 0, 0x30, XENMEM_access_r);
    assert_int_equal(altp2m_remap(s->d, 0, 0x31, 0x32, true), 0);
    altp2m_set_active(s->d, false);
    for (unsigned int view = 0; view < 10; view++) {
        assert_false(altp2m_view_is_live(s->d, view));
        for (unsigned int i = 0; i < SIM_VCPUS; i++)
            assert_true(sim_machine_visible_list(&s->machine, i)[view] == ~UINT64_C(0));
    }
    for (unsigned int i = 0; i < SIM_VCPUS; i++) {
        assert_int_equal(s->machine.vcpus[i].view, 0);
        assert_false(s->machine.vcpus[i].vmfunc);
        assert_true(s->machine.vcpus[i].notify_gfn == ALTP2M_INVALID_GFN);
    }
    assert_int_equal(scene_rights(s, 0, 0x30, NULL), ALTP2M_R);
    assert_false(altp2m_translate(s->d, 0, 0x31).remapped);
    altp2m_set_active(s->d, true);
    assert_true(altp2m_view_is_visible(s->d, 0));
    assert_false(altp2m_view_is_live(s->d, 1));
}

/* "Neither does anything when the state is already so." */
static void on_and_off_twice_is_once(void **state)
{
    struct scene *s = *state;
    uint64_t before = scene_fingerprint(s);

    altp2m_set_active(s->d, true);
    assert_true(scene_fingerprint(s) == before);
    altp2m_set_active(s->d, false);
    before = scene_fingerprint(s);
    altp2m_set_active(s->d, false);
    assert_true(scene_fingerprint(s) == before);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(init_takes_few_pages),
        cmocka_unit_test(init_without_pages_changes_nothing),
        cmocka_unit_test(init_refuses_bad_configs),
        cmocka_unit_test(free_gives_everything_back),
        cmocka_unit_test_setup_teardown(nothing_is_nothing, scene_setup, scene_teardown),
        cmocka_unit_test_setup_teardown(off_takes_views_away, scene_setup, scene_teardown),
        cmocka_unit_test_setup_teardown(on_and_off_twice_is_once, scene_setup, scene_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
