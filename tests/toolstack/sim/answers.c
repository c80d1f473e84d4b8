/* SPDX-License-Identifier: BSD-2-Clause */
/* A view refuses an access, the monitor gets the event, and answers in every possible way. */
#include "scene.h"

#define NEW_VALUE UINT64_C(0xabcdef)

#define VECTOR_UD 6
#define VECTOR_GP 13
#define VECTOR_PF 14

/* The guest writes to a page that is read-only, and waits. */
static struct altview_event refuse_write(altview *h)
{
    scene_restrict(h, XENMEM_access_r);
    scene_listen(h, EVENT(MEM_ACCESS), 0);
    assert_int_equal(scene_write(h, NEW_VALUE), -EINPROGRESS);
    return scene_event(h, ALTVIEW_EVENT_MEM_ACCESS);
}

static void event_tells_all(void **state)
{
    struct altview_event e = refuse_write(*state);

    assert_int_equal(e.outcome, ALTVIEW_OUTCOME_WAITS);
    assert_int_equal(e.flags, ALTVIEW_EVENT_SYNC | ALTVIEW_EVENT_GLA);
    assert_int_equal(e.vcpu, 0);
    assert_int_equal(e.view, SCENE_VIEW);
    assert_int_equal(e.gfn, SCENE_GFN);
    assert_int_equal(e.offset, SCENE_ADDRESS % 4096);
    assert_int_equal(e.gla, SCENE_ADDRESS);
    assert_int_equal(e.wants, WRITE);
    assert_int_equal(e.access, XENMEM_access_r);
    assert_int_equal(e.code_bits, 64);
    assert_int_equal(e.instruction_size, 15);
    assert_int_equal(e.general.gpr[0], NEW_VALUE); /* RAX has the value to be written */
}

static void vcpu_stands_still_until_the_answer(void **state)
{
    altview *h = *state;
    struct altview_event e = refuse_write(h);

    assert_int_equal(scene_resume(h), -EINPROGRESS);
    assert_int_equal(scene_write(h, 1), -EBUSY);
    assert_int_equal(altview_sim_step(h, 0), -EBUSY);
    assert_int_equal(altview_sim_vmfunc(h, 0, 0), -EBUSY);
    assert_int_equal(scene_memory(h, SCENE_ADDRESS), 0);
    assert_int_equal(scene_vcpu(h).flags, ALTVIEW_VCPU_WAITING);
    assert_int_equal(scene_vcpu(h).event, e.id);
    scene_answer(h, &e, ALTVIEW_ANSWER_LIFT, 0);
    /* The vCPU has its answer, but has not run yet. */
    assert_int_equal(scene_write(h, 1), -EBUSY);
    assert_int_equal(scene_resume(h), 0);
    assert_int_equal(scene_resume(h), -EINVAL); /* no event is left to go on with */
    assert_int_equal(scene_memory(h, SCENE_ADDRESS), NEW_VALUE);
}

static void continue_after_the_access_was_changed(void **state)
{
    altview *h = *state;
    struct altview_event e = refuse_write(h);

    scene_restrict(h, XENMEM_access_rw);
    scene_answer(h, &e, 0, 0);
    assert_int_equal(scene_resume(h), 0);
    assert_int_equal(scene_memory(h, SCENE_ADDRESS), NEW_VALUE);
    assert_int_equal(scene_access(h, SCENE_VIEW), XENMEM_access_rw);
    scene_no_event(h);
}

static void continue_without_a_change_asks_again(void **state)
{
    altview *h = *state;
    struct altview_event e = refuse_write(h), again;

    scene_answer(h, &e, 0, 0);
    assert_int_equal(scene_resume(h), -EINPROGRESS);
    again = scene_event(h, ALTVIEW_EVENT_MEM_ACCESS);
    assert_true(again.id > e.id);
    assert_int_equal(again.general.rip, e.general.rip); /* the same instruction */
    scene_answer(h, &again, ALTVIEW_ANSWER_LIFT, 0);
    assert_int_equal(scene_resume(h), 0);
}

static void lift_makes_the_page_rwx(void **state)
{
    altview *h = *state;
    struct altview_event e = refuse_write(h);

    scene_answer(h, &e, ALTVIEW_ANSWER_LIFT, 0);
    assert_int_equal(scene_resume(h), 0);
    assert_int_equal(scene_memory(h, SCENE_ADDRESS), NEW_VALUE);
    assert_int_equal(scene_access(h, SCENE_VIEW), XENMEM_access_rwx);
}

