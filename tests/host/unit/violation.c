/* SPDX-License-Identifier: BSD-2-Clause */
/* The consequences of an access that the hardware refused, and #VE. */
#include "unit/scene.h"

struct violation_case {
    const char *name;
    uint16_t access;
    unsigned int wants;
    enum altp2m_verdict verdict, required; /* the latter with access_required */
    uint16_t after;                        /* access then; with access_required it is _required_ */
    uint16_t required_after;
};

#define N     XENMEM_access_n
#define R     XENMEM_access_r
#define W     XENMEM_access_w
#define RW    XENMEM_access_rw
#define WX    XENMEM_access_wx
#define RWX   XENMEM_access_rwx
#define RX2RW XENMEM_access_rx2rw
#define N2RWX XENMEM_access_n2rwx

#define RETRY ALTP2M_VERDICT_RUN
#define STEP  ALTP2M_VERDICT_STEP
#define STOP  ALTP2M_VERDICT_STOP

#define CONVERTED  ALTP2M_VERDICT_CONVERTED
#define RESTRICTED ALTP2M_VERDICT_RESTRICTED

/* Xen's p2m_mem_access_check with no listener, and accesses that entries can't express (w, wx). */
static const struct violation_case cases[] = {
    {"allowed by now", RW, ALTP2M_W, RETRY, RETRY, RW, RW},
    {"lifted", R, ALTP2M_W, RETRY, STOP, RWX, R},
    {"nothing allowed", N, ALTP2M_R, RETRY, STOP, RWX, N},
    {"writable without readable", W, ALTP2M_W, STEP, STEP, W, W},
    {"writing code", WX, ALTP2M_W, STEP, STEP, WX, WX},
    {"wx does not read", WX, ALTP2M_R, RETRY, STOP, RWX, WX},
    {"w does not read either", W, ALTP2M_R | ALTP2M_W, RETRY, STOP, RWX, W},
    {"rx2rw converts when written", RX2RW, ALTP2M_W, RETRY, RETRY, RW, RW},
    {"rx2rw read and written", RX2RW, ALTP2M_R | ALTP2M_W, RETRY, RETRY, RW, RW},
    {"n2rwx converts, a missing listener stops all the same", N2RWX, ALTP2M_R, RETRY, STOP, RWX,
     RWX},
};

/* In the manner of an embedder without policies and listeners. */
static enum altp2m_verdict unheard_violation(struct scene *s, unsigned int vcpu, uint64_t gfn,
                                             unsigned int wants)
{
    const struct altp2m_vcpu *v = &s->machine.vcpus[vcpu];
    enum altp2m_verdict verdict = altp2m_violation(s->d, v, gfn, wants);

    return verdict == RESTRICTED || verdict == CONVERTED ? altp2m_unheard(s->d, v, gfn) : verdict;
}

static void check_violation(const struct violation_case *c, bool required)
{
    struct scene *s = scene_new();
    struct altp2m_config config = sim_machine_config(&s->machine);
    enum altp2m_verdict verdict;

    config.access_required = required;
    scene_start(s, &config);
    altp2m_set_active(s->d, true);
    scene_set_access(s, 0, 0x10, c->access);
    verdict = unheard_violation(s, 0, 0x10, c->wants);
    if (verdict != (required ? c->required : c->verdict))
        fail_msg("%s (required %d): verdict %d", c->name, required, verdict);
    if (scene_access(s, 0, 0x10) != (required ? c->required_after : c->after))
        fail_msg("%s (required %d): access %u", c->name, required, scene_access(s, 0, 0x10));
    scene_end(s);
}

static void nobody_listens(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        check_violation(&cases[i], false);
        check_violation(&cases[i], true);
    }
}

/* Only for that gfn, only in that view. */
static void lifting_is_local(void **state)
{
    struct scene *s = *state;

    altp2m_switch_all(s->d, 2);
    assert_int_equal(unheard_violation(s, 0, 0x10, ALTP2M_W), RETRY);
    assert_int_equal(scene_rights(s, 2, 0x10, NULL), ALTP2M_RWX);
    assert_int_equal(scene_rights(s, 2, 0x11, NULL), ALTP2M_R);
    assert_int_equal(scene_rights(s, 1, 0x10, NULL), ALTP2M_R);
}

