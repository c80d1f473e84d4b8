/* SPDX-License-Identifier: BSD-2-Clause */
/* The loans for one instruction of one vCPU, which no other vCPU sees. */
#include "unit/scene.h"

#define LENT 0xabc

static const uint64_t gfns[] = {0x10, 0x11, 0x14, SCENE_HOLE, SCENE_DEVICE, SCENE_LARGE + 7};

static int begin(struct scene *s, unsigned int vcpu, uint64_t gfn, unsigned int rights)
{
    return altp2m_begin_step(s->d, &s->machine.vcpus[vcpu], gfn, scene_ram(LENT), rights);
}

static void end(struct scene *s, unsigned int vcpu)
{
    sim_machine_exit(&s->machine, vcpu);
    altp2m_end_step(s->d, &s->machine.vcpus[vcpu]);
}

static struct sim_walk stepped(const struct scene *s, unsigned int vcpu, uint64_t gfn)
{
    return sim_tables_walk(&s->machine.tables, altp2m_step_eptp(s->d, &s->machine.vcpus[vcpu]),
                           gfn);
}

static void assert_lent(const struct scene *s, unsigned int vcpu, uint64_t gfn, unsigned int rights)
{
    struct sim_walk walk = stepped(s, vcpu, gfn);

    assert_true(walk.present && walk.mfn == LENT);
    assert_int_equal(walk.rights, rights);
}

/* There a vCPU that steps sees the same as its view shows. */
static void assert_as_in_view(const struct scene *s, unsigned int vcpu, uint64_t gfn)
{
    uint64_t mfn;
    unsigned int rights = scene_rights(s, s->machine.vcpus[vcpu].view, gfn, &mfn);
    struct sim_walk walk = stepped(s, vcpu, gfn);

    assert_int_equal(walk.present ? walk.rights : 0, rights);
    assert_true(!rights || walk.mfn == mfn);
}

static void enter(struct scene *s, unsigned int vcpu, unsigned int view)
{
    assert_int_equal(altp2m_vcpu_enter(s->d, &s->machine.vcpus[vcpu], view), 0);
}

/* Another page with other rights, and all else unchanged: for the vCPU that steps. */
static void lent_to_one(void **state)
{
    struct scene *s = *state;

    for (unsigned int view = 0; view < 4; view++)
        for (size_t i = 0; i < COUNT(gfns); i++) {
            enter(s, 0, view);
            uint64_t before = scene_fingerprint(s);

            assert_int_equal(begin(s, 0, gfns[i], ALTP2M_R | ALTP2M_W), 0);
            assert_lent(s, 0, gfns[i], ALTP2M_R | ALTP2M_W);
            for (size_t j = 0; j < COUNT(gfns); j++)
                if (j != i)
                    assert_as_in_view(s, 0, gfns[j]);
            /* Views, their listings and clones do not show it. */
            assert_true(scene_fingerprint(s) == before);
            end(s, 0);
        }
}

/* Two in one view, each with a loan for its own page. */
static void two_at_once(void **state)
{
    struct scene *s = *state;

    enter(s, 0, 1);
    assert_int_equal(begin(s, 0, 0x10, ALTP2M_RWX), 0);
    assert_int_equal(begin(s, 1, 0x11, ALTP2M_RWX), 0);
    assert_lent(s, 0, 0x10, ALTP2M_RWX);
    assert_lent(s, 1, 0x11, ALTP2M_RWX);
    assert_as_in_view(s, 0, 0x11);
    assert_as_in_view(s, 1, 0x10);
}

/* Its EPTP belongs to no view, and stays the same. */
static void eptp_of_its_own(void **state)
{
    struct scene *s = *state;
    uint64_t eptp = altp2m_step_eptp(s->d, &s->machine.vcpus[1]);

    assert_int_equal(altp2m_view_by_eptp(s->d, eptp), ALTP2M_MAX_VIEWS);
    assert_true(eptp != altp2m_step_eptp(s->d, &s->machine.vcpus[0]));
    assert_int_equal(begin(s, 1, 0x10, ALTP2M_R), 0);
    assert_true(altp2m_step_eptp(s->d, &s->machine.vcpus[1]) == eptp);
}

