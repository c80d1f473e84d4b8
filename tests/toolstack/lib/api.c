/* SPDX-License-Identifier: BSD-2-Clause */
/* libaltview's own interface on a simulated domain: the effects of each function, and their
 * limits. */
#include <altview/altview.h>
#include <altview/sim.h>

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <xen/hvm/hvm_op.h>
#include <xen/xen.h>

#include <cmocka.h>

#define RWX 7
#define R   1

static altview *h;

static int open_domain(void **state)
{
    (void)state;
    return altview_open("sim:views=4,memory=16,vcpus=2", 0, &h) || altview_set_active(h, true);
}

static int close_domain(void **state)
{
    (void)state;
    altview_close(h);
    return 0;
}

static unsigned int new_view(unsigned int access)
{
    unsigned int view = 99;

    assert_int_equal(altview_create_view(h, access, &view), 0);
    return view;
}

/* The record of one view from altview_views. */
static struct altview_view describe(unsigned int view)
{
    struct altview_view found = {.view = 99}, *views;
    size_t count;

    assert_int_equal(altview_views(h, &views, &count), 0);
    for (size_t i = 0; i < count; i++) {
        if (views[i].view == view) {
            found = views[i];
        }
    }
    free(views);
    return found;
}

static void hello_describes_the_domain(void **state)
{
    struct altview_hello hello;

    (void)state;
    assert_int_equal(altview_hello(h, &hello), 0);
    assert_int_equal(hello.version, ALTVIEW_CONTROL_VERSION);
    assert_int_equal(hello.view_count, 4);
    assert_int_equal(hello.vcpu_count, 2);
    assert_int_equal(hello.mode, 2);
    assert_true(hello.flags & ALTVIEW_HELLO_ACTIVE);
    assert_true(strlen(hello.software) > 0);
    assert_int_equal(altview_set_active(h, false), 0);
    assert_int_equal(altview_hello(h, &hello), 0);
    assert_false(hello.flags & ALTVIEW_HELLO_ACTIVE);
}

static void views_come_and_go(void **state)
{
    unsigned int view = new_view(R);
    struct altview_view *views;
    size_t count;

    (void)state;
    assert_int_equal(view, 1);
    assert_int_equal(describe(view).default_access, R);
    assert_int_equal(describe(view).visible, 1);
    assert_int_equal(altview_views(h, &views, &count), 0);
    assert_int_equal(count, 2);
    free(views);
    assert_int_equal(altview_destroy_view(h, view), 0);
    assert_int_equal(describe(view).view, 99);
}

static void visibility_can_be_taken_and_given(void **state)
{
    unsigned int view = new_view(RWX);

    (void)state;
    assert_int_equal(altview_set_visibility(h, view, false), 0);
    assert_int_equal(describe(view).visible, 0);
    assert_int_equal(altview_switch_to_view(h, view), -EINVAL);
    assert_int_equal(altview_set_visibility(h, view, true), 0);
    assert_int_equal(altview_switch_to_view(h, view), 0);
    assert_int_equal(describe(view).vcpus, 2);
}

static void access_is_set_for_ranges(void **state)
{
    unsigned int view = new_view(RWX), access;

    (void)state;
    assert_int_equal(altview_set_access(h, view, 0x10, 3000, R), 0); /* takes several requests */
    assert_int_equal(altview_get_access(h, view, 0x10 + 2999, &access), 0);
    assert_int_equal(access, R);
    assert_int_equal(altview_get_access(h, view, 0x10 + 3000, &access), 0);
    assert_int_equal(access, RWX);
    assert_int_equal(describe(view).overrides, 3000);
}

static void access_that_is_none_is_refused(void **state)
{
    unsigned int view = new_view(RWX), access;

    (void)state;
    /* Numbers that would be valid if a function took only their lower 16 bits. */
    assert_int_equal(altview_set_access(h, view, 0x10, 1, 0x10001), -EINVAL);
    assert_int_equal(altview_set_access(h, 0x10000 + view, 0x10, 1, R), -EINVAL);
    assert_int_equal(altview_create_view(h, 0x10007, &view), -EINVAL);
    assert_int_equal(altview_destroy_view(h, 0x10001), -EBUSY);
    assert_int_equal(altview_get_access(h, 1, 0x10, &access), 0);
    assert_int_equal(access, RWX);
}