static void switch_goes_on_in_the_other_view(void **state)
{
    altview *h = *state;
    struct altview_event e = refuse_write(h);

    scene_answer(h, &e, ALTVIEW_ANSWER_SWITCH, SCENE_OTHER);
    assert_int_equal(scene_resume(h), 0);
    /* In that view the page is another one. */
    assert_int_equal(scene_memory(h, SCENE_ADDRESS), 0);
    assert_int_equal(scene_memory(h, SCENE_SHADOW + 8), NEW_VALUE);
    assert_int_equal(scene_vcpu(h).view, SCENE_OTHER);
}

static void step_in_another_view_comes_back(void **state)
{
    altview *h = *state;
    struct altview_event e;
    uint64_t value = 0;

    scene_restrict(h, XENMEM_access_n);
    scene_listen(h, EVENT(MEM_ACCESS), 0);
    assert_int_equal(scene_read_text(h, &value), -EINPROGRESS);
    assert_int_equal(value, 0);
    e = scene_event(h, ALTVIEW_EVENT_MEM_ACCESS);
    scene_answer(h, &e, ALTVIEW_ANSWER_STEP, SCENE_OTHER);
    assert_int_equal(altview_sim_resume(h, 0, &value), 0);
    assert_int_equal(value, SCENE_FALSE_TEXT);
    assert_int_equal(scene_vcpu(h).view, SCENE_VIEW);
    assert_int_equal(scene_vcpu(h).rip, e.general.rip + 1);
    assert_int_equal(scene_access(h, SCENE_VIEW), XENMEM_access_n);
}

static void step_works_in_a_hidden_view(void **state)
{
    altview *h = *state;
    struct altview_event e = refuse_write(h);

    assert_int_equal(altview_set_visibility(h, SCENE_OTHER, false), 0);
    scene_answer(h, &e, ALTVIEW_ANSWER_STEP, SCENE_OTHER);
    assert_int_equal(scene_resume(h), 0);
    assert_int_equal(scene_memory(h, SCENE_SHADOW + 8), NEW_VALUE);
    assert_int_equal(scene_vcpu(h).view, SCENE_VIEW);
}

static void step_in_its_own_view_lets_through_once(void **state)
{
    altview *h = *state;
    struct altview_event e = refuse_write(h);

    scene_answer(h, &e, ALTVIEW_ANSWER_STEP, SCENE_VIEW);
    assert_int_equal(scene_resume(h), 0);
    assert_int_equal(scene_memory(h, SCENE_ADDRESS), NEW_VALUE);
    assert_int_equal(scene_access(h, SCENE_VIEW), XENMEM_access_r);
    assert_int_equal(scene_write(h, 1), -EINPROGRESS); /* once only */
}

static void step_in_a_view_that_refuses_too(void **state)
{
    altview *h = *state;
    struct altview_event e = refuse_write(h);

    assert_int_equal(altview_set_access(h, SCENE_OTHER, SCENE_GFN, 1, XENMEM_access_r), 0);
    scene_answer(h, &e, ALTVIEW_ANSWER_STEP, SCENE_OTHER);
    assert_int_equal(scene_resume(h), -EINPROGRESS);
    e = scene_event(h, ALTVIEW_EVENT_MEM_ACCESS);
    assert_int_equal(e.view, SCENE_OTHER);
    scene_answer(h, &e, ALTVIEW_ANSWER_STEP, SCENE_OTHER);
    assert_int_equal(scene_resume(h), 0);
    assert_int_equal(scene_memory(h, SCENE_SHADOW + 8), NEW_VALUE);
    assert_int_equal(scene_vcpu(h).view, SCENE_VIEW); /* back in its first view */
}

/* "Go on there" while the vCPU is on a step in another view: after that it can't come back. */
static void switch_during_a_step_is_final(void **state)
{
    altview *h = *state;
    struct altview_event e = refuse_write(h);

    assert_int_equal(altview_set_access(h, SCENE_OTHER, SCENE_GFN, 1, XENMEM_access_r), 0);
    scene_answer(h, &e, ALTVIEW_ANSWER_STEP, SCENE_OTHER);
    assert_int_equal(scene_resume(h), -EINPROGRESS);
    e = scene_event(h, ALTVIEW_EVENT_MEM_ACCESS);
    scene_answer(h, &e, ALTVIEW_ANSWER_SWITCH, 0);
    assert_int_equal(scene_resume(h), 0);
    assert_int_equal(scene_memory(h, SCENE_ADDRESS), NEW_VALUE);
    assert_int_equal(scene_vcpu(h).view, 0);
}

