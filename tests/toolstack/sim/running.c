/* SPDX-License-Identifier: BSD-2-Clause */
/* VMFUNC and its listener, pauses, single steps, the end of the guest. */
#include "scene.h"

#define VECTOR_BP 3
#define VECTOR_UD 6
#define VECTOR_GP 13
#define STATUS    42

static void vmfunc_reaches_visible_views(void **state)
{
    altview *h = *state;
    uint64_t value;

    assert_int_equal(altview_sim_vmfunc(h, 0, SCENE_OTHER), 0);
    assert_int_equal(scene_vcpu(h).view, SCENE_OTHER);
    assert_int_equal(scene_read_text(h, &value), 0);
    assert_int_equal(value, SCENE_FALSE_TEXT);
    assert_int_equal(altview_sim_vmfunc(h, 0, 0), 0);
    assert_int_equal(scene_vcpu(h).view, 0);
    assert_int_equal(scene_vcpu(h).exits, 0); /* no exit: nothing caused one */
}

/* A view that is hidden, missing, or beyond the list: #UD, and the vCPU stays in its view. */
static void vmfunc_into_nothing_is_undefined(void **state)
{
    static const unsigned int nowhere[] = {SCENE_OTHER, 3, 511, 512, UINT32_MAX};
    altview *h = *state;

    assert_int_equal(altview_set_visibility(h, SCENE_OTHER, false), 0);
    for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
        assert_int_equal(altview_sim_vmfunc(h, 0, nowhere[i]), -EFAULT);
        assert_int_equal(scene_exception(h), VECTOR_UD);
        assert_int_equal(scene_vcpu(h).view, SCENE_VIEW);
    }
}

static void vmfunc_that_is_off_tells_nobody(void **state)
{
    altview *h = *state;

    scene_listen(h, EVENT(VMFUNC_REFUSED), 0);
    assert_int_equal(altview_set_vmfunc(h, 0, false), 0);
    assert_int_equal(altview_sim_vmfunc(h, 0, SCENE_OTHER), -EFAULT);
    assert_int_equal(scene_exception(h), VECTOR_UD);
    scene_no_event(h);
}

/* The view that the guest wants is hidden. The monitor sees the attempt, and shows the view. */
static void monitor_shows_the_view_that_is_wanted(void **state)
{
    struct altview_event e;
    altview *h = *state;

    assert_int_equal(altview_set_visibility(h, SCENE_OTHER, false), 0);
    scene_listen(h, EVENT(VMFUNC_REFUSED), 0);
    assert_int_equal(altview_sim_vmfunc(h, 0, SCENE_OTHER), -EINPROGRESS);
    e = scene_event(h, ALTVIEW_EVENT_VMFUNC_REFUSED);
    assert_int_equal(e.view, SCENE_VIEW);
    assert_int_equal(e.wanted_view, SCENE_OTHER);
    assert_int_equal(e.gfn, ALTVIEW_NO_GFN);
    assert_int_equal(altview_set_visibility(h, SCENE_OTHER, true), 0);
    scene_answer(h, &e, 0, 0);
    assert_int_equal(scene_resume(h), 0);
    assert_int_equal(scene_vcpu(h).view, SCENE_OTHER);
}

/* The guest's VMFUNC to a view that is not there, which a monitor is told of. */
static struct altview_event refuse_vmfunc(altview *h)
{
    scene_listen(h, EVENT(VMFUNC_REFUSED), 0);
    assert_int_equal(altview_sim_vmfunc(h, 0, 5), -EINPROGRESS);
    return scene_event(h, ALTVIEW_EVENT_VMFUNC_REFUSED);
}

/* The monitor leads the guest to another view: a new EAX and ECX. */
static void answer_vmfunc(altview *h, uint64_t rax)
{
    struct altview_event e = refuse_vmfunc(h);
    struct altview_answer answer = {.event = e.id,
                                    .actions = ALTVIEW_ANSWER_SET,
                                    .mask = ALTVIEW_SET_GPRS,
                                    .general = e.general};

    answer.general.gpr[0] = rax;
    answer.general.gpr[1] = SCENE_OTHER;
    assert_int_equal(altview_answer(h, &answer), 0);
}

static void monitor_leads_vmfunc_elsewhere(void **state)
{
    altview *h = *state;

    answer_vmfunc(h, 0);
    assert_int_equal(scene_resume(h), 0);
    assert_int_equal(scene_vcpu(h).view, SCENE_OTHER);
}

/* Only function 0 exists. The CPU refuses another one, whatever ECX holds. */
static void other_functions_are_refused(void **state)
{
    altview *h = *state;

    answer_vmfunc(h, 1);
    assert_int_equal(scene_resume(h), -EINPROGRESS);
    scene_listen(h, 0, 0);
    assert_int_equal(scene_resume(h), -EFAULT);
    assert_int_equal(scene_exception(h), VECTOR_UD);
}