static void results_are_untouched_on_failure(void **state)
{
    unsigned int number = 77;
    struct altview_override *overrides = (void *)&number;
    size_t count = 77;

    (void)state;
    assert_int_equal(altview_create_view(h, 11, &number), -EINVAL);
    assert_int_equal(altview_clone_view(h, 3, &number), -EINVAL);
    assert_int_equal(altview_get_access(h, 3, 0, &number), -EINVAL);
    assert_int_equal(altview_find_view(h, "nobody", &number), -ENOENT);
    assert_int_equal(altview_overrides(h, 3, &overrides, &count), -EINVAL);
    assert_int_equal(number, 77);
    assert_int_equal(count, 77);
    assert_ptr_equal(overrides, &number);
}

static void overrides_are_listed_as_ranges(void **state)
{
    unsigned int view = new_view(RWX);
    struct altview_override *o;
    size_t count;

    (void)state;
    assert_int_equal(altview_set_access(h, view, 0x10, 4, R), 0);
    assert_int_equal(altview_remap(h, view, 0x100, 0x200), 0);
    assert_int_equal(altview_overrides(h, view, &o, &count), 0);
    assert_int_equal(count, 2);
    assert_int_equal(o[0].gfn, 0x10);
    assert_int_equal(o[0].nr, 4);
    assert_int_equal(o[0].access, R);
    assert_int_equal(o[1].gfn, 0x100);
    assert_int_equal(o[1].target, 0x200);
    free(o);
    /* No view has everything, so the list is empty. The caller can give an empty list to free()
     * too. */
    assert_int_equal(altview_overrides(h, 0, &o, &count), 0);
    assert_int_equal(count, 0);
    free(o);
}

static void lists_longer_than_a_frame_come_whole(void **state)
{
    unsigned int view = new_view(RWX);
    struct altview_override *o;
    size_t count;

    (void)state;
    for (uint64_t gfn = 0; gfn < 2000; gfn += 2) {
        assert_int_equal(altview_set_access(h, view, gfn, 1, R), 0);
    }
    assert_int_equal(altview_overrides(h, view, &o, &count), 0);
    assert_int_equal(count, 1000);
    for (uint64_t i = 0; i < count; i++) {
        assert_int_equal(o[i].gfn, 2 * i);
    }
    free(o);
}

static void a_remap_shows_another_page_and_can_be_taken_back(void **state)
{
    unsigned int view = new_view(RWX);
    char seen[5] = "";

    (void)state;
    assert_int_equal(altview_write(h, ALTVIEW_NO_VIEW, 0x200000, "other", 5), 0);
    assert_int_equal(altview_remap(h, view, 0x100, 0x200), 0);
    assert_int_equal(altview_read(h, view, 0x100000, seen, 5), 0);
    assert_memory_equal(seen, "other", 5);
    assert_int_equal(describe(view).remaps, 1);
    assert_int_equal(altview_remap(h, view, 0x100, ALTVIEW_NO_GFN), 0);
    assert_int_equal(describe(view).overrides, 0);
    assert_int_equal(altview_read(h, view, 0x100000, seen, 5), 0);
    assert_memory_not_equal(seen, "other", 5);
}

static void a_clone_has_what_its_origin_has(void **state)
{
    unsigned int view = new_view(R), clone, access;

    (void)state;
    assert_int_equal(altview_set_access(h, view, 5, 1, RWX), 0);
    assert_int_equal(altview_clone_view(h, view, &clone), 0);
    assert_int_equal(describe(clone).default_access, R);
    assert_int_equal(altview_get_access(h, clone, 5, &access), 0);
    assert_int_equal(access, RWX);
}

