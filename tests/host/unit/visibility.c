/* SPDX-License-Identifier: BSD-2-Clause */
/* The views that each vCPU can reach, the vCPUs that evict moves out of one, and the changes for
 * which vCPUs leave the guest. */
#include "unit/scene.h"

static struct altp2m_vcpu *vcpu_of(struct scene *s, unsigned int n)
{
    return &s->machine.vcpus[n];
}

/* Each vCPU has its own page: a view hidden from one vCPU keeps its place for the others. */
static void a_view_can_be_hidden_from_one(void **state)
{
    struct scene *s = *state;

    assert_int_equal(altp2m_set_visibility_for(s->d, vcpu_of(s, 0), 1, false), 0);
    assert_false(altp2m_view_is_visible_to(s->d, vcpu_of(s, 0), 1));
    assert_true(altp2m_view_is_visible_to(s->d, vcpu_of(s, 1), 1));
    assert_false(sim_machine_vmfunc(&s->machine, 0, 1));
    assert_true(sim_machine_vmfunc(&s->machine, 2, 1));
    assert_int_equal(altp2m_set_visibility_for(s->d, vcpu_of(s, 0), 1, true), 0);
    assert_true(sim_machine_vmfunc(&s->machine, 0, 1));
}

/* One of two vCPUs would enter a view that it may not enter, so the switch of all moves none. */
static void switch_needs_it_visible_to_all(void **state)
{
    struct scene *s = *state;

    assert_int_equal(altp2m_set_visibility_for(s->d, vcpu_of(s, 2), 2, false), 0);
    assert_false(altp2m_view_is_visible(s->d, 2));
    assert_int_equal(altp2m_switch_all(s->d, 2), -XEN_EINVAL);
    assert_int_equal(vcpu_of(s, 1)->view, 1);
    assert_int_equal(altp2m_set_visibility_for(s->d, vcpu_of(s, 2), 2, true), 0);
    assert_int_equal(altp2m_switch_all(s->d, 2), 0);
}

/* Xen's operation does not distinguish vCPUs: it makes them all equal. */
static void the_call_for_all_sets_all(void **state)
{
    struct scene *s = *state;

    assert_int_equal(altp2m_set_visibility_for(s->d, vcpu_of(s, 1), 3, true), 0);
    assert_int_equal(altp2m_set_visibility(s->d, 3, false), 0);
    for (unsigned int i = 0; i < SIM_VCPUS; i++)
        assert_false(altp2m_view_is_visible_to(s->d, vcpu_of(s, i), 3));
    assert_int_equal(altp2m_set_visibility_for(s->d, vcpu_of(s, 1), 2, false), 0);
    assert_int_equal(altp2m_set_visibility(s->d, 2, true), 0);
    assert_true(altp2m_view_is_visible(s->d, 2));
}

/* No list has the view any more. */
static void recreated_view_is_visible_to_all(void **state)
{
    struct scene *s = *state;

    assert_int_equal(altp2m_set_visibility_for(s->d, vcpu_of(s, 2), 2, false), 0);
    assert_int_equal(altp2m_view_destroy(s->d, 2), 0);
    for (unsigned int i = 0; i < SIM_VCPUS; i++)
        assert_false(altp2m_view_is_visible_to(s->d, vcpu_of(s, i), 2));
    assert_int_equal(scene_create(s, XENMEM_access_rwx), 2);
    assert_true(altp2m_view_is_visible(s->d, 2));
}

/* vCPU 0 has gone there by VMFUNC, which the engine has not seen yet; vCPU 1 is known to be
 * there. */
static void evict_moves_whoever_is_there(void **state)
{
    struct scene *s = *state;

    assert_true(sim_machine_vmfunc(&s->machine, 0, 1));
    assert_int_equal(altp2m_evict(s->d, NULL, 1, 2), 0);
    assert_int_equal(sim_machine_view(&s->machine, 0), 2);
    assert_int_equal(sim_machine_view(&s->machine, 1), 2);
    assert_int_equal(sim_machine_view(&s->machine, 2), 0);
    for (unsigned int i = 0; i < SIM_VCPUS; i++)
        assert_false(sim_machine_vmfunc(&s->machine, i, 1));
    assert_int_equal(altp2m_view_destroy(s->d, 1), 0);
}

