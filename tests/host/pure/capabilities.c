/* SPDX-License-Identifier: BSD-2-Clause */
/* The message about a CPU that lacks a feature. */
#include "pure/combinations.h"
#include "pure/refusals.h"

#include "vmx/controls.h"
#include "x86/capabilities.h"

#define ALLOWED(bit) (UINT64_C(1) << (32 + (bit)))
#define ALL_ALLOWED  (UINT64_C(0xffffffff) << 32)

static struct cpu_capabilities good_cpu(void)
{
    return (struct cpu_capabilities){
        .cpuid1_ecx = 1 << 5,
        .feature_control = 5,
        .cpuid7 = UINT64_MAX,
        .vmx = {.pin = ALL_ALLOWED,
                .processor = ALL_ALLOWED,
                .secondary = ALL_ALLOWED,
                .exit = ALL_ALLOWED,
                .entry = ALL_ALLOWED,
                .ept_vpid = UINT64_MAX,
                .vmfunc = UINT64_MAX},
    };
}

static void complete_cpu(void **state)
{
    struct cpu_capabilities cpu = good_cpu();
    char missing[256];

    (void)state;
    assert_true(capabilities_check(&cpu, missing, sizeof(missing)));
    assert_string_equal(missing, "");
    assert_true(cpu.ve && cpu.execute_only && cpu.ept_1g && cpu.vpid && cpu.mtf && cpu.umip);
    /* The firmware may have left the register unset. */
    cpu.feature_control = 0;
    assert_true(capabilities_check(&cpu, missing, sizeof(missing)));
}

static void no_vmx(struct cpu_capabilities *cpu)
{
    cpu->cpuid1_ecx = 0;
}

static void locked_off(struct cpu_capabilities *cpu)
{
    cpu->feature_control = 1;
}

static void no_ept(struct cpu_capabilities *cpu)
{
    cpu->vmx.secondary &= ~ALLOWED(1);
}

static void no_invept(struct cpu_capabilities *cpu)
{
    cpu->vmx.ept_vpid &= ~(UINT64_C(1) << 20);
}

static void no_eptp_switching(struct cpu_capabilities *cpu)
{
    cpu->vmx.vmfunc = 0;
}

static void no_unrestricted_guest(struct cpu_capabilities *cpu)
{
    cpu->vmx.secondary &= ~ALLOWED(7);
}

static void no_write_back(struct cpu_capabilities *cpu)
{
    cpu->vmx.ept_vpid &= ~(UINT64_C(1) << 14);
}