static void views_have_names(void **state)
{
    unsigned int view = new_view(RWX), found;

    (void)state;
    assert_int_equal(altview_name_view(h, view, "code.1_a-b"), 0);
    assert_string_equal(describe(view).name, "code.1_a-b");
    assert_int_equal(altview_find_view(h, "code.1_a-b", &found), 0);
    assert_int_equal(found, view);
    assert_int_equal(altview_find_view(h, "1", &found), 0);
    assert_int_equal(found, 1);
    assert_int_equal(altview_find_view(h, "0x1", &found), 0);
    assert_int_equal(altview_find_view(h, "code", &found), -ENOENT); /* no prefixes */
    assert_int_equal(altview_find_view(h, "", &found), -ENOENT);     /* not one without a name */
    assert_int_equal(altview_find_view(h, "3", &found), -ENOENT);
    assert_int_equal(altview_find_view(h, "4294967297", &found), -ENOENT);
    assert_int_equal(altview_find_view(h, "1x", &found), -ENOENT);
    assert_int_equal(altview_name_view(h, view, "a2345678901234567"), -EINVAL);
    assert_int_equal(altview_name_view(h, view, "a234567890123456"), -EINVAL); /* 16, and no 0 */
    assert_int_equal(altview_name_view(h, view, "a23456789012345"), 0);
    assert_int_equal(altview_name_view(h, view, "1"), -EINVAL);
    assert_int_equal(altview_name_view(h, 0, "a23456789012345"), -EEXIST);
    assert_int_equal(altview_name_view(h, view, ""), 0);
    assert_string_equal(describe(view).name, "");
}

static void policies_are_set(void **state)
{
    unsigned int view = new_view(RWX), other = new_view(RWX);

    (void)state;
    assert_int_equal(altview_set_policy(h, view, ALTVIEW_POLICY_STEP, other), 0);
    assert_int_equal(describe(view).policy, ALTVIEW_POLICY_STEP);
    assert_int_equal(describe(view).policy_view, other);
    assert_int_equal(altview_set_policy(h, view, ALTVIEW_POLICY_STEP, view), -EINVAL);
    assert_int_equal(altview_set_policy(h, view, (enum altview_policy)(256 + 1), 0), -EINVAL);
    assert_int_equal(altview_set_policy(h, view, ALTVIEW_POLICY_NONE, 0), 0);
    assert_int_equal(describe(view).policy, ALTVIEW_POLICY_NONE);
}

static void suppress_ve_is_an_override(void **state)
{
    unsigned int view = new_view(RWX);
    struct altview_override *o;
    size_t count;

    (void)state;
    assert_int_equal(altview_set_suppress_ve(h, view, 7, false), 0);
    assert_int_equal(altview_overrides(h, view, &o, &count), 0);
    assert_int_equal(count, 1);
    assert_int_equal(o[0].gfn, 7);
    assert_int_equal(o[0].suppress_ve, 0);
    free(o);
}

static void vmfunc_is_switched_for_one_vcpu(void **state)
{
    struct altview_vcpu *vcpus;
    size_t count;

    (void)state;
    assert_int_equal(altview_set_vmfunc(h, 1, true), 0);
    assert_int_equal(altview_vcpus(h, &vcpus, &count), 0);
    assert_int_equal(count, 2);
    assert_int_equal(vcpus[0].vmfunc, 0);
    assert_int_equal(vcpus[1].vmfunc, 1);
    free(vcpus);
    assert_int_equal(altview_set_vmfunc(h, 2, true), -EINVAL);
}

#define BIG 20000