static void evict_of_one_leaves_the_others(void **state)
{
    struct scene *s = *state;

    assert_true(sim_machine_vmfunc(&s->machine, 0, 1));
    assert_int_equal(altp2m_evict(s->d, vcpu_of(s, 0), 1, 0), 0);
    assert_int_equal(sim_machine_view(&s->machine, 0), 0);
    assert_int_equal(sim_machine_view(&s->machine, 1), 1);
    assert_false(altp2m_view_is_visible_to(s->d, vcpu_of(s, 0), 1));
    assert_true(altp2m_view_is_visible_to(s->d, vcpu_of(s, 1), 1));
}

/* Refused whether or not a vCPU is there, and without a change. */
static void evict_refuses(void **state)
{
    static const struct {
        const char *why;
        unsigned int view, to;
        bool all;
    } bad[] = {
        {"to the view itself", 1, 1, true},
        {"to a hidden view", 1, 3, true},
        {"to no view", 1, 4, true},
        {"to an index beyond", 1, 512, true},
        {"from no view", 4, 1, true},
        {"from an index beyond", UINT32_MAX, 1, true},
        {"to a view hidden from it", 1, 2, false},
        {"to one hidden from one of all", 1, 2, true},
    };
    struct scene *s = *state;

    assert_int_equal(altp2m_set_visibility_for(s->d, vcpu_of(s, 0), 2, false), 0);
    uint64_t before = scene_fingerprint(s);
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct altp2m_vcpu *vcpu = bad[i].all ? NULL : vcpu_of(s, 0);

        if (altp2m_evict(s->d, vcpu, bad[i].view, bad[i].to) != -XEN_EINVAL)
            fail_msg("done: %s", bad[i].why);
        if (scene_fingerprint(s) != before)
            fail_msg("changed something: %s", bad[i].why);
    }
    /* vCPU 1 may go there. */
    assert_int_equal(altp2m_evict(s->d, vcpu_of(s, 1), 1, 2), 0);
}

/* vCPU 1 is in view 1, and away from it for one instruction in view 2. */
static struct altp2m_vcpu *gone_away(struct scene *s)
{
    struct altp2m_vcpu *vcpu = vcpu_of(s, 1);

    assert_int_equal(altp2m_vcpu_go_away(s->d, vcpu, 2), 0);
    assert_int_equal(sim_machine_view(&s->machine, 1), 2);
    return vcpu;
}

static void it_comes_home(void **state)
{
    struct scene *s = *state;
    struct altp2m_vcpu *vcpu = gone_away(s);

    assert_int_equal(altp2m_vcpu_go_away(s->d, vcpu, 3), 0); /* view 2 sends it on */
    altp2m_vcpu_come_home(s->d, vcpu);
    assert_int_equal(sim_machine_view(&s->machine, 1), 1);
    altp2m_vcpu_come_home(s->d, vcpu);
    assert_int_equal(sim_machine_view(&s->machine, 1), 1);
    assert_int_equal(altp2m_vcpu_go_away(s->d, vcpu, 4), -XEN_EINVAL);
    assert_int_equal(sim_machine_view(&s->machine, 1), 1);
}

/* The instruction was VMFUNC: the guest wants to be in that view, also if the vCPU is there
 * already, or came from there. */