/* Each has its own name. */
static void what_is_missing_is_named(void **state)
{
    static const struct {
        void (*spoil)(struct cpu_capabilities *cpu);
        const char *want;
    } cases[] = {
        {no_vmx, "this CPU has no VT-x"},
        {locked_off, "locked VMX off"},
        {no_ept, "lacks EPT"},
        {no_unrestricted_guest, "lacks unrestricted guest"},
        {no_write_back, "lacks EPT write-back tables"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cpu_capabilities cpu = good_cpu();
        char missing[256];

        cases[i].spoil(&cpu);
        if (capabilities_check(&cpu, missing, sizeof(missing)) || !strstr(missing, cases[i].want))
            fail_msg("says '%s', should be '%s'", missing, cases[i].want);
    }
}

static void all_of_it_is_named(void **state)
{
    struct cpu_capabilities cpu = good_cpu();
    char missing[256];

    (void)state;
    no_ept(&cpu);
    no_invept(&cpu);
    no_unrestricted_guest(&cpu);
    assert_false(capabilities_check(&cpu, missing, sizeof(missing)));
    assert_non_null(strstr(missing, "lacks EPT, INVEPT, unrestricted guest"));
}

/* For example Sandy Bridge: altview runs without the optional features, and the log names them. */
static void optional_ones(void **state)
{
    struct cpu_capabilities cpu = good_cpu();
    char text[400];

    (void)state;
    cpu.vmx.secondary &= ~(ALLOWED(18) | ALLOWED(13));
    cpu.vmx.vmfunc = 0;
    cpu.vmx.ept_vpid &= ~(UINT64_C(1) << 17);
    assert_true(capabilities_check(&cpu, text, sizeof(text)));
    assert_false(cpu.ve || cpu.ept_1g || capabilities_has_vmfunc(&cpu));
    capabilities_describe(&cpu, text, sizeof(text));
    assert_non_null(strstr(text, "without VMFUNC, EPTP switching, #VE, 1G EPT pages"));
}

/* KVM shows each of these to a nested hypervisor or not, by its own CPU and its parameters. */
static void nested_in_kvm(void **state)
{
    enum { VE, MTF, TIMER, LARGE, VMFUNC, VPID_, SINGLE, WAYS };
    char missing[256];

    (void)state;
    for (unsigned int lacks = 0; lacks < 1U << WAYS; lacks++) {
        struct cpu_capabilities cpu = good_cpu();
        bool steps = !(lacks >> MTF & 1 && lacks >> TIMER & 1);

        cpu.vmx.secondary &= ~(lacks >> VE & 1 ? ALLOWED(18) : 0);
        cpu.vmx.secondary &= ~(lacks >> VPID_ & 1 ? ALLOWED(5) : 0);
        cpu.vmx.processor &= ~(lacks >> MTF & 1 ? ALLOWED(27) : 0);
        cpu.vmx.secondary &= ~(lacks >> VMFUNC & 1 ? ALLOWED(13) : 0);
        cpu.vmx.vmfunc = lacks >> VMFUNC & 1 ? 0 : 1;
        cpu.vmx.pin &= ~(lacks >> TIMER & 1 ? ALLOWED(6) : 0);
        cpu.vmx.ept_vpid &= ~(lacks >> LARGE & 1 ? UINT64_C(1) << 17 : 0);
        cpu.vmx.ept_vpid &= ~(lacks >> SINGLE & 1 ? UINT64_C(1) << 25 : 0);
        if (capabilities_check(&cpu, missing, sizeof(missing)) != steps)
            fail_msg("%#x: '%s'", lacks, missing);
    }
}

/* The CPU's allowed 0-settings and 1-settings of each control. */
static void check_limits(const struct vmx_controls *controls, const struct vmx_msrs *msrs)
{
    const uint64_t limits[CONTROL_WORDS] = {
        [CONTROL_PIN] = msrs->pin,     [CONTROL_PROCESSOR] = msrs->processor,
        [CONTROL_EXIT] = msrs->exit,   [CONTROL_SECONDARY] = msrs->secondary,
        [CONTROL_ENTRY] = msrs->entry,
    };

    for (unsigned int i = 0; i < CONTROL_WORDS; i++) {
        assert_false(controls->initial[i] & ~(uint32_t)(limits[i] >> 32));
        assert_false((uint32_t)limits[i] & ~controls->initial[i]);
    }
}

/* altview either runs, with controls that the CPU accepts, and flags that match the CPU's bits. Or
 * it refuses, and names everything required that is missing. */
static void check_combination(const struct combination *c)
{
    struct cpu_capabilities cpu = good_cpu();
    bool complete = combination_apply(c, &cpu), steps, serves;
    struct vmx_controls controls;
    char missing[1024];

    serves = capabilities_check(&cpu, missing, sizeof(missing));
    steps = cpu.mtf || cpu.preemption_timer;
    if (serves != (complete && steps) || !combination_is_named(c, missing) ||
        !steps != !!strstr(missing, "a monitor trap flag or a preemption timer"))
        fail_msg("without %#x and %#x: %d, '%s'", c->required_off, c->optional_off, serves,
                 missing);
    combination_check_flags(c, &cpu);
    if (serves) {
        assert_null(vmx_controls_negotiate(&controls, &cpu.vmx));
        check_limits(&controls, &cpu.vmx);
    }
}

static void every_combination(void **state)
{
    (void)state;
    combinations(&vmx_required, &vmx_optional, check_combination);
}

static void short_buffers(void **state)
{
    struct cpu_capabilities cpu = {.cpuid1_ecx = 1 << 5};
    char text[400];

    (void)state;
    for (size_t size = 1; size < sizeof(text); size++) {
        memset(text, 'x', sizeof(text));
        capabilities_check(&cpu, text, size);
        assert_true(strlen(text) < size && text[size] == 'x');
        memset(text, 'x', sizeof(text));
        capabilities_describe(&cpu, text, size);
        assert_true(strlen(text) < size && text[size] == 'x');
    }
}

static void must_exit_for_cr3(struct cpu_capabilities *cpu)
{
    cpu->vmx.processor |= 1 << 15;
}

static void may_not_exit_for_hlt(struct cpu_capabilities *cpu)
{
    cpu->vmx.processor &= ~ALLOWED(7);
}

static void other_revision(struct cpu_capabilities *cpu)
{
    cpu->vmx.basic++;
}

static void other_rate(struct cpu_capabilities *cpu)
{
    cpu->vmx.misc = 3;
}

static void more_fixed(struct cpu_capabilities *cpu)
{
    cpu->vmx.cr0_fixed0 |= 1 << 3;
}

static void less_in_cr4(struct cpu_capabilities *cpu)
{
    cpu->vmx.cr4_fixed1 = 0;
}

static void narrower(struct cpu_capabilities *cpu)
{
    cpu->physical_bits--;
}

static void no_large_pages(struct cpu_capabilities *cpu)
{
    cpu->pages_1g = false;
}

static void no_x2apic(struct cpu_capabilities *cpu)
{
    cpu->cpuid1_ecx &= ~(1U << 21);
}

static void no_avx(struct cpu_capabilities *cpu)
{
    cpu->xcr0 &= ~UINT64_C(4);
}

static void no_high_xcr0(struct cpu_capabilities *cpu)
{
    cpu->xcr0 &= ~(UINT64_C(1) << 34);
}

static void no_cet(struct cpu_capabilities *cpu)
{
    cpu->xss &= ~(UINT64_C(1) << 11);
}

static void no_high_xss(struct cpu_capabilities *cpu)
{
    cpu->xss &= UINT32_MAX;
}

static void no_xsaves(struct cpu_capabilities *cpu)
{
    cpu->xsave &= ~UINT64_C(8);
}

static void no_smep(struct cpu_capabilities *cpu)
{
    cpu->smep = false;
}

/* A CPU that is as good or better, or that only lacks features without use for the hypervisor, is
 * accepted. */
static void same(struct cpu_capabilities *cpu)
{
    (void)cpu;
}

static void better(struct cpu_capabilities *cpu)
{
    cpu->vmx.cr0_fixed0 = 0;
    cpu->vmx.misc |= 1 << 29;
    cpu->physical_bits++;
    cpu->umip = true;
    cpu->xcr0 |= 0x200;
    cpu->xss |= 0x100;
    cpu->xsave |= 0x10;
}

static void os_bits(struct cpu_capabilities *cpu)
{
    cpu->cpuid1_ecx &= ~(1U << 27); /* OSXSAVE follows CR4 */
    cpu->feature_control = 0;
}

/* The checks of the first CPU do not count for the others. */
static void another_cpu(void **state)
{
    static const struct {
        void (*change)(struct cpu_capabilities *cpu);
        const char *lacks;
    } cases[] = {
        {same, NULL},
        {better, NULL},
        {os_bits, NULL},
        {no_write_back, "EPT features"},
        {must_exit_for_cr3, "processor controls"},
        {may_not_exit_for_hlt, "processor controls"},
        {no_ept, "secondary controls"},
        {no_eptp_switching, "VM functions"},
        {other_revision, "the same VMCS"},
        {other_rate, "the timer's rate"},
        {more_fixed, "bits of CR0"},
        {less_in_cr4, "bits of CR4"},
        {narrower, "the width of physical addresses"},
        {no_large_pages, "1 GiB pages"},
        {no_x2apic, "XSAVE or x2APIC"},
        {no_smep, "SMEP"},
        {no_avx, "bits of XCR0"},
        {no_high_xcr0, "bits of XCR0"},
        {no_cet, "bits of IA32_XSS"},
        {no_high_xss, "bits of IA32_XSS"},
        {no_xsaves, "instructions of XSAVE"},
    };
    struct cpu_capabilities first = good_cpu(), other;

    (void)state;
    first.cpuid1_ecx |= 1U << 27 | 1U << 26 | 1U << 21;
    first.vmx.pin = first.vmx.processor = first.vmx.secondary = ~UINT64_C(0) << 32;
    first.vmx.cr0_fixed0 = 0x80000021;
    first.vmx.cr0_fixed1 = first.vmx.cr4_fixed1 = UINT32_MAX;
    first.physical_bits = 39;
    first.xcr0 = UINT64_C(1) << 34 | 7;
    first.xss = UINT64_C(1) << 34 | 1U << 11;
    first.xsave = 0xf;
    first.pages_1g = first.smep = true;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *lacks;

        other = first;
        cases[i].change(&other);
        lacks = capabilities_lack(&first, &other);
        if (!lacks != !cases[i].lacks || (lacks && strcmp(lacks, cases[i].lacks) != 0))
            fail_msg("case %zu: %s", i, lacks ? lacks : "nothing");
    }
}

/* A CPU that restarts finds the register as it has locked it itself. Another write would be #GP. */
static void feature_control_is_locked_once(void **state)
{
    static const struct {
        uint64_t now, due;
    } rows[] = {
        {0x0, 0x5},         /* the firmware has left it unset: VMX outside SMX, locked */
        {0x4, 0x5},         /* the same, VMX already on */
        {0x2, 0x7},         /* VMX in SMX stays on */
        {0x5, 0x5},         /* locked by altview, or by the firmware in the same way */
        {0x1, 0x1},         /* locked off: stays, and altview refuses the CPU */
        {0x3, 0x3},         /* on in SMX only */
        {0xff00, 0xff05},   /* SENTER's bits are kept */
        {0x20001, 0x20001}, /* SGX launch control, locked */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(capabilities_feature_control(rows[i].now), rows[i].due);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_cpu),        cmocka_unit_test(feature_control_is_locked_once),
        cmocka_unit_test(complete_cpu),       cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(all_of_it_is_named), cmocka_unit_test(optional_ones),
        cmocka_unit_test(short_buffers),      cmocka_unit_test(every_combination),
        cmocka_unit_test(nested_in_kvm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