static void memory_of_any_size_is_read_and_written(void **state)
{
    static uint8_t out[BIG], in[BIG];

    (void)state;
    for (int i = 0; i < BIG; i++) {
        out[i] = (uint8_t)(i * 7 + i / 256);
    }
    assert_int_equal(altview_write(h, ALTVIEW_NO_VIEW, 0x1234, out, BIG), 0);
    assert_int_equal(altview_read(h, 0, 0x1234, in, BIG), 0);
    assert_memory_equal(in, out, BIG);
    assert_int_equal(altview_read(h, 0, 0x1234, NULL, 0), 0);
    assert_int_equal(altview_write(h, 0, 0x1234, NULL, 0), 0);
    assert_int_equal(altview_read(h, 0, 16 << 20, in, 1), -EFAULT);
    assert_int_equal(altview_write(h, 0, (16 << 20) - 4, out, 8), -EFAULT);
    assert_int_equal(altview_read(h, 0, UINT64_MAX, in, 2), -EINVAL);
    assert_int_equal(altview_read(h, 3, 0, in, 1), -EINVAL);
    assert_int_equal(altview_write(h, 0x10000, 0, out, 1), -EINVAL);
}

static void registers_change_while_a_vcpu_is_paused(void **state)
{
    struct altview_set_registers set = {
        .vcpu = 1, .mask = ALTVIEW_SET_RIP, .general = {.rip = 0x4000}};
    struct altview_registers got;

    (void)state;
    assert_int_equal(altview_set_registers(h, &set), -EBUSY);
    assert_int_equal(altview_pause(h, 1), 0);
    assert_int_equal(altview_set_registers(h, &set), 0);
    assert_int_equal(altview_get_registers(h, 1, &got), 0);
    assert_int_equal(got.general.rip, 0x4000);
    set.general.rip = UINT64_C(1) << 63;
    assert_int_equal(altview_set_registers(h, &set), -EINVAL);
    assert_int_equal(altview_unpause(h, 1), 0);
    assert_int_equal(altview_unpause(h, 1), -EINVAL);
    assert_int_equal(altview_pause(h, 2), -EINVAL);
    assert_int_equal(altview_pause(h, ALTVIEW_ALL_VCPUS), 0);
    assert_int_equal(altview_unpause(h, ALTVIEW_ALL_VCPUS), 0);
    assert_int_equal(altview_get_registers(h, 2, &got), -EINVAL);
}

static void statistics_count(void **state)
{
    struct altview_statistics before, after;

    (void)state;
    assert_int_equal(altview_statistics(h, 0, &before), 0);
    new_view(RWX);
    assert_int_equal(altview_statistics(h, 0, &after), 0);
    assert_int_equal(after.requests, before.requests + 2);
    assert_int_equal(after.view_pages, before.view_pages + 1);
    assert_int_equal(altview_statistics(h, 2, &after), -EINVAL);
}

static void an_event_is_heard_and_answered(void **state)
{
    const struct altview_listen listen = {.sync = 1U << ALTVIEW_EVENT_MEM_ACCESS};
    struct altview_answer answer = {.actions = ALTVIEW_ANSWER_LIFT};
    unsigned int view = new_view(RWX);
    struct altview_event e;
    uint64_t value = 0;

    (void)state;
    struct pollfd ready = {.fd = altview_event_fd(h), .events = POLLIN};
    assert_true(ready.fd >= 0);
    assert_int_equal(altview_set_access(h, view, 0x10, 1, 0), 0);
    assert_int_equal(altview_switch_to_view(h, view), 0);
    assert_int_equal(altview_listen(h, &listen), 0);
    assert_int_equal(altview_next_event(h, &e, 0), -EAGAIN);
    assert_int_equal(altview_sim_access(h, 0, R, 0x10008, 8, &value), -EINPROGRESS);
    assert_int_equal(poll(&ready, 1, 60000), 1);
    assert_int_equal(altview_next_event(h, &e, 10000), 0);
    assert_int_equal(e.gfn, 0x10);
    assert_int_equal(e.offset, 8);
    assert_int_equal(e.view, view);
    answer.event = e.id + 1;
    assert_int_equal(altview_answer(h, &answer), -ESRCH);
    answer.event = e.id;
    assert_int_equal(altview_answer(h, &answer), 0);
    assert_int_equal(altview_sim_resume(h, 0, &value), 0);
}