static void monitor_denies_vmfunc(void **state)
{
    altview *h = *state;
    struct altview_event e = refuse_vmfunc(h);

    scene_deny(h, &e, VECTOR_GP);
    assert_int_equal(scene_resume(h), -EFAULT);
    assert_int_equal(scene_exception(h), VECTOR_GP);
}

static void vmfunc_is_reported_and_undefined(void **state)
{
    altview *h = *state;

    scene_listen(h, 0, EVENT(VMFUNC_REFUSED));
    assert_int_equal(altview_sim_vmfunc(h, 0, 5), -EFAULT);
    assert_int_equal(scene_event(h, ALTVIEW_EVENT_VMFUNC_REFUSED).outcome, ALTVIEW_OUTCOME_DENIED);
    assert_int_equal(scene_exception(h), VECTOR_UD);
}

static void put_int3(altview *h, uint64_t page)
{
    const uint8_t int3 = 0xcc;

    assert_int_equal(altview_write(h, ALTVIEW_NO_VIEW, page + SCENE_ADDRESS - SCENE_PAGE, &int3, 1),
                     0);
}

static int fetch(altview *h)
{
    uint64_t nothing = 0;

    return altview_sim_access(h, 0, FETCH, SCENE_ADDRESS, 1, &nothing);
}

/* In a page that one view shows: the vCPU steps through the original. */
static void breakpoint_is_stepped_in_another_view(void **state)
{
    struct altview_event e;
    altview *h = *state;

    put_int3(h, SCENE_SHADOW);
    assert_int_equal(altview_switch_to_view(h, SCENE_OTHER), 0);
    assert_int_equal(fetch(h), -EFAULT);
    assert_int_equal(scene_exception(h), VECTOR_BP);
    scene_listen(h, EVENT(BREAKPOINT), 0);
    assert_int_equal(fetch(h), -EINPROGRESS);
    e = scene_event(h, ALTVIEW_EVENT_BREAKPOINT);
    assert_int_equal(e.gla, SCENE_ADDRESS);
    scene_answer(h, &e, ALTVIEW_ANSWER_STEP, SCENE_VIEW);
    assert_int_equal(scene_resume(h), 0);
    assert_int_equal(scene_vcpu(h).view, SCENE_OTHER);
    scene_listen(h, 0, EVENT(BREAKPOINT));
    assert_int_equal(altview_set_policy(h, SCENE_OTHER, ALTVIEW_POLICY_STEP, SCENE_VIEW), 0);
    assert_int_equal(fetch(h), 0);
    e = scene_event(h, ALTVIEW_EVENT_BREAKPOINT);
    assert_int_equal(e.outcome, ALTVIEW_OUTCOME_STEPPED);
}

/* The original byte is a breakpoint too: the monitor gets it once, then the guest. */
static void breakpoint_of_the_guest_is_told_once(void **state)
{
    struct altview_event e;
    altview *h = *state;

    put_int3(h, SCENE_PAGE);
    scene_listen(h, EVENT(BREAKPOINT), 0);
    assert_int_equal(fetch(h), -EINPROGRESS);
    e = scene_event(h, ALTVIEW_EVENT_BREAKPOINT);
    scene_answer(h, &e, ALTVIEW_ANSWER_STEP, 0);
    assert_int_equal(scene_resume(h), -EFAULT);
    assert_int_equal(scene_exception(h), VECTOR_BP);
    scene_no_event(h);
    assert_int_equal(fetch(h), -EINPROGRESS);
    e = scene_event(h, ALTVIEW_EVENT_BREAKPOINT);
    scene_deny(h, &e, VECTOR_BP);
    assert_int_equal(scene_resume(h), -EFAULT);
    assert_int_equal(scene_exception(h), VECTOR_BP);
}

static void pauses_count(void **state)
{
    altview *h = *state;

    assert_int_equal(altview_pause(h, 0), 0);
    assert_int_equal(altview_pause(h, ALTVIEW_ALL_VCPUS), 0);
    assert_int_equal(scene_write(h, 1), -EBUSY);
    assert_int_equal(altview_unpause(h, 0), 0);
    assert_int_equal(scene_write(h, 1), -EBUSY);
    assert_int_equal(
        altview_sim_hvmop(h, 0, &(struct xen_hvm_altp2m_op){0}, sizeof(struct xen_hvm_altp2m_op)),
        -EBUSY);
    assert_int_equal(altview_unpause(h, 0), 0);
    assert_int_equal(scene_write(h, 1), 0);
}

