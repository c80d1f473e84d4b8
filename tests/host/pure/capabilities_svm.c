/* SPDX-License-Identifier: BSD-2-Clause */
/* The message about an AMD CPU, over every combination of missing features. */
#include "pure/combinations.h"
#include "pure/refusals.h"

#include "x86/capabilities_svm.h"

#define VM_CR_LOCK   8
#define VM_CR_SVMDIS 16

static struct svm_capabilities good_cpu(void)
{
    return (struct svm_capabilities){
        .extended = UINT64_MAX, .features = UINT64_MAX, .asids = 32768};
}

static void complete_cpu(void **state)
{
    struct svm_capabilities cpu = good_cpu();
    char text[200];

    (void)state;
    assert_true(svm_capabilities_check(&cpu));
    assert_string_equal(cpu.lacks, "");
    assert_true(cpu.nrip_save && cpu.flush_by_asid && cpu.decode_assists && cpu.pages_1g);
    svm_capabilities_describe(&cpu, text, sizeof(text));
    assert_string_equal(text, "NRIP save, flush by ASID, decode assists, VMCB clean bits, "
                              "LBR virtualization, virtual GIF, 1G nested pages");
}

/* The emulators' values in CPUID: 8000_000A EDX and EBX. */
static void known_cpus(void **state)
{
    static const struct {
        const char *name;
        uint32_t features, asids;
        const char *lacks; /* NULL: the CPU is accepted */
        bool nrip_save, flush_by_asid;
    } rows[] = {
        {"Bochs ryzen", 0x44f, 32768, NULL, true, true},
        {"Bochs trinity_apu", 0x44f, 64, NULL, true, true},
        {"Bochs phenom_8650_toliman", 0x7, 64, NULL, false, false},
        {"Bochs turion64_tyler", 0x2, 64, "this CPU's AMD-V lacks nested paging", false, false},
        {"QEMU max", 0x10010001, 16, NULL, false, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct svm_capabilities cpu = good_cpu();

        cpu.features = rows[i].features;
        cpu.asids = rows[i].asids;
        if (svm_capabilities_check(&cpu) != !rows[i].lacks ||
            strcmp(cpu.lacks, rows[i].lacks ? rows[i].lacks : "") != 0)
            fail_msg("%s: '%s'", rows[i].name, cpu.lacks);
        assert_int_equal(cpu.nrip_save, rows[i].nrip_save);
        assert_int_equal(cpu.flush_by_asid, rows[i].flush_by_asid);
    }
}

static void refused_by_name(void **state)
{
    static const struct {
        uint64_t extended, features, vm_cr;
        uint32_t asids;
        const char *says; /* NULL: the CPU is accepted */
    } rows[] = {
        {0, 0, 0, 0, "this CPU has no AMD-V: SVM is missing"},
        {~UINT64_C(4), UINT64_MAX, 0, 64, "this CPU has no AMD-V: SVM is missing"},
        {UINT64_MAX, UINT64_MAX, VM_CR_LOCK | VM_CR_SVMDIS, 64, "SVM is off in the BIOS"},
        {UINT64_MAX, UINT64_MAX, VM_CR_SVMDIS, 64, NULL}, /* left open: altview turns it on */
        {UINT64_MAX, UINT64_MAX, VM_CR_LOCK, 64, NULL},
        {UINT64_MAX, UINT64_MAX, 0, 2, "this CPU's AMD-V lacks an ASID for the guest"},
        {UINT64_MAX, UINT64_MAX, 0, 3, NULL},
        {UINT64_MAX, 0, 0, 0, "lacks nested paging, an ASID for the guest"},
        {~(UINT64_C(1) << 52), UINT64_MAX, 0, 64, "lacks no-execute pages"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct svm_capabilities cpu = {.extended = rows[i].extended,
                                       .features = rows[i].features,
                                       .vm_cr = rows[i].vm_cr,
                                       .asids = rows[i].asids};

        if (svm_capabilities_check(&cpu) != !rows[i].says ||
            (rows[i].says ? !strstr(cpu.lacks, rows[i].says) : cpu.lacks[0]))
            fail_msg("row %zu: '%s'", i, cpu.lacks);
    }
}

/* altview either runs, with flags that match the CPU's bits. Or it refuses, and names everything
 * that is missing. */
static void check_combination(const struct combination *c)
{
    struct svm_capabilities cpu = good_cpu();
    bool complete = combination_apply(c, &cpu), serves;

    serves = svm_capabilities_check(&cpu);
    if (serves != complete || !combination_is_named(c, cpu.lacks))
        fail_msg("without %#x and %#x: %d, '%s'", c->required_off, c->optional_off, serves,
                 cpu.lacks);
    combination_check_flags(c, &cpu);
}

static void every_combination(void **state)
{
    (void)state;
    combinations(&svm_required, &svm_optional, check_combination);
}

static void another_cpu(void **state)
{
    struct svm_capabilities first = good_cpu(), other;

    (void)state;
    svm_capabilities_check(&first);
    other = first;
    assert_null(svm_capabilities_lack(&first, &other));
    other.asids++;
    assert_null(svm_capabilities_lack(&first, &other));
    other.asids = 64;
    assert_string_equal(svm_capabilities_lack(&first, &other), "as many ASIDs");
    other = first;
    other.flush_by_asid = false;
    assert_string_equal(svm_capabilities_lack(&first, &other), "flush by ASID");
    assert_null(svm_capabilities_lack(&other, &first));
}

/* The lock keeps the firmware's choice, and all other bits stay. */
static void vm_cr(void **state)
{
    (void)state;
    assert_int_equal(svm_vm_cr(0), 0);
    assert_int_equal(svm_vm_cr(VM_CR_SVMDIS), 0);
    assert_int_equal(svm_vm_cr(VM_CR_SVMDIS | 3), 3);
    assert_int_equal(svm_vm_cr(VM_CR_LOCK), VM_CR_LOCK);
    assert_int_equal(svm_vm_cr(VM_CR_LOCK | VM_CR_SVMDIS), VM_CR_LOCK | VM_CR_SVMDIS);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(complete_cpu),    cmocka_unit_test(known_cpus),
        cmocka_unit_test(refused_by_name), cmocka_unit_test(every_combination),
        cmocka_unit_test(another_cpu),     cmocka_unit_test(vm_cr),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