/* An instruction that touches more than one page, and one page in more than one way. */
static void adds_up(void **state)
{
    struct scene *s = *state;

    assert_int_equal(begin(s, 1, 0x10, ALTP2M_R), 0);
    assert_int_equal(begin(s, 1, SCENE_LARGE, ALTP2M_R), 0);
    assert_int_equal(begin(s, 1, 0x10, ALTP2M_R | ALTP2M_W), 0);
    assert_lent(s, 1, 0x10, ALTP2M_R | ALTP2M_W);
    assert_lent(s, 1, SCENE_LARGE, ALTP2M_R);
    end(s, 1);
    assert_int_equal(begin(s, 1, 0x10, ALTP2M_R), 0);
    assert_lent(s, 1, 0x10, ALTP2M_R);
    assert_as_in_view(s, 1, SCENE_LARGE);
}

/* A loan ends once the gfn shows another page, is a hole, or allows less. */
static void what_has_changed_is_void(void **state)
{
    struct scene *s = *state;

    assert_int_equal(begin(s, 1, 0x10, ALTP2M_RWX), 0);
    assert_int_equal(begin(s, 1, 0x12, ALTP2M_RWX), 0);
    assert_int_equal(begin(s, 1, 0x14, ALTP2M_RWX), 0);
    assert_int_equal(altp2m_host_map(s->d, 0x10, 1, scene_ram(0x5001)), 0);
    assert_int_equal(altp2m_host_unmap(s->d, 0x12, 1), 0);
    scene_set_access(s, 1, 0x14, XENMEM_access_n);
    assert_int_equal(begin(s, 1, 0x16, ALTP2M_RWX), 0);
    assert_lent(s, 1, 0x16, ALTP2M_RWX);
    assert_as_in_view(s, 1, 0x10);
    assert_as_in_view(s, 1, 0x12);
    assert_as_in_view(s, 1, 0x14);
}

/* The engine lends no frame that is not the guest's, except one shown as such, and no page that
 * does not exist. */
static void what_cannot_be_lent(void **state)
{
    struct scene *s = *state;
    struct altp2m_mapping kept = {sim_kept[0].first, ALTP2M_TYPE_SPECIAL, ALTP2M_MEMTYPE_WB};
    struct altp2m_mapping shared = {sim_kept[1].first, ALTP2M_TYPE_SPECIAL, ALTP2M_MEMTYPE_WB};
    struct altp2m_vcpu *vcpu = &s->machine.vcpus[1];

    assert_int_equal(altp2m_begin_step(s->d, vcpu, 0x10, kept, ALTP2M_R), -XEN_EPERM);
    assert_int_equal(altp2m_begin_step(s->d, vcpu, 0x10, shared, ALTP2M_R), 0);
    shared.type = ALTP2M_TYPE_RAM;
    assert_int_equal(altp2m_begin_step(s->d, vcpu, 0x10, shared, ALTP2M_R), -XEN_EPERM);
    shared.type = ALTP2M_TYPE_NONE;
    assert_int_equal(altp2m_begin_step(s->d, vcpu, 0x10, shared, ALTP2M_R), -XEN_EINVAL);
}

/* The next step begins like the last and ends sooner. */
static void no_more_than_asked_for(void **state)
{
    struct scene *s = *state;

    assert_int_equal(begin(s, 1, 0x10, ALTP2M_RWX), 0);
    assert_int_equal(begin(s, 1, 0x11, ALTP2M_RWX), 0);
    end(s, 1);
    assert_int_equal(begin(s, 1, 0x10, ALTP2M_RWX), 0);
    assert_lent(s, 1, 0x10, ALTP2M_RWX);
    assert_as_in_view(s, 1, 0x11);
}

/* The n-th of many gfns that are as far apart as possible. */
static uint64_t far_gfn(unsigned int n)
{
    return n * (SCENE_BEYOND / (ALTP2M_STEP_MAX + 1));
}

static void begin_far(struct scene *s, unsigned int vcpu, unsigned int first, unsigned int end)
{
    for (unsigned int n = first; n < end; n++)
        assert_int_equal(begin(s, vcpu, far_gfn(n), ALTP2M_R), 0);
}