static void step_in_a_view_that_goes_meanwhile(void **state)
{
    altview *h = *state;
    struct altview_event e = refuse_write(h);

    scene_answer(h, &e, ALTVIEW_ANSWER_STEP, SCENE_OTHER);
    assert_int_equal(altview_destroy_view(h, SCENE_OTHER), 0);
    assert_int_equal(scene_resume(h), -EINPROGRESS); /* its present view refuses again */
    assert_int_equal(scene_event(h, ALTVIEW_EVENT_MEM_ACCESS).view, SCENE_VIEW);
}

/* The view that the vCPU left for a step is in use. It can be destroyed only after the monitor has
 * moved the vCPU out of it. Then the vCPU comes back to the new view. */
static void home_goes_during_a_step(void **state)
{
    altview *h = *state;
    struct altview_event e = refuse_write(h);

    assert_int_equal(altview_set_access(h, SCENE_OTHER, SCENE_GFN, 1, XENMEM_access_r), 0);
    scene_answer(h, &e, ALTVIEW_ANSWER_STEP, SCENE_OTHER);
    assert_int_equal(scene_resume(h), -EINPROGRESS);
    e = scene_event(h, ALTVIEW_EVENT_MEM_ACCESS);
    assert_int_equal(altview_destroy_view(h, SCENE_VIEW), -EBUSY);
    assert_int_equal(altview_evict(h, ALTVIEW_ALL_VCPUS, SCENE_VIEW, 0), 0);
    assert_int_equal(altview_destroy_view(h, SCENE_VIEW), 0);
    assert_int_equal(scene_vcpu(h).view, SCENE_OTHER);
    scene_answer(h, &e, ALTVIEW_ANSWER_LIFT, 0);
    assert_int_equal(scene_resume(h), 0);
    assert_int_equal(scene_vcpu(h).view, 0);
}

static void deny_raises_what_was_asked_for(void **state)
{
    static const unsigned int vectors[] = {VECTOR_UD, VECTOR_GP, VECTOR_PF};
    altview *h = *state;

    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        struct altview_event e = refuse_write(h);

        scene_deny(h, &e, vectors[i]);
        assert_int_equal(scene_resume(h), -EFAULT);
        assert_int_equal(scene_exception(h), vectors[i]);
        assert_int_equal(scene_vcpu(h).rip, e.general.rip); /* the vCPU has not executed it */
        assert_int_equal(scene_memory(h, SCENE_ADDRESS), 0);
    }
}

static void page_fault_sets_cr2(void **state)
{
    struct altview_registers registers;
    altview *h = *state;
    struct altview_event e = refuse_write(h);

    scene_deny(h, &e, VECTOR_PF);
    assert_int_equal(scene_resume(h), -EFAULT);
    assert_int_equal(altview_get_registers(h, 0, &registers), 0);
    assert_int_equal(registers.cr2, SCENE_ADDRESS);
}

static void answer_with_registers(altview *h, const struct altview_event *e, uint32_t mask,
                                  uint64_t rax, uint64_t rip)
{
    struct altview_answer answer = {
        .event = e->id, .actions = ALTVIEW_ANSWER_SET, .mask = mask, .general = e->general};

    answer.general.gpr[0] = rax;
    answer.general.rip = rip;
    assert_int_equal(altview_answer(h, &answer), 0);
}

static void new_registers_change_what_is_written(void **state)
{
    altview *h = *state;
    struct altview_event e = refuse_write(h);

    scene_restrict(h, XENMEM_access_rwx);
    answer_with_registers(h, &e, ALTVIEW_SET_GPRS, 0x77, e.general.rip);
    assert_int_equal(scene_resume(h), 0);
    assert_int_equal(scene_memory(h, SCENE_ADDRESS), 0x77);
}

/* The monitor emulates the instruction: it supplies the read value and moves RIP on. */
static void new_rip_skips_the_access(void **state)
{
    altview *h = *state;
    struct altview_event e;
    uint64_t value = 0;

    scene_restrict(h, XENMEM_access_n);
    scene_listen(h, EVENT(MEM_ACCESS), 0);
    assert_int_equal(scene_read_text(h, &value), -EINPROGRESS);
    e = scene_event(h, ALTVIEW_EVENT_MEM_ACCESS);
    answer_with_registers(h, &e, ALTVIEW_SET_GPRS | ALTVIEW_SET_RIP, 0x99, e.general.rip + 3);
    assert_int_equal(altview_sim_resume(h, 0, &value), 0);
    assert_int_equal(value, 0x99);
    assert_int_equal(scene_vcpu(h).rip, e.general.rip + 3);
}