static void single_steps_are_told(void **state)
{
    const struct altview_listen listen = {.report = 1U << ALTVIEW_EVENT_SINGLE_STEP};
    struct altview_event e;

    (void)state;
    assert_int_equal(altview_listen(h, &listen), 0);
    assert_int_equal(altview_single_step(h, 0, true), 0);
    assert_int_equal(altview_sim_step(h, 0), 0);
    assert_int_equal(altview_next_event(h, &e, 10000), 0);
    assert_int_equal(e.type, ALTVIEW_EVENT_SINGLE_STEP);
    assert_int_equal(altview_single_step(h, 0, false), 0);
    assert_int_equal(altview_sim_step(h, 0), 0);
    assert_int_equal(altview_next_event(h, &e, 0), -EAGAIN);
    assert_int_equal(altview_single_step(h, 9, true), -EINVAL);
}

static void what_cannot_be_listened_to_is_refused(void **state)
{
    struct altview_listen listen = {.sync = 1U << ALTVIEW_EVENT_SHUTDOWN};

    (void)state;
    assert_int_equal(altview_listen(h, &listen), -EINVAL);
    listen = (struct altview_listen){.report = 1U << 31};
    assert_int_equal(altview_listen(h, &listen), -EINVAL);
}

static void hvmop_is_the_guests_dispatcher(void **state)
{
    struct {
        struct xen_hvm_altp2m_op op;
        uint8_t beyond[ALTVIEW_CONTROL_MAX_PAYLOAD];
    } memory = {.op = {.version = HVMOP_ALTP2M_INTERFACE_VERSION,
                       .cmd = HVMOP_altp2m_get_domain_state,
                       .domain = DOMID_SELF}};

    (void)state;
    assert_int_equal(altview_hvmop(h, &memory, sizeof(memory.op)), 0);
    assert_int_equal(memory.op.u.domain_state.state, 1);
    memory.op.version++;
    assert_int_equal(altview_hvmop(h, &memory, sizeof(memory.op)), -EINVAL);
    memory.op.version--;
    memory.op.domain = 1234;
    assert_int_equal(altview_hvmop(h, &memory, sizeof(memory.op)), -ESRCH);
    memory.op.domain = DOMID_SELF;
    memory.op.cmd = 99;
    assert_int_equal(altview_hvmop(h, &memory, sizeof(memory.op)), -EOPNOTSUPP);
    assert_int_equal(altview_hvmop(h, &memory, sizeof(memory.op) - 1), -EINVAL);
    assert_int_equal(altview_hvmop(h, &memory, sizeof(memory)), -EINVAL);
}

static void handles_are_apart(void **state)
{
    unsigned int view = new_view(RWX);
    altview *other;

    (void)state;
    assert_int_equal(altview_open("sim:", 0, &other), 0);
    assert_int_equal(altview_set_active(other, true), 0);
    assert_int_equal(altview_destroy_view(other, view), -EBUSY);
    altview_close(other);
    assert_int_equal(describe(view).view, view);
    altview_close(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_domain, close_domain)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(hello_describes_the_domain),
        TEST(views_come_and_go),
        TEST(visibility_can_be_taken_and_given),
        TEST(access_is_set_for_ranges),
        TEST(access_that_is_none_is_refused),
        TEST(results_are_untouched_on_failure),
        TEST(overrides_are_listed_as_ranges),
        TEST(lists_longer_than_a_frame_come_whole),
        TEST(a_remap_shows_another_page_and_can_be_taken_back),
        TEST(a_clone_has_what_its_origin_has),
        TEST(views_have_names),
        TEST(policies_are_set),
        TEST(suppress_ve_is_an_override),
        TEST(vmfunc_is_switched_for_one_vcpu),
        TEST(memory_of_any_size_is_read_and_written),
        TEST(registers_change_while_a_vcpu_is_paused),
        TEST(statistics_count),
        TEST(an_event_is_heard_and_answered),
        TEST(single_steps_are_told),
        TEST(what_cannot_be_listened_to_is_refused),
        TEST(hvmop_is_the_guests_dispatcher),
        TEST(handles_are_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
