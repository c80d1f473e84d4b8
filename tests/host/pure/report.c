/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports of events that a test can't cause: machine checks, and a CPU that lacks fields of the
 * VMCS. (tests/bochs/reports has the others.) */
#include "pure/refusals.h"

#include "base/log.h"
#include "vmx/event.h"
#include "vmx/report/report_text.h"

static char text[8192];
static size_t used;

/* In place of base/log.c's. */
void log_line(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    used += (size_t)vsnprintf(text + used, sizeof(text) - used, format, args);
    va_end(args);
    used += (size_t)snprintf(text + used, sizeof(text) - used, "\n");
}

/* Fields that are not 0. */
static const struct value {
    enum vmcs_field field;
    uint64_t value;
} values[] = {
    {VMCS_EXIT_REASON, 0x80000029},
    {VMCS_QUALIFICATION, 0x12},
    {VMCS_GUEST_PHYSICAL, 0x1234000},
    {VMCS_GUEST_LINEAR, 0xffff888000001000},
    {VMCS_EXIT_LENGTH, 3},
    {VMCS_EXIT_EVENT, 0x80000312},
    {VMCS_VECTORING_EVENT, 0x80000b0e},
    {VMCS_VECTORING_ERROR_CODE, 7},
    {VMCS_ENTRY_EVENT, 0x80000202},
    {VMCS_GUEST_RIP, 0xffffffff81000000},
    {VMCS_GUEST_RSP, 0xffffc90000000ff8},
    {VMCS_GUEST_RFLAGS, 0x246},
    {VMCS_GUEST_CR0, 0x80050033},
    {VMCS_GUEST_CR3, 0x1000},
    {VMCS_GUEST_CS_BASE, 0x10000},
    {VMCS_GUEST_CS_RIGHTS, 0xa09b},
    {VMCS_GUEST_TR_SELECTOR, 0x40},
    {VMCS_GUEST_ES_RIGHTS, 0x1c000},
    {VMCS_GUEST_ACTIVITY, 1},
    {VMCS_GUEST_INTERRUPTIBILITY, 0x9},
    {VMCS_GUEST_PENDING_DEBUG, 0x4000},
    {VMCS_EPT_POINTER, 0xfa4301e},
    {VMCS_LINK_POINTER, ~UINT64_C(0)},
};

/* Such a CPU has no #VE, and no preemption timer. */
static bool read_field(enum vmcs_field field, uint64_t *value)
{
    if (field == VMCS_VE_INFORMATION || field == VMCS_EPTP_INDEX || field == VMCS_PREEMPTION_TIMER)
        return false;
    *value = 0;
    for (size_t i = 0; i < COUNT(values); i++)
        if (values[i].field == field)
            *value = values[i].value;
    return true;
}

static const char expected[] =
    "vCPU 2 stopped in view 5: exit reason 41 (VM entry failure: machine check), qualification "
    "0x12\n"
    "  guest-physical 1234000  linear ffff888000001000  instruction length 3  instruction "
    "information 0\n"
    "  exit event 80000312 (exception 18)  in delivery 80000b0e (exception 14, error code 7)  to "
    "be "
    "delivered 80000202 (NMI 2)\n"
    "  RIP ffffffff81000000  RSP ffffc90000000ff8  RFLAGS 246\n"
    "  RAX 0000000000000001  RBX 0000000000000004  RCX 0000000000000002\n"
    "  RDX 0000000000000003  RSI 0000000000000007  RDI 0000000000000008\n"
    "  RBP 0000000000000006  R8  0000000000000009  R9  000000000000000a\n"
    "  R10 000000000000000b  R11 000000000000000c  R12 000000000000000d\n"
    "  R13 000000000000000e  R14 000000000000000f  R15 0000000000000010\n"
    "  CR0 80050033  mask 0  read 0  CR3 1000  CR4 0  mask 0  read 0  EFER 0\n"
    "  CR2 dead000  DR0 10  DR1 11  DR2 12  DR3 13  DR6 ffff0ff0  DR7 0  DEBUGCTL 0\n"
    "  ES   0000  base 0  limit 0  rights 1c000 (unusable)\n"
    "  CS   0000  base 10000  limit 0  rights a09b\n"
    "  SS   0000  base 0  limit 0  rights 0\n"
    "  DS   0000  base 0  limit 0  rights 0\n"
    "  FS   0000  base 0  limit 0  rights 0\n"
    "  GS   0000  base 0  limit 0  rights 0\n"
    "  LDTR 0000  base 0  limit 0  rights 0\n"
    "  TR   0040  base 0  limit 0  rights 0\n"
    "  GDTR base 0  limit 0  IDTR base 0  limit 0\n"
    "  SYSENTER CS 0  ESP 0  EIP 0  PAT 0\n"
    "  activity 1 (HLT)  interruptibility 9 (blocked by: STI NMI)  pending debug exceptions 4000\n"
    "  controls: pin 0  processor 0  secondary 0  exit 0  entry 0  exceptions 0\n"
    "  EPT pointer fa4301e  EPTP list 0  VPID 0  link pointer ffffffffffffffff\n"
    "  code 64 at ffffffff81000000: 0f 01 c1\n";

static struct report_state state_of(void)
{
    struct report_state s = {
        .vcpu = 2,
        .view = 5,
        .cr2 = 0xdead000,
        .dr = {0x10, 0x11, 0x12, 0x13},
        .dr6 = 0xffff0ff0,
        .read = read_field,
        .code_at = 0xffffffff81000000,
        .code_bits = 64,
        .code_size = 3,
        .code = {0x0f, 0x01, 0xc1},
    };

    for (unsigned int i = 0; i < 16; i++)
        s.registers.numbered[i] = i + 1;
    return s;
}

static void whole_report(void **state)
{
    struct report_state s = state_of();

    (void)state;
    used = 0;
    report_write(&s);
    assert_string_equal(text, expected);
}

static void no_code(void **state)
{
    struct report_state s = state_of();

    (void)state;
    s.code_size = 0;
    used = 0;
    report_write(&s);
    assert_non_null(strstr(text, "  code 64 at ffffffff81000000: can't be read\n"));
}

static void causes(void **state)
{
    static const struct {
        uint32_t reason;
        uint64_t event;
        enum status status;
        const char *says;
    } cases[] = {
        {0, EVENT_VALID | EVENT_TYPE_EXCEPTION | VECTOR_MC, STATUS_STOPPED, "machine check"},
        {0x80000029, 0, STATUS_STOPPED, "machine check"},
        {0x80000021, 0, STATUS_PANIC, "refuses to enter"},
        {0x80000022, 0, STATUS_PANIC, "refuses to enter"},
        {9, 0, STATUS_STOPPED, "does not serve"},
        /* Values that an earlier exit has left there do not count as a machine check. */
        {9, EVENT_VALID | EVENT_TYPE_EXCEPTION | VECTOR_MC, STATUS_STOPPED, "does not serve"},
        {70, 0, STATUS_STOPPED, "does not serve"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum status status;
        const char *why = report_cause(cases[i].reason, cases[i].event, &status);

        if (status != cases[i].status || !strstr(why, cases[i].says))
            fail_msg("%#x: status %d, %s", cases[i].reason, (int)status, why);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_report),
        cmocka_unit_test(no_code),
        cmocka_unit_test(causes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