/* After a refused answer the vCPU still waits. */
static void bad_answers_change_nothing(void **state)
{
    altview *h = *state;
    struct altview_event e = refuse_write(h);
    const struct {
        struct altview_answer answer;
        int error;
    } bad[] = {
        {{.event = e.id + 1}, -ESRCH},
        {{.event = e.id, .vcpu = 1}, -EINVAL},
        {{.event = e.id, .actions = ALTVIEW_ANSWER_SWITCH, .view = 7}, -EINVAL},
        {{.event = e.id, .actions = ALTVIEW_ANSWER_STEP, .view = 7}, -EINVAL},
        {{.event = e.id, .actions = ALTVIEW_ANSWER_STEP | ALTVIEW_ANSWER_SWITCH}, -EINVAL},
        {{.event = e.id, .actions = ALTVIEW_ANSWER_LIFT | ALTVIEW_ANSWER_STEP}, -EINVAL},
        {{.event = e.id, .actions = ALTVIEW_ANSWER_DENY, .vector = 3}, -EINVAL},
        {{.event = e.id, .actions = 64}, -EINVAL},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(altview_answer(h, &bad[i].answer), bad[i].error);
        assert_int_equal(scene_resume(h), -EINPROGRESS);
    }
    assert_int_equal(scene_memory(h, SCENE_ADDRESS), 0);
    scene_answer(h, &e, ALTVIEW_ANSWER_LIFT, 0);
    assert_int_equal(scene_resume(h), 0);
}

/* Exchanged reads and writes together: the simulation refuses either. */
static void exchange_wants_both_rights(void **state)
{
    altview *h = *state;
    struct altview_event e;
    uint64_t value = 5;

    scene_restrict(h, XENMEM_access_r);
    scene_listen(h, EVENT(MEM_ACCESS), 0);
    assert_int_equal(altview_sim_access(h, 0, READ | WRITE, SCENE_PAGE, 8, &value), -EINPROGRESS);
    e = scene_event(h, ALTVIEW_EVENT_MEM_ACCESS);
    assert_int_equal(e.wants, READ | WRITE);
    scene_answer(h, &e, ALTVIEW_ANSWER_STEP, SCENE_VIEW);
    assert_int_equal(altview_sim_resume(h, 0, &value), 0);
    assert_int_equal(value, SCENE_REAL_TEXT);
    assert_int_equal(scene_memory(h, SCENE_PAGE), 5);
}

/* At the end of RAM, and where this machine has no addresses. */
static void code_that_can_not_be_read_is_left_away(void **state)
{
    static const uint64_t nowhere[] = {SCENE_HOLE, UINT64_C(1) << 40, UINT64_C(0xffff800000000000)};
    altview *h = *state;

    for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
        struct altview_set_registers set = {.mask = ALTVIEW_SET_RIP,
                                            .general = {.rip = nowhere[i]}};
        struct altview_event e;

        assert_int_equal(altview_pause(h, 0), 0);
        assert_int_equal(altview_set_registers(h, &set), 0);
        assert_int_equal(altview_unpause(h, 0), 0);
        e = refuse_write(h);
        assert_int_equal(e.general.rip, nowhere[i]);
        assert_int_equal(e.instruction_size, 0);
        scene_answer(h, &e, ALTVIEW_ANSWER_LIFT, 0);
        assert_int_equal(scene_resume(h), 0);
    }
}

/* A breakpoint: only another view lets the guest fetch from the page. */
static void fetch_is_refused_at_its_address(void **state)
{
    altview *h = *state;
    struct altview_event e;

    scene_restrict(h, XENMEM_access_rw);
    scene_listen(h, EVENT(MEM_ACCESS), 0);
    assert_int_equal(altview_sim_access(h, 0, FETCH, SCENE_PAGE, 3, NULL), -EINPROGRESS);
    e = scene_event(h, ALTVIEW_EVENT_MEM_ACCESS);
    assert_int_equal(e.wants, FETCH);
    assert_int_equal(e.general.rip, SCENE_PAGE);
    assert_memory_equal(e.instruction, &(uint64_t){SCENE_REAL_TEXT}, 8);
    scene_answer(h, &e, ALTVIEW_ANSWER_STEP, SCENE_OTHER);
    assert_int_equal(scene_resume(h), 0);
    assert_int_equal(scene_vcpu(h).rip, SCENE_PAGE + 3);
}

#define CR3 0x7000

/* The guest's CR3, by its next event. */
static struct altview_event write_cr3(altview *h, uint64_t value)
{
    scene_listen(h, EVENT(CR3), 0);
    assert_int_equal(altview_sim_write(h, 0, ALTVIEW_EVENT_CR3, value), -EINPROGRESS);
    return scene_event(h, ALTVIEW_EVENT_CR3);
}

