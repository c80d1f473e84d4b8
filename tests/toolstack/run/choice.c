/* SPDX-License-Identifier: BSD-2-Clause */
/* The choice of the machine, on made-up computers. */
#include "toolstack/machine/emulator/choice.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BOTH .bochs = true, .qemu = true
#define AUTO                                                                                       \
    {                                                                                              \
        MACHINE_AUTO, ACCEL_AUTO, false, NEED_NONE                                                 \
    }

/* A usual laptop, and its possible lacks. */
static const struct computer intel = {BOTH, .vendor = VENDOR_INTEL, .nested = true};
static const struct computer intel_no_nesting = {BOTH, .vendor = VENDOR_INTEL};
static const struct computer intel_no_group = {BOTH, .vendor = VENDOR_INTEL, .nested = true,
                                               .kvm_error = EACCES};
static const struct computer intel_no_module = {BOTH, .vendor = VENDOR_INTEL, .kvm_error = ENOENT};
static const struct computer intel_busy = {BOTH, .vendor = VENDOR_INTEL, .nested = true,
                                           .kvm_error = EBUSY};
static const struct computer intel_no_qemu = {
    .bochs = true, .vendor = VENDOR_INTEL, .nested = true};
static const struct computer intel_bare = {.vendor = VENDOR_INTEL, .nested = true};
static const struct computer amd = {BOTH, .vendor = VENDOR_AMD, .nested = true};
static const struct computer amd_no_nesting = {BOTH, .vendor = VENDOR_AMD};
static const struct computer none = {BOTH};
static const struct computer none_no_bochs = {.qemu = true};
static const struct computer none_no_qemu = {.bochs = true};

static const struct {
    const struct computer *computer;
    struct wish wish;
    bool found;
    enum way way;
    enum obstacle obstacle; /* of that way, if none works; else of KVM */
} choices[] = {
    /* Without options: KVM if it offers what altview needs; else the faster emulator that runs
     * altview. */
    {&intel, AUTO, true, WAY_KVM, OBSTACLE_NONE},
    {&intel_no_nesting, AUTO, true, WAY_TCG, OBSTACLE_NESTING},
    {&intel_no_group, AUTO, true, WAY_TCG, OBSTACLE_PERMISSION},
    {&intel_no_module, AUTO, true, WAY_TCG, OBSTACLE_MODULE},
    {&intel_busy, AUTO, true, WAY_TCG, OBSTACLE_KVM},
    {&intel_no_qemu, AUTO, true, WAY_BOCHS, OBSTACLE_QEMU},
    {&intel_bare, AUTO, false, WAY_BOCHS, OBSTACLE_BOCHS},
    {&amd, AUTO, true, WAY_KVM, OBSTACLE_NONE},
    {&amd_no_nesting, AUTO, true, WAY_TCG, OBSTACLE_NESTING},
    {&none, AUTO, true, WAY_TCG, OBSTACLE_CPU},
    {&none_no_bochs, AUTO, true, WAY_TCG, OBSTACLE_CPU},
    {&none_no_qemu, AUTO, true, WAY_BOCHS, OBSTACLE_CPU},
    /* Cases that QEMU's emulated CPUs do not serve. */
    {&none, {.need = NEED_CPU}, true, WAY_BOCHS, OBSTACLE_CPU},
    {&none, {.need = NEED_MULTIBOOT}, true, WAY_BOCHS, OBSTACLE_CPU},
    {&intel, {.need = NEED_CPU}, true, WAY_KVM, OBSTACLE_NONE},
    {&intel, {.need = NEED_MULTIBOOT}, true, WAY_BOCHS, OBSTACLE_NONE},
    {&none, {MACHINE_QEMU, ACCEL_AUTO, false, NEED_CPU}, true, WAY_TCG, OBSTACLE_CPU},
    {&none, {MACHINE_AUTO, ACCEL_AUTO, true, NEED_CPU}, true, WAY_TCG, OBSTACLE_CPU},
    {&none_no_bochs, {.need = NEED_CPU}, false, WAY_BOCHS, OBSTACLE_BOCHS},
    /* A machine that the user names. */
    {&intel, {MACHINE_BOCHS, ACCEL_AUTO, false, NEED_NONE}, true, WAY_BOCHS, OBSTACLE_NONE},
    {&none_no_bochs,
     {MACHINE_BOCHS, ACCEL_AUTO, false, NEED_NONE},
     false,
     WAY_BOCHS,
     OBSTACLE_BOCHS},
    {&intel, {MACHINE_QEMU, ACCEL_AUTO, false, NEED_NONE}, true, WAY_KVM, OBSTACLE_NONE},
    {&intel_no_group,
     {MACHINE_QEMU, ACCEL_AUTO, false, NEED_NONE},
     true,
     WAY_TCG,
     OBSTACLE_PERMISSION},
    {&none, {MACHINE_QEMU, ACCEL_AUTO, false, NEED_NONE}, true, WAY_TCG, OBSTACLE_CPU},
    {&intel_no_qemu, {MACHINE_QEMU, ACCEL_AUTO, false, NEED_NONE}, false, WAY_TCG, OBSTACLE_QEMU},
    /* Acceleration is an option of QEMU. The choice never replaces a machine that the user asks
     * for. */
    {&intel, {MACHINE_QEMU, ACCEL_TCG, false, NEED_NONE}, true, WAY_TCG, OBSTACLE_NONE},
    {&intel, {MACHINE_AUTO, ACCEL_TCG, false, NEED_NONE}, true, WAY_TCG, OBSTACLE_NONE},
    {&intel, {MACHINE_AUTO, ACCEL_KVM, false, NEED_NONE}, true, WAY_KVM, OBSTACLE_NONE},
    {&intel_no_nesting,
     {MACHINE_AUTO, ACCEL_KVM, false, NEED_NONE},
     false,
     WAY_KVM,
     OBSTACLE_NESTING},
    {&intel_no_qemu, {MACHINE_QEMU, ACCEL_KVM, false, NEED_NONE}, false, WAY_KVM, OBSTACLE_QEMU},
    {&none, {MACHINE_QEMU, ACCEL_KVM, false, NEED_NONE}, false, WAY_KVM, OBSTACLE_CPU},
    /* Only an emulated CPU counts instructions. */
    {&intel, {MACHINE_QEMU, ACCEL_AUTO, true, NEED_NONE}, true, WAY_TCG, OBSTACLE_NONE},
    {&intel, {MACHINE_AUTO, ACCEL_AUTO, true, NEED_NONE}, true, WAY_TCG, OBSTACLE_NONE},
};

