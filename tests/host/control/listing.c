/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists: their elements, and their continuation when a reply is full. */
#include "control/port.h"

/* More overrides than a reply holds; no two are neighbours. */
#define MANY_OVERRIDES 600

static const struct altview_list *list(const struct port *p)
{
    return (const void *)p->payload;
}

static const void *element(const struct port *p, size_t size, unsigned int i)
{
    assert_int_equal(p->reply.length, sizeof(struct altview_list) + list(p)->count * size);
    assert_true(i < list(p)->count);
    return p->payload + sizeof(struct altview_list) + i * size;
}

static const struct altview_view *view(const struct port *p, unsigned int i)
{
    return element(p, sizeof(struct altview_view), i);
}

static const struct altview_override * override(const struct port *p, unsigned int i)
{
    return element(p, sizeof(struct altview_override), i);
}

static const struct altview_vcpu *vcpu(const struct port *p, unsigned int i)
{
    return element(p, sizeof(struct altview_vcpu), i);
}

static void ask_views(struct port *p, uint64_t first)
{
    assert_int_equal(PORT_ASK(p, ALTVIEW_VIEWS, altview_first, .first = first), 0);
}

static void ask_overrides(struct port *p, uint16_t of, uint64_t from)
{
    assert_int_equal(PORT_ASK(p, ALTVIEW_OVERRIDES, altview_gfn, .gfn = from, .view = of), 0);
}

static void test_views(void **state)
{
    struct port *p = *state;

    assert_int_equal(
        PORT_ASK(p, ALTVIEW_NAME_VIEW, altview_view_name, .view = 1, .name = "monitor.1"), 0);
    assert_int_equal(PORT_ASK(p, ALTVIEW_SET_POLICY, altview_view_policy, .view = 1,
                              .policy = ALTVIEW_POLICY_STEP, .policy_view = 3),
                     0);
    p->d->views[1].violations = 9;
    ask_views(p, 0);
    assert_int_equal(list(p)->count, 4);
    assert_true(list(p)->next == ALTVIEW_NO_GFN);
    for (unsigned int i = 0; i < 4; i++)
        assert_int_equal(view(p, i)->view, i);
    assert_int_equal(view(p, 2)->default_access, XENMEM_access_r);
    assert_int_equal(view(p, 1)->visible, 1);
    assert_int_equal(view(p, 3)->visible, 0);
    assert_int_equal(view(p, 1)->policy, ALTVIEW_POLICY_STEP);
    assert_int_equal(view(p, 1)->policy_view, 3);
    assert_int_equal(view(p, 1)->overrides, 3);
    assert_int_equal(view(p, 1)->remaps, 1);
    assert_int_equal(view(p, 1)->table_pages, p->d->views[1].table_pages);
    assert_int_equal(view(p, 1)->vcpus, 1);
    assert_int_equal(view(p, 0)->vcpus, 2);
    assert_int_equal(view(p, 1)->violations, 9);
    assert_string_equal(view(p, 1)->name, "monitor.1");
    assert_string_equal(view(p, 2)->name, "");
    ask_views(p, 3);
    assert_int_equal(list(p)->count, 1);
    ask_views(p, UINT64_MAX);
    assert_int_equal(list(p)->count, 0);
    assert_true(list(p)->next == ALTVIEW_NO_GFN);
}

/* A bit for each vCPU. The list of views has a summary of the vCPUs that see them. */
static void test_visible_to(void **state)
{
    struct port *p = *state;
    struct altp2m_vcpu *vcpus = p->scene->machine.vcpus;

    assert_int_equal(altp2m_set_visibility_for(p->d, &vcpus[1], 2, false), 0);
    assert_int_equal(PORT_ASK(p, ALTVIEW_VISIBILITY, altview_first, .first = 1), 0);
    assert_int_equal(list(p)->count, 3);
    assert_true(list(p)->next == ALTVIEW_NO_GFN);
    for (unsigned int i = 0; i < 3; i++) {
        static const uint64_t want[] = {7, 5, 0};
        const struct altview_visible_to *is = element(p, sizeof(*is), i);

        assert_int_equal(is->view, i + 1);
        assert_true(is->vcpus == want[i]);
    }
    ask_views(p, 1);
    assert_int_equal(view(p, 0)->visible, 1);
    assert_int_equal(view(p, 1)->visible, 2);
    assert_int_equal(view(p, 2)->visible, 0);
}

