/* SPDX-License-Identifier: BSD-2-Clause */
/* Instructions that write a control register: when a monitor is asked, and what is written. */
#include "core/control_registers.h"
#include "core/domain.h"
#include "core/vendor.h"
#include "svm/svm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define RIP   UINT64_C(0x401000)
#define VALUE UINT64_C(0x5000)

static struct vmcb vmcb;
static struct domain domain;
static struct vcpu vcpu;
static enum write_decision decision;     /* of the monitor */
static unsigned int valid_until, checks; /* so many checks find the value valid */
static unsigned int asked, refused, written;

/* The rest of the hypervisor. */

void event_raise_error(struct vcpu *v, unsigned int vector, uint32_t error_code)
{
    (void)v;
    assert_int_equal(vector, VECTOR_GP);
    assert_int_equal(error_code, 0);
    refused++;
}

void event_skip_to(struct vcpu *v, uint64_t rip)
{
    v->svm.vmcb->rip = rip;
}

uint64_t svm_instruction_length(const struct vmcb *v)
{
    (void)v;
    return 3;
}

bool xsetbv_try(uint32_t index, uint64_t value)
{
    (void)index, (void)value;
    abort();
}

enum write_decision monitor_decides_write(struct vcpu *v, enum altview_event_type type,
                                          uint64_t value, uint64_t old)
{
    (void)v, (void)type, (void)value, (void)old;
    asked++;
    return decision;
}

/* The guest's memory, which another vCPU changes, makes the value valid and invalid. */
static bool is_valid(struct vcpu *v, uint64_t value)
{
    (void)v;
    assert_int_equal(value, VALUE);
    return valid_until >= ++checks;
}

static bool is_valid_later(struct vcpu *v, uint64_t value)
{
    return !is_valid(v, value);
}

static bool set(struct vcpu *v, uint64_t value)
{
    (void)v;
    assert_int_equal(value, VALUE);
    written++;
    return true;
}

static int setup(void **state)
{
    (void)state;
    vmcb = (struct vmcb){.rip = RIP};
    domain = (struct domain){0};
    domain.watched[ALTVIEW_EVENT_CR3 - ALTVIEW_EVENT_CR0] = ~UINT64_C(0);
    vcpu = (struct vcpu){.domain = &domain, .svm.vmcb = &vmcb};
    decision = WRITE_ALLOWED;
    valid_until = checks = asked = refused = written = 0;
    return 0;
}

static void run(bool (*valid)(struct vcpu *v, uint64_t value))
{
    const struct register_write write = {ALTVIEW_EVENT_CR3, VALUE, 0, valid, set};

    register_write(&vcpu, VALUE, &write);
}

static void the_monitor_is_asked_once(void **state)
{
    (void)state;
    valid_until = 2;
    run(is_valid);
    assert_int_equal(asked, 1);
    assert_int_equal(written, 1);
    assert_int_equal(vmcb.rip, RIP + 3);
}

static void a_skipped_write_is_none(void **state)
{
    (void)state;
    valid_until = 2;
    decision = WRITE_DENIED;
    run(is_valid);
    assert_int_equal(asked, 1);
    assert_int_equal(written, 0);
    assert_int_equal(vmcb.rip, RIP + 3);
}

/* It becomes valid right after the check: it is not written behind the monitor's back. */
static void nothing_is_written_without_the_question(void **state)
{
    (void)state;
    valid_until = 1;
    run(is_valid_later);
    assert_int_equal(asked, 0);
    assert_int_equal(refused, 1);
    assert_int_equal(written, 0);
    assert_int_equal(vmcb.rip, RIP);
}

/* The answer has taken time, or changed registers: the value is no longer valid. */
static void the_value_is_checked_after_the_answer(void **state)
{
    (void)state;
    valid_until = 1;
    run(is_valid);
    assert_int_equal(asked, 1);
    assert_int_equal(refused, 1);
    assert_int_equal(written, 0);
    assert_int_equal(vmcb.rip, RIP);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
    static const struct CMUnitTest tests[] = {
        TEST(the_monitor_is_asked_once),
        TEST(a_skipped_write_is_none),
        TEST(nothing_is_written_without_the_question),
        TEST(the_value_is_checked_after_the_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