static void test_choices(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
        enum way way = WAYS;
        bool found = choose(choices[i].computer, &choices[i].wish, &way);

        if (found != choices[i].found || way != choices[i].way ||
            way_obstacle(choices[i].computer, found ? WAY_KVM : way) != choices[i].obstacle) {
            fail_msg("row %zu: found %d, way %d", i, found, way);
        }
    }
}

static void test_faults(void **state)
{
    static const struct {
        struct wish wish;
        const char *fault;
    } wishes[] = {
        {{MACHINE_BOCHS, ACCEL_KVM, false, NEED_NONE}, "--machine bochs and --accel: "},
        {{MACHINE_BOCHS, ACCEL_TCG, false, NEED_NONE}, "--machine bochs and --accel: "},
        {{MACHINE_BOCHS, ACCEL_AUTO, true, NEED_NONE}, "--machine bochs and --icount: "},
        {{MACHINE_QEMU, ACCEL_KVM, true, NEED_NONE}, "--accel kvm and --icount: "},
        {{MACHINE_AUTO, ACCEL_KVM, true, NEED_NONE}, "--accel kvm and --icount: "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
        const char *fault = wish_fault(&wishes[i].wish);

        assert_non_null(fault);
        assert_memory_equal(fault, wishes[i].fault, strlen(wishes[i].fault));
    }
    for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
        assert_null(wish_fault(&choices[i].wish));
    }
}

/* The message of each obstacle has its cause and a remedy. */
static void test_remedies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
        enum obstacle obstacle = choices[i].obstacle;
        bool is_one = obstacle != OBSTACLE_NONE;

        assert_int_equal(*obstacle_cause(obstacle) != 0, is_one);
        assert_int_equal(*obstacle_remedy(obstacle, choices[i].computer->vendor) != 0, is_one);
    }
    assert_string_equal(obstacle_remedy(OBSTACLE_NESTING, VENDOR_INTEL),
                        "sudo modprobe -r kvm_intel && sudo modprobe kvm_intel nested=1");
    assert_string_equal(obstacle_remedy(OBSTACLE_MODULE, VENDOR_AMD), "sudo modprobe kvm_amd");
}