static void it_may_leave_by_vmfunc(void **state)
{
    struct scene *s = *state;

    for (unsigned int to = 0; to <= 2; to++) {
        struct altp2m_vcpu *vcpu;

        assert_int_equal(altp2m_switch_all(s->d, 1), 0);
        vcpu = gone_away(s);
        altp2m_begin_visit(s->d, vcpu);
        sim_machine_step(&s->machine, 1);
        assert_true(sim_machine_vmfunc(&s->machine, 1, to));
        sim_machine_exit(&s->machine, 1);
        altp2m_vcpu_come_home(s->d, vcpu);
        assert_int_equal(sim_machine_view(&s->machine, 1), to);
        /* Nor is it still away if it enters the view in which it was away. */
        assert_int_equal(altp2m_vcpu_enter(s->d, vcpu, 2), 0);
        altp2m_vcpu_come_home(s->d, vcpu);
        assert_int_equal(sim_machine_view(&s->machine, 1), 2);
    }
}

/* A peer that has evicted all from view 1 may rely on that: no vCPU comes back there. */
static void evict_from_the_home(void **state)
{
    struct scene *s = *state;
    struct altp2m_vcpu *vcpu = gone_away(s);

    assert_int_equal(altp2m_view_destroy(s->d, 1), -XEN_EBUSY);
    assert_int_equal(altp2m_evict(s->d, NULL, 1, 0), 0);
    assert_int_equal(sim_machine_view(&s->machine, 1), 2);
    altp2m_vcpu_come_home(s->d, vcpu);
    assert_int_equal(sim_machine_view(&s->machine, 1), 0);
    assert_int_equal(altp2m_view_destroy(s->d, 1), 0);
}

/* The vCPU finishes the instruction in view 0, and stays in view 1 as before. */
static void evict_of_a_visitor(void **state)
{
    struct scene *s = *state;
    struct altp2m_vcpu *vcpu = gone_away(s);

    assert_int_equal(altp2m_evict(s->d, NULL, 2, 0), 0);
    assert_int_equal(sim_machine_view(&s->machine, 1), 0);
    altp2m_vcpu_come_home(s->d, vcpu);
    assert_int_equal(sim_machine_view(&s->machine, 1), 1);
}

/* The vCPU has left the visited view by VMFUNC, for view 1, and evict moves it to the visited view:
 * it stays. */
static void evict_to_where_it_was_away(void **state)
{
    struct scene *s = *state;
    struct altp2m_vcpu *vcpu = gone_away(s);

    assert_true(sim_machine_vmfunc(&s->machine, 1, 1));
    assert_int_equal(altp2m_evict(s->d, NULL, 1, 2), 0);
    altp2m_vcpu_come_home(s->d, vcpu);
    assert_int_equal(sim_machine_view(&s->machine, 1), 2);
    assert_int_equal(altp2m_view_destroy(s->d, 1), 0);
}

/* Also to the vCPU's present view: all vCPUs must stay there. */
static void switch_while_it_is_away(void **state)
{
    struct scene *s = *state;

    for (unsigned int to = 0; to <= 2; to += 2) {
        struct altp2m_vcpu *vcpu;

        assert_int_equal(altp2m_switch_all(s->d, 1), 0);
        vcpu = gone_away(s);
        assert_int_equal(altp2m_switch_all(s->d, to), 0);
        altp2m_vcpu_come_home(s->d, vcpu);
        assert_int_equal(sim_machine_view(&s->machine, 1), to);
    }
}

/* The engine forgets all of it: view 1 is another one then. */
static void off_while_it_is_away(void **state)
{
    struct scene *s = *state;
    struct altp2m_vcpu *vcpu = gone_away(s);

    assert_int_equal(altp2m_set_active(s->d, false), 0);
    assert_int_equal(altp2m_set_active(s->d, true), 0);
    for (unsigned int view = 1; view <= 2; view++)
        assert_int_equal(scene_create(s, XENMEM_access_rwx), view);
    assert_int_equal(altp2m_vcpu_enter(s->d, vcpu, 2), 0);
    altp2m_vcpu_come_home(s->d, vcpu);
    assert_int_equal(sim_machine_view(&s->machine, 1), 2);
}

/* The rows have for each operation whether it takes the vCPUs out of the guest. */

static void destroy(struct scene *s)
{
    assert_int_equal(altp2m_view_destroy(s->d, 2), 0);
}