/* A pause while the vCPU waits: the answer alone does not let the vCPU run. */
static void pause_outlives_the_answer(void **state)
{
    struct altview_event e;
    altview *h = *state;

    scene_restrict(h, XENMEM_access_r);
    scene_listen(h, EVENT(MEM_ACCESS), 0);
    assert_int_equal(scene_write(h, 1), -EINPROGRESS);
    e = scene_event(h, ALTVIEW_EVENT_MEM_ACCESS);
    assert_int_equal(altview_pause(h, 0), 0);
    scene_answer(h, &e, ALTVIEW_ANSWER_LIFT, 0);
    assert_int_equal(scene_resume(h), -EINPROGRESS);
    assert_int_equal(altview_unpause(h, 0), 0);
    assert_int_equal(scene_resume(h), 0);
}

static void registers_are_set_while_paused_only(void **state)
{
    struct altview_set_registers set = {.mask =
                                            ALTVIEW_SET_RIP | ALTVIEW_SET_RFLAGS | ALTVIEW_SET_CR3,
                                        .cr3 = 0x5000,
                                        .general = {.rip = 0x123456, .rflags = 0x202}};
    struct altview_registers got;
    altview *h = *state;

    assert_int_equal(altview_set_registers(h, &set), -EBUSY);
    assert_int_equal(altview_pause(h, 0), 0);
    assert_int_equal(altview_set_registers(h, &set), 0);
    set.mask = ALTVIEW_SET_CR3;
    set.cr3 = UINT64_C(1) << 39; /* one bit more than this machine has */
    assert_int_equal(altview_set_registers(h, &set), -EINVAL);
    assert_int_equal(altview_unpause(h, 0), 0);
    assert_int_equal(altview_get_registers(h, 0, &got), 0);
    assert_int_equal(got.general.rip, 0x123456);
    assert_int_equal(got.general.rflags, 0x202);
    assert_int_equal(got.cr3, 0x5000);
}

static void single_steps_tell_of_each_instruction(void **state)
{
    struct altview_event e;
    altview *h = *state;
    uint64_t rip = scene_vcpu(h).rip;

    scene_listen(h, 0, EVENT(SINGLE_STEP));
    assert_int_equal(altview_single_step(h, 0, true), 0);
    assert_int_equal(altview_sim_step(h, 0), 0);
    assert_int_equal(scene_write(h, 1), 0);
    assert_int_equal(altview_sim_vmfunc(h, 0, SCENE_OTHER), 0);
    for (unsigned int i = 1; i <= 3; i++) {
        e = scene_event(h, ALTVIEW_EVENT_SINGLE_STEP);
        assert_int_equal(e.general.rip, rip + i);
        assert_int_equal(e.outcome, ALTVIEW_OUTCOME_DONE);
    }
    assert_int_equal(e.view, SCENE_OTHER);
    assert_int_equal(altview_single_step(h, 0, false), 0);
    assert_int_equal(altview_sim_step(h, 0), 0);
    scene_no_event(h);
}

/* The vCPU has executed the step that waits. Only the result is held back. */
static void synchronous_step_waits_behind_the_instruction(void **state)
{
    struct altview_event e;
    altview *h = *state;
    uint64_t value = 0;

    scene_listen(h, EVENT(SINGLE_STEP), 0);
    assert_int_equal(altview_single_step(h, 0, true), 0);
    assert_int_equal(scene_read_text(h, &value), -EINPROGRESS);
    e = scene_event(h, ALTVIEW_EVENT_SINGLE_STEP);
    assert_int_equal(e.general.gpr[0], SCENE_REAL_TEXT);
    scene_answer(h, &e, 0, 0);
    assert_int_equal(altview_sim_resume(h, 0, &value), 0);
    assert_int_equal(value, SCENE_REAL_TEXT);
    assert_int_equal(scene_vcpu(h).rip, e.general.rip);
}

/* "The next one in that view": only the instruction after the step. */
static void step_is_answered_with_a_step_elsewhere(void **state)
{
    struct altview_event e;
    altview *h = *state;
    uint64_t value = 0;

    scene_listen(h, EVENT(SINGLE_STEP), 0);
    assert_int_equal(altview_single_step(h, 0, true), 0);
    assert_int_equal(altview_sim_step(h, 0), -EINPROGRESS);
    e = scene_event(h, ALTVIEW_EVENT_SINGLE_STEP);
    assert_int_equal(altview_single_step(h, 0, false), 0);
    scene_answer(h, &e, ALTVIEW_ANSWER_STEP, SCENE_OTHER);
    assert_int_equal(scene_resume(h), 0);
    assert_int_equal(scene_read_text(h, &value), 0);
    assert_int_equal(value, SCENE_FALSE_TEXT);
    assert_int_equal(scene_read_text(h, &value), 0);
    assert_int_equal(value, SCENE_REAL_TEXT);
}