static void test_why(void **state)
{
    char why[CHOICE_WHY];

    (void)state;
    choice_explain(&intel, true, WAY_KVM, why);
    assert_string_equal(why, "KVM lends altview this computer's VT-x");
    choice_explain(&intel_no_group, true, WAY_BOCHS, why);
    assert_string_equal(why, "not KVM: you may not open /dev/kvm; Bochs emulates VT-x");
    choice_explain(&none, true, WAY_TCG, why);
    assert_string_equal(why, "not KVM: the CPU shows neither VT-x nor AMD-V; QEMU emulates AMD-V");
    choice_explain(&amd_no_nesting, true, WAY_TCG, why);
    assert_non_null(strstr(why, "; QEMU emulates AMD-V"));
    choice_explain(&intel_bare, false, WAY_BOCHS, why);
    assert_string_equal(why, "not KVM: QEMU is not installed; Bochs is not installed");
}

/* Only where the need decided the choice. */
static void test_needs(void **state)
{
    static const struct wish cpu = {.need = NEED_CPU}, multiboot = {.need = NEED_MULTIBOOT};
    static const struct wish nothing = {.need = NEED_NONE};
    static const struct wish named = {.machine = MACHINE_BOCHS, .need = NEED_CPU};

    (void)state;
    assert_non_null(strstr(choice_need(&none, &cpu, WAY_BOCHS), "--machine qemu"));
    assert_non_null(strstr(choice_need(&none, &multiboot, WAY_BOCHS), "Multiboot 1"));
    assert_null(choice_need(&none, &nothing, WAY_BOCHS));
    assert_null(choice_need(&none, &named, WAY_BOCHS));
    assert_null(choice_need(&none_no_qemu, &cpu, WAY_BOCHS));
    assert_null(choice_need(&intel, &cpu, WAY_KVM));
}

static void test_threads(void **state)
{
    (void)state;
    assert_false(share_thread(NULL, 1, 0));
    assert_false(share_thread(NULL, 2, 2));
    assert_true(share_thread(NULL, 3, 2));
    assert_true(share_thread("auto", 3, 2));
    assert_true(share_thread("one", 2, 8));
    assert_false(share_thread("many", 8, 1));
}

static void test_idle(void **state)
{
    (void)state;
    assert_int_equal(idle_cpus(2, "0.00 0.00 0.00 1/80 4711\n"), 2);
    assert_int_equal(idle_cpus(2, "0.49 9.00 9.00 1/80 4711\n"), 2);
    assert_int_equal(idle_cpus(2, "0.50 0.00 0.00 1/80 4711\n"), 1);
    assert_int_equal(idle_cpus(2, "0.05 0.00 0.00 2/80 4711\n"), 1);
    assert_int_equal(idle_cpus(8, "3.10 0.00 0.00 2/80 4711\n"), 5);
    assert_int_equal(idle_cpus(8, "2.10 0.00 0.00 6/80 4711\n"), 3);
    assert_int_equal(idle_cpus(2, "11.00 0.00 0.00 12/80 4711\n"), 0);
    assert_int_equal(idle_cpus(2, ""), 2);
}

/* The names of options are in the order of the enumerators. */
static void test_names(void **state)
{
    (void)state;
    assert_string_equal(machine_names[MACHINE_AUTO], "auto");
    assert_string_equal(machine_names[MACHINE_BOCHS], "bochs");
    assert_string_equal(machine_names[MACHINE_QEMU], "qemu");
    assert_string_equal(accel_names[ACCEL_AUTO], "auto");
    assert_string_equal(accel_names[ACCEL_KVM], "kvm");
    assert_string_equal(accel_names[ACCEL_TCG], "tcg");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choices),  cmocka_unit_test(test_faults),
        cmocka_unit_test(test_remedies), cmocka_unit_test(test_why),
        cmocka_unit_test(test_names),    cmocka_unit_test(test_idle),
        cmocka_unit_test(test_needs),    cmocka_unit_test(test_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