static void destroy_nothing(struct scene *s)
{
    assert_int_equal(altp2m_view_destroy(s->d, 7), -XEN_EBUSY);
}

static void switch_all(struct scene *s)
{
    assert_int_equal(altp2m_switch_all(s->d, 2), 0);
}

static void switch_to_hidden(struct scene *s)
{
    assert_int_equal(altp2m_switch_all(s->d, 3), -XEN_EINVAL);
}

static void turn_off(struct scene *s)
{
    altp2m_set_active(s->d, false);
}

static void evict(struct scene *s)
{
    assert_int_equal(altp2m_evict(s->d, NULL, 1, 0), 0);
}

static void notify_on(struct scene *s)
{
    assert_int_equal(altp2m_enable_notify(s->d, vcpu_of(s, 1), 5), 0);
}

static void notify_off(struct scene *s)
{
    altp2m_disable_notify(s->d, vcpu_of(s, 2));
}

static void vmfunc_on(struct scene *s)
{
    altp2m_set_vmfunc(s->d, vcpu_of(s, 1), true);
}

static void unmap_notify_page(struct scene *s)
{
    assert_int_equal(altp2m_host_unmap(s->d, SCENE_NOTIFY_GFN, 1), 0);
}

static void unmap(struct scene *s)
{
    assert_int_equal(altp2m_host_unmap(s->d, 6, 1), 0);
}

static void hide(struct scene *s)
{
    assert_int_equal(altp2m_set_visibility(s->d, 1, false), 0);
}

static void hide_for(struct scene *s)
{
    assert_int_equal(altp2m_set_visibility_for(s->d, vcpu_of(s, 1), 1, false), 0);
}

static void create(struct scene *s)
{
    scene_create(s, XENMEM_access_r);
}

static void restrict_page(struct scene *s)
{
    scene_set_access(s, 1, 9, XENMEM_access_n);
}

static void remap_page(struct scene *s)
{
    assert_int_equal(altp2m_remap(s->d, 1, 9, 10, true), 0);
}

static void only_what_moves_vcpus_takes_them_out(void **state)
{
    static const struct {
        const char *name;
        void (*run)(struct scene *s);
        bool quiesces;
    } operations[] = {
        {"destroy", destroy, true},
        {"destroy of nothing", destroy_nothing, false},
        {"switch", switch_all, true},
        {"switch to a hidden view", switch_to_hidden, false},
        {"off", turn_off, true},
        {"evict", evict, true},
        {"#VE on", notify_on, true},
        {"#VE off", notify_off, true},
        {"VMFUNC on", vmfunc_on, true},
        {"unmap of a #VE page", unmap_notify_page, true},
        {"unmap", unmap, false},
        {"hide", hide, false},
        {"hide from one", hide_for, false},
        {"create", create, false},
        {"set_access", restrict_page, false},
        {"remap", remap_page, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(operations); i++) {
        struct scene *s = scene_new();

        scene_start_active(s);
        s->machine.quiesces = 0;
        operations[i].run(s);
        if (!s->machine.quiesces == operations[i].quiesces)
            fail_msg("%s: vCPUs left the guest %u times", operations[i].name, s->machine.quiesces);
        scene_end(s);
    }
}

#define ACTIVE(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        ACTIVE(a_view_can_be_hidden_from_one),
        ACTIVE(switch_needs_it_visible_to_all),
        ACTIVE(the_call_for_all_sets_all),
        ACTIVE(recreated_view_is_visible_to_all),
        ACTIVE(evict_moves_whoever_is_there),
        ACTIVE(evict_of_one_leaves_the_others),
        ACTIVE(evict_refuses),
        ACTIVE(it_comes_home),
        ACTIVE(it_may_leave_by_vmfunc),
        ACTIVE(evict_from_the_home),
        ACTIVE(evict_of_a_visitor),
        ACTIVE(evict_to_where_it_was_away),
        ACTIVE(switch_while_it_is_away),
        ACTIVE(off_while_it_is_away),
        cmocka_unit_test(only_what_moves_vcpus_takes_them_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