/* The server finds out to which views vCPUs have gone by VMFUNC before it lists them. */
static void test_views_know_where_vcpus_are(void **state)
{
    struct port *p = *state;

    assert_true(sim_machine_vmfunc(&p->scene->machine, 0, 2));
    ask_views(p, 2);
    assert_int_equal(view(p, 0)->vcpus, 1);
    assert_true(sim_machine_vmfunc(&p->scene->machine, 2, 1));
    assert_int_equal(PORT_ASK(p, ALTVIEW_VCPUS, altview_first, .first = 2), 0);
    assert_int_equal(vcpu(p, 0)->view, 1);
}

/* View 0 exists even while altp2m is off: the guest runs in it. */
static void test_view_0_is_always_listed(void **state)
{
    struct port *p = *state;

    altp2m_set_active(p->d, false);
    ask_views(p, 0);
    assert_int_equal(list(p)->count, 1);
    assert_int_equal(view(p, 0)->view, 0);
    assert_int_equal(view(p, 0)->visible, 0);
    assert_int_equal(view(p, 0)->vcpus, SIM_VCPUS);
    ask_overrides(p, 0, 0);
    assert_int_equal(list(p)->count, 0);
}

static void test_views_in_pieces(void **state)
{
    struct scene *scene = scene_new();
    struct altp2m_config config = sim_machine_config(&scene->machine);
    unsigned int seen = 0, pieces = 0;
    uint64_t next = 0;
    struct port *p;

    (void)state;
    config.view_count = ALTP2M_MAX_VIEWS;
    scene_start(scene, &config);
    p = port_new(scene);
    altp2m_set_active(p->d, true);
    for (unsigned int i = 1; i < ALTP2M_MAX_VIEWS; i++)
        scene_create(scene, XENMEM_access_rwx);
    /* Every third one goes away. */
    for (unsigned int i = 3; i < ALTP2M_MAX_VIEWS; i += 3)
        assert_int_equal(altp2m_view_destroy(p->d, i), 0);
    for (; next != ALTVIEW_NO_GFN; next = list(p)->next, pieces++) {
        ask_views(p, next);
        for (unsigned int i = 0; i < list(p)->count; i++, seen++)
            assert_int_equal(view(p, i)->view, seen ? (seen - 1) / 2 * 3 + 1 + (seen - 1) % 2 : 0);
    }
    assert_int_equal(seen, 342);
    assert_true(pieces > 1);
    port_end(p);
}

static void test_names_are_taken_once(void **state)
{
    struct port *p = *state;
    const char longest[] = "abcdefghijklmno";

    assert_int_equal(
        PORT_ASK(p, ALTVIEW_NAME_VIEW, altview_view_name, .view = 1, .name = "abcdefghijklmno"), 0);
    ask_views(p, 1);
    assert_string_equal(view(p, 0)->name, longest);
    assert_int_equal(
        PORT_ASK(p, ALTVIEW_NAME_VIEW, altview_view_name, .view = 2, .name = "abcdefghijklmno"),
        -XEN_EEXIST);
    assert_int_equal(PORT_ASK(p, ALTVIEW_NAME_VIEW, altview_view_name, .view = 1), 0);
    assert_int_equal(
        PORT_ASK(p, ALTVIEW_NAME_VIEW, altview_view_name, .view = 2, .name = "abcdefghijklmno"), 0);
}

static void test_overrides(void **state)
{
    struct port *p = *state;

    ask_overrides(p, 1, 0);
    assert_int_equal(list(p)->count, 3);
    assert_true(list(p)->next == ALTVIEW_NO_GFN);
    assert_int_equal(override(p, 0)->gfn, PORT_GFN);
    assert_int_equal(override(p, 0)->nr, 1);
    assert_true(override(p, 0)->target == ALTVIEW_NO_GFN);
    assert_int_equal(override(p, 0)->access, XENMEM_access_r);
    assert_int_equal(override(p, 0)->rights, ALTP2M_R);
    assert_int_equal(override(p, 0)->suppress_ve, 1);
    assert_int_equal(override(p, 1)->gfn, 0x11);
    assert_int_equal(override(p, 1)->target, 0x12);
    assert_int_equal(override(p, 2)->gfn, 0x13);
    assert_int_equal(override(p, 2)->suppress_ve, 0);
    ask_overrides(p, 1, 0x12);
    assert_int_equal(list(p)->count, 1);
    assert_int_equal(override(p, 0)->gfn, 0x13);
    ask_overrides(p, 1, UINT64_MAX);
    assert_int_equal(list(p)->count, 0);
    assert_true(list(p)->next == ALTVIEW_NO_GFN);
}