/* However far apart, and without a new page. Beyond that number the oldest loans go. */
static void as_many_as_promised(void **state)
{
    struct scene *s = *state;

    sim_memory_fail_at(&s->machine.memory, 1, true);
    for (unsigned int round = 0; round < 3; round++, end(s, 1)) {
        begin_far(s, 1, 0, ALTP2M_STEP_MAX);
        for (unsigned int n = 0; n < ALTP2M_STEP_MAX; n++)
            assert_lent(s, 1, far_gfn(n), ALTP2M_R);
        assert_int_equal(begin(s, 1, SCENE_BEYOND, ALTP2M_R), -XEN_EINVAL);
        assert_int_equal(begin(s, 1, far_gfn(0), ALTP2M_R | ALTP2M_W), 0);
        begin_far(s, 1, ALTP2M_STEP_MAX, ALTP2M_STEP_MAX + 1);
        assert_as_in_view(s, 1, far_gfn(1));
        assert_lent(s, 1, far_gfn(0), ALTP2M_R | ALTP2M_W);
        for (unsigned int n = 2; n <= ALTP2M_STEP_MAX; n++)
            assert_lent(s, 1, far_gfn(n), ALTP2M_R);
    }
    assert_false(s->machine.memory.failed);
    sim_memory_fail_at(&s->machine.memory, 0, false);
}

/* While one vCPU's instruction needs many, another's uses only its own tables. */
static void many_for_one_at_a_time(void **state)
{
    struct scene *s = *state;

    begin_far(s, 0, 0, ALTP2M_STEP_OWN + 1);
    begin_far(s, 1, 0, 2 * ALTP2M_STEP_OWN);
    for (unsigned int n = 0; n < ALTP2M_STEP_OWN; n++) {
        assert_as_in_view(s, 1, far_gfn(n));
        assert_lent(s, 1, far_gfn(ALTP2M_STEP_OWN + n), ALTP2M_R);
    }
    end(s, 0);
    begin_far(s, 1, 0, ALTP2M_STEP_OWN);
    for (unsigned int n = 0; n < 2 * ALTP2M_STEP_OWN; n++)
        assert_lent(s, 1, far_gfn(n), ALTP2M_R);
    begin_far(s, 0, 0, 2 * ALTP2M_STEP_OWN);
    for (unsigned int n = 0; n < 2 * ALTP2M_STEP_OWN; n++)
        assert_lent(s, 1, far_gfn(n), ALTP2M_R);
}

/* Narrow gfns lie in few regions: a guest of 1 GiB takes a root, two tables above, 8 leaves for
 * each vCPU and 88 to spare. */
static void few_pages_for_few_gfns(void **state)
{
    static const struct {
        unsigned int gfn_bits, own, spare;
    } widths[] = {{1, 4, 0},     {9, 4, 0},     {10, 5, 0},    {18, 11, 88},
                  {27, 18, 176}, {28, 19, 176}, {30, 25, 176}, {36, 25, 264}};

    (void)state;
    for (size_t i = 0; i < COUNT(widths); i++) {
        struct scene *s = scene_new();
        struct altp2m_config config = sim_machine_config(&s->machine);

        config.gfn_bits = widths[i].gfn_bits;
        sim_machine_start(&s->machine, &config);
        s->machine.busy = false; /* the CPUs would check beyond this guest */
        assert_int_equal(s->machine.memory.used,
                         5 + widths[i].spare + SIM_VCPUS * (2 + widths[i].own));
        for (uint64_t n = 0; n < ALTP2M_STEP_MAX; n++) {
            uint64_t gfn = ((UINT64_C(1) << config.gfn_bits) - 1) * n / (ALTP2M_STEP_MAX - 1);

            assert_int_equal(begin(s, 0, gfn, ALTP2M_R), 0);
            assert_lent(s, 0, gfn, ALTP2M_R);
        }
        scene_end(s);
    }
}

/* The same step again costs no flush; any difference costs one. */
static void flushed_when_different(void **state)
{
    struct scene *s = *state;
    unsigned int flushes;

    assert_int_equal(begin(s, 1, 0x10, ALTP2M_R), 0);
    end(s, 1);
    flushes = s->machine.flushes;
    for (unsigned int i = 0; i < 3; i++, end(s, 1))
        assert_int_equal(begin(s, 1, 0x10, ALTP2M_R), 0);
    assert_int_equal(s->machine.flushes, flushes);

    assert_int_equal(begin(s, 1, 0x10, ALTP2M_R | ALTP2M_W), 0);
    assert_int_equal(s->machine.flushes, ++flushes);
    end(s, 1);
    assert_int_equal(begin(s, 1, 0x11, ALTP2M_R | ALTP2M_W), 0);
    assert_int_equal(s->machine.flushes, ++flushes);
    assert_as_in_view(s, 1, 0x10);
}