static void holes_are_reported(void **state)
{
    struct scene *s = *state;

    assert_int_equal(altp2m_violation(s->d, &s->machine.vcpus[0], SCENE_HOLE, ALTP2M_R),
                     ALTP2M_VERDICT_HOLE);
}

static void lifting_without_pages(void **state)
{
    struct scene *s = *state;
    uint64_t before;

    altp2m_switch_all(s->d, 2);
    before = scene_fingerprint(s);
    sim_memory_fail_at(&s->machine.memory, 1, true);
    assert_int_equal(unheard_violation(s, 0, 0x10, ALTP2M_W), ALTP2M_VERDICT_NOMEM);
    assert_int_equal(altp2m_lift(s->d, 2, 0x10), -XEN_ENOMEM);
    sim_memory_fail_at(&s->machine.memory, 0, false);
    assert_true(scene_fingerprint(s) == before);
}

struct notify_case {
    const char *name;
    bool has_ve, on, suppress;
    uint16_t access;
    uint64_t gfn;
    enum altp2m_verdict verdict;
};

/* #VE in software: if the CPU has none, or if its entry is too narrow, so that suppress-#VE is
 * set. */
static void notify_in_software(void **state)
{
    static const struct notify_case notify[] = {
        {"no #VE in the CPU", false, true, false, R, 0x10, ALTP2M_VERDICT_NOTIFY},
        {"suppressed", false, true, true, R, 0x10, RESTRICTED},
        {"the vCPU did not ask", false, false, false, R, 0x10, RESTRICTED},
        {"the CPU would have", true, true, false, R, 0x10, RESTRICTED},
        {"the CPU was told not to", true, true, false, WX, 0x10, ALTP2M_VERDICT_NOTIFY},
        {"a hole", false, true, false, R, SCENE_HOLE, ALTP2M_VERDICT_NOTIFY},
        {"a hole the CPU reports", true, true, false, R, SCENE_HOLE, ALTP2M_VERDICT_HOLE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(notify); i++) {
        const struct notify_case *c = &notify[i];

        if (c->has_ve && sim_machine_is_npt())
            continue;
        struct scene *s = scene_new();
        struct altp2m_config config = sim_machine_config(&s->machine);
        struct altp2m_vcpu *vcpu = &s->machine.vcpus[0];
        enum altp2m_verdict verdict;

        config.has_ve = c->has_ve;
        scene_start(s, &config);
        altp2m_set_active(s->d, true);
        altp2m_set_access(s->d, 0, c->gfn, c->access);
        altp2m_set_suppress_ve(s->d, 0, c->gfn, c->suppress);
        if (c->on)
            assert_int_equal(altp2m_enable_notify(s->d, vcpu, SCENE_NOTIFY_GFN), 0);
        verdict = altp2m_violation(s->d, vcpu, c->gfn, c->access == WX ? ALTP2M_R : ALTP2M_W);
        if (verdict != c->verdict)
            fail_msg("%s: verdict %d", c->name, verdict);
        scene_end(s);
    }
}

/* #VE was due and could not be delivered: the same as if the guest had not asked for it. */
static void notify_not_delivered(void **state)
{
    struct scene *s = *state;
    struct altp2m_vcpu *vcpu = &s->machine.vcpus[2];

    s->d->config.has_ve = false;
    scene_set_access(s, 0, 0x10, R);
    assert_int_equal(altp2m_set_suppress_ve(s->d, 0, 0x10, false), 0);
    assert_int_equal(altp2m_violation(s->d, vcpu, 0x10, ALTP2M_W), ALTP2M_VERDICT_NOTIFY);
    assert_int_equal(scene_access(s, 0, 0x10), R);
    assert_int_equal(altp2m_unnotified(s->d, vcpu, 0x10, ALTP2M_W), RESTRICTED);
    assert_int_equal(altp2m_unheard(s->d, vcpu, 0x10), RETRY);
    assert_int_equal(scene_access(s, 0, 0x10), RWX);
    assert_false(altp2m_translate(s->d, 0, 0x10).suppress_ve);
    assert_int_equal(altp2m_host_unmap(s->d, 0x10, 1), 0);
    assert_int_equal(altp2m_violation(s->d, vcpu, 0x10, ALTP2M_W), ALTP2M_VERDICT_NOTIFY);
    assert_int_equal(altp2m_unnotified(s->d, vcpu, 0x10, ALTP2M_W), ALTP2M_VERDICT_HOLE);
    assert_int_equal(altp2m_unheard(s->d, vcpu, 0x10), ALTP2M_VERDICT_HOLE);
    assert_int_equal(altp2m_lift(s->d, 0, 0x10), -XEN_ESRCH);
}

/* Before a monitor decides: Xen's two conversions, each with its own verdict. */
static void conversions(void **state)
{
    struct scene *s = *state;
    const struct altp2m_vcpu *vcpu = &s->machine.vcpus[0];

    s->d->config.access_required = true;
    scene_set_access(s, 0, 0x10, N2RWX);
    assert_int_equal(altp2m_violation(s->d, vcpu, 0x10, ALTP2M_R), CONVERTED);
    assert_int_equal(scene_access(s, 0, 0x10), RWX);
    scene_set_access(s, 0, 0x10, RX2RW);
    assert_int_equal(altp2m_violation(s->d, vcpu, 0x10, ALTP2M_W), RETRY);
    assert_int_equal(scene_access(s, 0, 0x10), RW);
    /* A restriction stays until the embedder decides. */
    assert_int_equal(altp2m_violation(s->d, vcpu, 0x10, ALTP2M_X), RESTRICTED);
    assert_int_equal(scene_access(s, 0, 0x10), RW);
    assert_int_equal(altp2m_lift(s->d, 0, 0x10), 0);
    assert_int_equal(scene_access(s, 0, 0x10), RWX);
}

/* A view counts the accesses that it refused, even if they are then allowed. An access does not
 * count if the entry refuses it only because it can't express the setting. */
static void violations_are_counted(void **state)
{
    struct scene *s = *state;
    const struct altp2m_vcpu *vcpu = &s->machine.vcpus[0];
    const uint64_t *count = &s->d->views[0].violations;

    scene_set_access(s, 0, 0x10, R);
    scene_set_access(s, 0, 0x11, WX);
    scene_set_access(s, 0, 0x12, N2RWX);
    altp2m_violation(s->d, vcpu, 0x10, ALTP2M_R);
    altp2m_violation(s->d, vcpu, 0x11, ALTP2M_W);
    altp2m_violation(s->d, vcpu, SCENE_HOLE, ALTP2M_R);
    assert_int_equal(*count, 0);
    altp2m_violation(s->d, vcpu, 0x10, ALTP2M_W);
    assert_int_equal(*count, 1);
    altp2m_unheard(s->d, vcpu, 0x10);
    assert_int_equal(*count, 1);
    altp2m_violation(s->d, vcpu, 0x12, ALTP2M_W);
    assert_int_equal(*count, 2);
    assert_int_equal(s->d->views[1].violations, 0);
    altp2m_set_active(s->d, false);
    assert_int_equal(*count, 0);
}

static void lift_nothing(void **state)
{
    struct scene *s = *state;

    assert_int_equal(altp2m_lift(s->d, 1, SCENE_HOLE), -XEN_ESRCH);
    assert_int_equal(altp2m_lift(s->d, 1, SCENE_BEYOND), -XEN_ESRCH);
    assert_int_equal(altp2m_lift(s->d, 1, ALTP2M_INVALID_GFN), -XEN_ESRCH);
    assert_int_equal(altp2m_lift(s->d, 9, 0x10), -XEN_ESRCH);
}

/* The CPU writes to the page by its machine address: it must not once the page is given away. */
static void notify_page_given_away(void **state)
{
    struct scene *s = *state;

    assert_int_equal(altp2m_host_unmap(s->d, SCENE_NOTIFY_GFN, 1), 0);
    assert_true(s->machine.vcpus[2].notify_gfn == ALTP2M_INVALID_GFN);
    assert_true(s->machine.loaded_notify[2] == ALTP2M_INVALID_MFN);
    assert_true(s->machine.vcpus[2].vmfunc);
}

/* A page that the embedder traps does not change for views. The view decides about each access; an
 * allowed one gets STEP. Settings read the same before, meanwhile and after. */
static void trapped_pages(void **state)
{
    struct scene *s = *state;
    struct altp2m_vcpu *in_0 = &s->machine.vcpus[0], *v = &s->machine.vcpus[2]; /* it has #VE */
    struct altp2m_mapping device = altp2m_host_lookup(s->d, SCENE_DEVICE), trap = device;
    uint16_t view = scene_create(s, XENMEM_access_rx);
    bool suppress;

    trap.memtype = ALTP2M_MEMTYPE_TRAP;
    assert_int_equal(altp2m_vcpu_enter(s->d, v, view), 0);
    for (unsigned int turn = 0; turn < 3; turn++) {
        bool trapped = turn == 1;

        assert_int_equal(altp2m_host_map(s->d, SCENE_DEVICE, 1, trapped ? trap : device), 0);
        assert_int_equal(scene_rights(s, 0, SCENE_DEVICE, NULL), trapped ? 0 : ALTP2M_RWX);
        assert_int_equal(scene_rights(s, view, SCENE_DEVICE, NULL),
                         trapped ? 0 : ALTP2M_R | ALTP2M_X);
        assert_int_equal(scene_access(s, view, SCENE_DEVICE), XENMEM_access_rx);
        assert_int_equal(altp2m_get_suppress_ve(s->d, view, SCENE_DEVICE, &suppress), 0);
        assert_true(suppress);
        assert_int_equal(altp2m_violation(s->d, v, SCENE_DEVICE, ALTP2M_R), trapped ? STEP : RETRY);
        assert_int_equal(altp2m_violation(s->d, v, SCENE_DEVICE, ALTP2M_W), RESTRICTED);
        assert_int_equal(altp2m_violation(s->d, in_0, SCENE_DEVICE, ALTP2M_W),
                         trapped ? STEP : RETRY);
    }
    /* The engine raises #VE in software then: the CPU must not raise it first. */
    assert_int_equal(altp2m_host_map(s->d, SCENE_DEVICE, 1, trap), 0);
    assert_int_equal(altp2m_set_suppress_ve(s->d, view, SCENE_DEVICE, false), 0);
    assert_int_equal(scene_rights(s, view, SCENE_DEVICE, NULL), 0);
    assert_int_equal(altp2m_violation(s->d, v, SCENE_DEVICE, ALTP2M_W), ALTP2M_VERDICT_NOTIFY);
    assert_int_equal(altp2m_violation(s->d, v, SCENE_DEVICE, ALTP2M_R), STEP);
    /* Lifted: the view allows it from here on, but the hardware still does not. */
    assert_int_equal(altp2m_unheard(s->d, v, SCENE_DEVICE), RETRY);
    assert_int_equal(scene_rights(s, view, SCENE_DEVICE, NULL), 0);
    assert_int_equal(altp2m_violation(s->d, v, SCENE_DEVICE, ALTP2M_W), STEP);
    assert_int_equal(altp2m_host_map(s->d, SCENE_DEVICE, 1, device), 0);
    assert_int_equal(scene_rights(s, view, SCENE_DEVICE, NULL), ALTP2M_RWX);
    /* No entry can lend such a page. */
    assert_int_equal(altp2m_begin_step(s->d, v, SCENE_DEVICE, trap, ALTP2M_R), -XEN_EINVAL);
}

int main(void)
{
#define ACTIVE(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_listens),
        ACTIVE(lifting_is_local),
        ACTIVE(holes_are_reported),
        ACTIVE(lifting_without_pages),
        cmocka_unit_test(notify_in_software),
        ACTIVE(notify_not_delivered),
        ACTIVE(notify_page_given_away),
        ACTIVE(conversions),
        ACTIVE(violations_are_counted),
        ACTIVE(lift_nothing),
        ACTIVE(trapped_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
