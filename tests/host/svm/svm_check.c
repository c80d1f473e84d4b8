/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules of VMRUN. A VMCB that keeps all of them, with one change, breaks exactly one. Every
 * rule must have a test. */
#include "pure/refusals.h"

#include "entry_check/svm_check.h"
#include "x86/x86.h"

#include <string.h>

static const struct svm_entry_cpu cpu = {
    .physical_bits = 40,
    .cr4 = CR4_PAE | CR4_CET,
    .efer = EFER_LME | EFER_LMA | EFER_NXE | EFER_SVME,
    .asids = 16,
};

/* A guest in 64-bit mode, with a #GP to be delivered. */
static struct vmcb sound(void)
{
    return (struct vmcb){
        .intercepts = {[4] = INTERCEPT_VMRUN},
        .io_map = 0x10000,
        .msr_map = 0x20000,
        .asid = 2,
        .event = SVM_EVENT_VALID | SVM_EVENT_EXCEPTION | SVM_EVENT_ERROR_CODE | 13,
        .cs = {.attributes = ATTRIBUTES_LONG | ATTRIBUTES_PRESENT},
        .efer = EFER_LME | EFER_LMA | EFER_SVME,
        .cr4 = CR4_PAE,
        .cr0 = CR0_PE | CR0_PG | CR0_WP,
    };
}

#define CHANGE(member, value) .at = offsetof(struct vmcb, member), .to = (value)
static const struct {
    const char *breaks;
    size_t at;
    uint64_t to;
    size_t size;
} cases[] = {
    {"CR0.NW takes CR0.CD", CHANGE(cr0, CR0_PE | CR0_PG | CR0_NW), 8},
    {"CR0 has 32 bits", CHANGE(cr0, CR0_PE | CR0_PG | UINT64_C(1) << 32), 8},
    {"CR3 names an address that there is", CHANGE(cr3, UINT64_C(1) << 40), 8},
    {"reserved bits of CR4 are clear", CHANGE(cr4, CR4_PAE | CR4_PKE), 8},
    {"DR6 has 32 bits", CHANGE(dr6, UINT64_C(1) << 32), 8},
    {"DR7 has 32 bits", CHANGE(dr7, UINT64_C(1) << 63), 8},
    {"EFER.SVME is set", CHANGE(efer, EFER_LME | EFER_LMA), 8},
    {"reserved bits of EFER are clear",
     CHANGE(efer, EFER_LME | EFER_LMA | EFER_SVME | UINT64_C(1) << 20), 8},
    {"long mode takes CR4.PAE", CHANGE(cr4, 0), 8},
    {"long mode takes CR0.PE", CHANGE(cr0, CR0_PG), 8},
    {"64-bit code is not 32-bit code as well",
     CHANGE(cs.attributes, ATTRIBUTES_LONG | ATTRIBUTES_BIG), 2},
    {"VMRUN leaves the guest", CHANGE(intercepts[4], 0), 4},
    {"the ASID is not the host's", CHANGE(asid, 0), 4},
    {"the CPU has that ASID", CHANGE(asid, 16), 4},
    {"there is memory where the I/O map is", CHANGE(io_map, (UINT64_C(1) << 40) - 0x2000), 8},
    {"there is memory where the MSR map is", CHANGE(msr_map, (UINT64_C(1) << 40) - 0x1000), 8},
    {"the type of the event is none that is reserved", CHANGE(event, SVM_EVENT_VALID | 1 << 8 | 13),
     8},
    {"reserved bits of the event are clear",
     CHANGE(event, SVM_EVENT_VALID | SVM_EVENT_EXCEPTION | 1 << 20 | 13), 8},
    {"an exception has a vector up to 31, and not 2",
     CHANGE(event, SVM_EVENT_VALID | SVM_EVENT_EXCEPTION | 2), 8},
    {"only exceptions have error codes",
     CHANGE(event, SVM_EVENT_VALID | SVM_EVENT_INTERRUPT | SVM_EVENT_ERROR_CODE | 32), 8},
    {"CR4.CET takes CR0.WP", CHANGE(cr4, CR4_PAE | CR4_CET), 8},
};

struct heard {
    unsigned int rules, named;
};

/* The table has each rule of the code. */
static void hear(void *context, const struct rule *rule, bool holds)
{
    struct heard *heard = context;

    (void)holds;
    heard->rules++;
    for (size_t i = 0; i < COUNT(cases); i++)
        heard->named += strcmp(cases[i].breaks, rule->text) == 0;
}

static void each_has_a_case(void **state)
{
    struct heard heard = {0};
    struct rule_walk walk = {.told = hear, .context = &heard};
    struct vmcb vmcb = sound();

    (void)state;
    svm_check(&walk, &cpu, &vmcb);
    assert_int_equal(walk.breaks, 0);
    assert_int_equal(heard.rules, heard.named);
    assert_int_equal(heard.rules, COUNT(cases));
}

static void each_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rule_walk walk = {.breaks = 0};
        struct vmcb vmcb = sound();

        if (strstr(cases[i].breaks, "CET"))
            vmcb.cr0 &= ~CR0_WP;
        memcpy((char *)&vmcb + cases[i].at, &cases[i].to, cases[i].size);
        svm_check(&walk, &cpu, &vmcb);
        if (walk.breaks != 1 || strcmp(walk.broken.text, cases[i].breaks) != 0)
            fail_msg("\"%s\": %u rules are broken, first \"%s\"", cases[i].breaks, walk.breaks,
                     walk.breaks ? walk.broken.text : "none");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_has_a_case),
        cmocka_unit_test(each_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