/* Whatever has happened in between, a step sees the present view, also with earlier loans. */
static void follows_the_view(void **state)
{
    struct scene *s = *state;

    assert_int_equal(begin(s, 1, 0x10, ALTP2M_R), 0);
    scene_set_access(s, 1, 0x14, XENMEM_access_n);
    assert_int_equal(altp2m_host_unmap(s->d, 0x15, 1), 0);
    assert_int_equal(begin(s, 1, 0x11, ALTP2M_R), 0);
    assert_lent(s, 1, 0x10, ALTP2M_R);
    for (uint64_t gfn = 0x13; gfn < 0x17; gfn++)
        assert_as_in_view(s, 1, gfn);

    /* Loans of another view no longer count. */
    enter(s, 1, 2);
    assert_int_equal(begin(s, 1, SCENE_LARGE, ALTP2M_R | ALTP2M_W), 0);
    for (size_t i = 0; i < COUNT(gfns) - 1; i++)
        assert_as_in_view(s, 1, gfns[i]);
}

/* The engine does not confuse a view with its successor in the same slot. */
static void another_view_in_its_place(void **state)
{
    struct scene *s = *state;

    enter(s, 0, 3);
    assert_int_equal(begin(s, 0, 0x10, ALTP2M_R), 0);
    end(s, 0);
    enter(s, 0, 0);
    assert_int_equal(altp2m_view_destroy(s->d, 3), 0);
    assert_int_equal(scene_create(s, XENMEM_access_n), 3);
    enter(s, 0, 3);
    assert_int_equal(begin(s, 0, 0x10, ALTP2M_R), 0);
    assert_as_in_view(s, 0, 0x11);
    assert_as_in_view(s, 0, SCENE_LARGE);
}

/* The engine and a CPU find the same under a view's EPTP and under a step's. */
static void reached_as_by_a_cpu(void **state)
{
    struct scene *s = *state;
    unsigned int rights;

    enter(s, 0, 1);
    assert_int_equal(begin(s, 0, 0x10, ALTP2M_R | ALTP2M_W), 0);
    const uint64_t eptps[] = {altp2m_view_eptp(s->d, 1),
                              altp2m_step_eptp(s->d, &s->machine.vcpus[0])};
    for (size_t e = 0; e < COUNT(eptps); e++)
        for (size_t i = 0; i < COUNT(gfns); i++) {
            struct sim_walk walk = sim_tables_walk(&s->machine.tables, eptps[e], gfns[i]);
            struct altp2m_mapping to = altp2m_reached(s->d, eptps[e], gfns[i], &rights);

            assert_int_equal(rights, walk.present ? walk.rights : 0);
            assert_true(!rights || to.mfn == walk.mfn);
        }
    altp2m_reached(s->d, eptps[1], 0x10, &rights);
    assert_int_equal(rights, ALTP2M_R | ALTP2M_W);
    altp2m_reached(s->d, eptps[1], UINT64_C(1) << s->d->config.gfn_bits, &rights);
    assert_int_equal(rights, 0);
}

int main(void)
{
#define ACTIVE(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)
    static const struct CMUnitTest tests[] = {
        ACTIVE(lent_to_one),
        ACTIVE(two_at_once),
        ACTIVE(eptp_of_its_own),
        ACTIVE(adds_up),
        ACTIVE(what_has_changed_is_void),
        ACTIVE(what_cannot_be_lent),
        ACTIVE(no_more_than_asked_for),
        ACTIVE(as_many_as_promised),
        ACTIVE(many_for_one_at_a_time),
        cmocka_unit_test(few_pages_for_few_gfns),
        ACTIVE(flushed_when_different),
        ACTIVE(follows_the_view),
        ACTIVE(another_view_in_its_place),
        ACTIVE(reached_as_by_a_cpu),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