/* The list has the requested access as well as the entry's version of it. */
static void test_overrides_tell_access_and_rights(void **state)
{
    struct port *p = *state;

    scene_set_access(p->scene, 3, 0x30, XENMEM_access_w);
    ask_overrides(p, 3, 0);
    assert_int_equal(list(p)->count, 1);
    assert_int_equal(override(p, 0)->access, XENMEM_access_w);
    assert_int_equal(override(p, 0)->rights, 0);
}

static void test_overrides_in_pieces(void **state)
{
    struct port *p = *state;
    unsigned int seen = 0, pieces = 0;
    uint64_t next = 0x40;

    for (unsigned int i = 0; i < MANY_OVERRIDES; i++)
        scene_set_access(p->scene, 1, SCENE_LARGE + 3 * i, XENMEM_access_n);
    for (; next != ALTVIEW_NO_GFN; next = list(p)->next) {
        assert_true(pieces++ < 100);
        ask_overrides(p, 1, next);
        for (unsigned int i = 0; i < list(p)->count; i++, seen++) {
            assert_int_equal(override(p, i)->gfn, SCENE_LARGE + 3 * seen);
            assert_int_equal(override(p, i)->nr, 1);
        }
    }
    assert_int_equal(seen, MANY_OVERRIDES);
    assert_true(pieces > 2);
}

static void test_vcpus(void **state)
{
    struct port *p = *state;

    assert_int_equal(PORT_ASK(p, ALTVIEW_PAUSE, altview_which_vcpu, .vcpu = 0), 0);
    assert_int_equal(PORT_ASK(p, ALTVIEW_SINGLE_STEP, altview_single_step, .vcpu = 2, .enable = 1),
                     0);
    port_listen(p, 1U << ALTVIEW_EVENT_MEM_ACCESS, 0);
    port_wait(p);
    assert_int_equal(PORT_ASK(p, ALTVIEW_VCPUS, altview_first, .first = 0), 0);
    assert_int_equal(list(p)->count, SIM_VCPUS);
    assert_true(list(p)->next == ALTVIEW_NO_GFN);
    assert_int_equal(vcpu(p, 0)->flags, ALTVIEW_VCPU_PAUSED);
    assert_int_equal(vcpu(p, 1)->flags, ALTVIEW_VCPU_WAITING);
    assert_int_equal(vcpu(p, 2)->flags, ALTVIEW_VCPU_STEPPING);
    assert_int_equal(vcpu(p, 1)->vcpu, 1);
    assert_int_equal(vcpu(p, 1)->view, 1);
    assert_int_equal(vcpu(p, 1)->event, port_last_event(p)->id);
    assert_int_equal(vcpu(p, 0)->event, 0);
    assert_int_equal(vcpu(p, 2)->vmfunc, 1);
    assert_int_equal(vcpu(p, 2)->notify_gfn, SCENE_NOTIFY_GFN);
    assert_true(vcpu(p, 1)->notify_gfn == ALTVIEW_NO_GFN);
    assert_int_equal(vcpu(p, 1)->exits, 7001);
    assert_true(vcpu(p, 1)->rip == 0xffffffff81000001);
    assert_int_equal(vcpu(p, 1)->cr3, 0x5000);
    assert_int_equal(PORT_ASK(p, ALTVIEW_VCPUS, altview_first, .first = 2), 0);
    assert_int_equal(vcpu(p, 0)->vcpu, 2);
    assert_int_equal(PORT_ASK(p, ALTVIEW_VCPUS, altview_first, .first = UINT64_MAX), 0);
    assert_int_equal(list(p)->count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, port_setup, port_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_views),
        TEST(test_visible_to),
        TEST(test_views_know_where_vcpus_are),
        TEST(test_view_0_is_always_listed),
        cmocka_unit_test(test_views_in_pieces),
        TEST(test_names_are_taken_once),
        TEST(test_overrides),
        TEST(test_overrides_tell_access_and_rights),
        TEST(test_overrides_in_pieces),
        TEST(test_vcpus),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