/* Until the monitor answers, the register has its old value. */
static void a_control_register_is_written_or_not(void **state)
{
    altview *h = *state;
    struct altview_event e = write_cr3(h, CR3);

    assert_int_equal(e.value, CR3);
    assert_int_equal(e.old, 0);
    assert_int_equal(scene_vcpu(h).cr3, 0);
    scene_answer(h, &e, 0, 0);
    assert_int_equal(scene_resume(h), 0);
    assert_int_equal(scene_vcpu(h).cr3, CR3);
    assert_int_equal(scene_vcpu(h).rip, e.general.rip + 1);
    e = write_cr3(h, CR3 + 1);
    scene_answer(h, &e, ALTVIEW_ANSWER_SKIP, 0);
    assert_int_equal(scene_resume(h), 0);
    assert_int_equal(scene_vcpu(h).cr3, CR3);
    assert_int_equal(scene_vcpu(h).rip, e.general.rip + 1);
    assert_int_equal(altview_sim_write(h, 0, ALTVIEW_EVENT_CR3, CR3), 0); /* no change */
    assert_int_equal(altview_sim_write(h, 0, ALTVIEW_EVENT_SHUTDOWN, 1), -EINVAL);
    assert_int_equal(altview_sim_write(h, 0, ALTVIEW_EVENT_XCR0 + 32, 1), -EINVAL);
    scene_listen(h, 0, 0);
    for (unsigned int i = 0; i < ALTVIEW_CONTROL_REGISTERS; i++) {
        assert_int_equal(altview_sim_write(h, 0, ALTVIEW_EVENT_CR0 + i, 0x80), 0);
    }
    scene_no_event(h);
}

#define LSTAR 0xc0000082

static void an_msr_is_written_or_not(void **state)
{
    altview *h = *state;
    const struct altview_listen listen = {.sync = EVENT(MSR),
                                          .msrs = {.count = 1, .numbers = {LSTAR}}};
    struct altview_registers r;
    struct altview_event e;

    assert_int_equal(altview_sim_wrmsr(h, 0, LSTAR, 1), 0);
    assert_int_equal(altview_listen(h, &listen), 0);
    assert_int_equal(altview_sim_wrmsr(h, 0, LSTAR, 2), -EINPROGRESS);
    e = scene_event(h, ALTVIEW_EVENT_MSR);
    assert_true(e.status == LSTAR && e.value == 2 && e.old == 1);
    scene_answer(h, &e, ALTVIEW_ANSWER_SKIP, 0);
    assert_int_equal(scene_resume(h), 0);
    assert_int_equal(altview_sim_wrmsr(h, 0, LSTAR, 3), -EINPROGRESS);
    e = scene_event(h, ALTVIEW_EVENT_MSR);
    assert_int_equal(e.old, 1);
    scene_answer(h, &e, 0, 0);
    assert_int_equal(scene_resume(h), 0);
    assert_int_equal(altview_get_registers(h, 0, &r), 0);
    assert_int_equal(r.lstar, 3);
    assert_int_equal(altview_sim_wrmsr(h, 0, 0x174, 1), 0); /* nobody named it */
    assert_int_equal(altview_sim_wrmsr(h, 0, 0x10, 1), -EINVAL);
    scene_no_event(h);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(event_tells_all),
        TEST(vcpu_stands_still_until_the_answer),
        TEST(continue_after_the_access_was_changed),
        TEST(continue_without_a_change_asks_again),
        TEST(lift_makes_the_page_rwx),
        TEST(switch_goes_on_in_the_other_view),
        TEST(step_in_another_view_comes_back),
        TEST(step_works_in_a_hidden_view),
        TEST(step_in_its_own_view_lets_through_once),
        TEST(step_in_a_view_that_refuses_too),
        TEST(switch_during_a_step_is_final),
        TEST(step_in_a_view_that_goes_meanwhile),
        TEST(home_goes_during_a_step),
        TEST(deny_raises_what_was_asked_for),
        TEST(page_fault_sets_cr2),
        TEST(new_registers_change_what_is_written),
        TEST(new_rip_skips_the_access),
        TEST(bad_answers_change_nothing),
        TEST(exchange_wants_both_rights),
        TEST(code_that_can_not_be_read_is_left_away),
        TEST(fetch_is_refused_at_its_address),
        TEST(a_control_register_is_written_or_not),
        TEST(an_msr_is_written_or_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
