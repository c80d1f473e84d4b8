/* SPDX-License-Identifier: BSD-2-Clause */
#include "entry_check/svm_check.h"

#include "x86/exceptions.h"
#include "x86/x86.h"

#define SECTION "15.5.1"

#define IO_MAP_SIZE  (3 * PAGE_SIZE)
#define MSR_MAP_SIZE (2 * PAGE_SIZE)

#define TYPES        0x1dU /* of an event: 0, 2, 3, 4 */
#define EVENT_UNUSED UINT64_C(0x7ffff000)

static void control_registers(struct rule_walk *w, const struct svm_entry_cpu *cpu,
                              const struct vmcb *v)
{
    rules_of(w, SECTION, "control registers");
    rule(w, "CR0.NW takes CR0.CD", implies(v->cr0 & CR0_NW, v->cr0 & CR0_CD));
    rule(w, "CR0 has 32 bits", !(v->cr0 >> 32));
    rule(w, "CR3 names an address that there is", !(v->cr3 >> cpu->physical_bits));
    rule(w, "reserved bits of CR4 are clear", !(v->cr4 & ~cpu->cr4));
    rule(w, "CR4.CET takes CR0.WP", implies(v->cr4 & CR4_CET, v->cr0 & CR0_WP));
    rule(w, "DR6 has 32 bits", !(v->dr6 >> 32));
    rule(w, "DR7 has 32 bits", !(v->dr7 >> 32));
}

static void long_mode(struct rule_walk *w, const struct svm_entry_cpu *cpu, const struct vmcb *v)
{
    bool begins = v->efer & EFER_LME && v->cr0 & CR0_PG;

    rules_of(w, SECTION, "EFER");
    rule(w, "EFER.SVME is set", v->efer & EFER_SVME);
    rule(w, "reserved bits of EFER are clear", !(v->efer & ~cpu->efer));
    rule(w, "long mode takes CR4.PAE", implies(begins, v->cr4 & CR4_PAE));
    rule(w, "long mode takes CR0.PE", implies(begins, v->cr0 & CR0_PE));
    rule(w, "64-bit code is not 32-bit code as well",
         implies(begins && v->cs.attributes & ATTRIBUTES_LONG,
                 !(v->cs.attributes & ATTRIBUTES_BIG)));
}

static bool fits(const struct svm_entry_cpu *cpu, uint64_t map, uint64_t size)
{
    return !((map + size - 1) >> cpu->physical_bits);
}

static void controls(struct rule_walk *w, const struct svm_entry_cpu *cpu, const struct vmcb *v)
{
    rules_of(w, SECTION, "controls");
    rule(w, "VMRUN leaves the guest", v->intercepts[4] & INTERCEPT_VMRUN);
    rule(w, "the ASID is not the host's", v->asid);
    rule(w, "the CPU has that ASID", v->asid < cpu->asids);
    rule(w, "there is memory where the I/O map is", fits(cpu, v->io_map, IO_MAP_SIZE));
    rule(w, "there is memory where the MSR map is", fits(cpu, v->msr_map, MSR_MAP_SIZE));
}

/* APM Vol. 2 15.20. */
static void event(struct rule_walk *w, const struct vmcb *v)
{
    uint64_t vector = v->event & SVM_EVENT_VECTOR, type = v->event & SVM_EVENT_TYPE;
    bool valid = v->event & SVM_EVENT_VALID;
    bool exception = valid && type == SVM_EVENT_EXCEPTION;

    rules_of(w, "15.20", "");
    rule(w, "the type of the event is none that is reserved",
         implies(valid, TYPES >> (type >> 8) & 1));
    rule(w, "reserved bits of the event are clear", implies(valid, !(v->event & EVENT_UNUSED)));
    rule(w, "an exception has a vector up to 31, and not 2",
         implies(exception, vector < EXCEPTION_COUNT && vector != VECTOR_NMI));
    rule(w, "only exceptions have error codes",
         implies(valid && v->event & SVM_EVENT_ERROR_CODE, exception));
}

void svm_check(struct rule_walk *walk, const struct svm_entry_cpu *cpu, const struct vmcb *vmcb)
{
    control_registers(walk, cpu, vmcb);
    long_mode(walk, cpu, vmcb);
    controls(walk, cpu, vmcb);
    event(walk, vmcb);
}