/* A restricted page under single steps: first the event of the refusal, then that of the step. */
static void refused_access_under_single_steps(void **state)
{
    struct altview_event e;
    altview *h = *state;

    scene_restrict(h, XENMEM_access_r);
    scene_listen(h, EVENT(MEM_ACCESS), EVENT(SINGLE_STEP));
    assert_int_equal(altview_single_step(h, 0, true), 0);
    assert_int_equal(scene_write(h, 1), -EINPROGRESS);
    e = scene_event(h, ALTVIEW_EVENT_MEM_ACCESS);
    scene_no_event(h);
    scene_answer(h, &e, ALTVIEW_ANSWER_STEP, SCENE_OTHER);
    assert_int_equal(scene_resume(h), 0);
    e = scene_event(h, ALTVIEW_EVENT_SINGLE_STEP);
    assert_int_equal(e.view, SCENE_VIEW); /* the vCPU is back by then */
}

/* SDM Vol. 3D, appendix C: VMCALL 18, monitor trap flag 37, EPT violation 48, VMFUNC 59. */
static void exits_are_counted_by_reason(void **state)
{
    struct altview_statistics s;
    altview *h = *state;
    uint64_t sum = 0;

    scene_restrict(h, XENMEM_access_r);
    assert_int_equal(scene_write(h, 1), 0);
    assert_int_equal(altview_sim_vmfunc(h, 0, 5), -EFAULT);
    assert_int_equal(altview_single_step(h, 0, true), 0);
    assert_int_equal(altview_sim_step(h, 0), 0);
    altview_sim_hvmop(h, 0, &sum, 0);
    assert_int_equal(altview_statistics(h, 0, &s), 0);
    for (unsigned int i = 0; i < ALTVIEW_EXIT_REASONS; i++) {
        assert_int_equal(s.exits[i], i == 18 || i == 37 || i == 48 || i == 59);
        sum += s.exits[i];
    }
    assert_int_equal(scene_vcpu(h).exits, sum);
}

static void views_give_their_pages_back(void **state)
{
    struct altview_statistics before, with, after;
    altview *h = *state;

    assert_int_equal(altview_statistics(h, 0, &before), 0);
    scene_restrict(h, XENMEM_access_r);
    assert_int_equal(altview_statistics(h, 0, &with), 0);
    assert_true(with.pool_free < before.pool_free);
    assert_true(with.pool_free > 0 && before.pool_free < before.pool_pages);
    scene_restrict(h, XENMEM_access_rwx);
    assert_int_equal(altview_remap(h, SCENE_VIEW, SCENE_GFN, ALTVIEW_NO_GFN), 0);
    assert_int_equal(altview_statistics(h, 0, &after), 0);
    assert_int_equal(after.pool_free, before.pool_free);
}

static void shutdown_is_told_and_final(void **state)
{
    altview *h = *state;

    scene_listen(h, 0, EVENT(SHUTDOWN));
    assert_int_equal(altview_sim_shutdown(h, STATUS), 0);
    assert_int_equal(scene_event(h, ALTVIEW_EVENT_SHUTDOWN).status, STATUS);
    assert_int_equal(altview_sim_shutdown(h, STATUS), -ECANCELED);
    assert_int_equal(scene_write(h, 1), -ECANCELED);
    assert_int_equal(scene_memory(h, SCENE_PAGE), SCENE_REAL_TEXT); /* it can still be read */
}

static void shutdown_while_a_vcpu_waits(void **state)
{
    altview *h = *state;

    scene_restrict(h, XENMEM_access_r);
    scene_listen(h, EVENT(MEM_ACCESS), 0);
    assert_int_equal(scene_write(h, 1), -EINPROGRESS);
    assert_int_equal(altview_sim_shutdown(h, STATUS), 0);
    assert_int_equal(scene_resume(h), -ECANCELED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(vmfunc_reaches_visible_views),
        TEST(vmfunc_into_nothing_is_undefined),
        TEST(vmfunc_that_is_off_tells_nobody),
        TEST(monitor_shows_the_view_that_is_wanted),
        TEST(monitor_leads_vmfunc_elsewhere),
        TEST(other_functions_are_refused),
        TEST(monitor_denies_vmfunc),
        TEST(vmfunc_is_reported_and_undefined),
        TEST(breakpoint_is_stepped_in_another_view),
        TEST(breakpoint_of_the_guest_is_told_once),
        TEST(pauses_count),
        TEST(pause_outlives_the_answer),
        TEST(registers_are_set_while_paused_only),
        TEST(single_steps_tell_of_each_instruction),
        TEST(synchronous_step_waits_behind_the_instruction),
        TEST(step_is_answered_with_a_step_elsewhere),
        TEST(refused_access_under_single_steps),
        TEST(exits_are_counted_by_reason),
        TEST(views_give_their_pages_back),
        TEST(shutdown_is_told_and_final),
        TEST(shutdown_while_a_vcpu_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
