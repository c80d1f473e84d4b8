/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/index.h"
#include "core/domain.h"
#include "debug/fault.h"
#include "x86/x86.h"
#include "xen/face.h"

#include <stdint.h>
#include <xen/arch-x86/cpuid.h>
#include <xen/xen.h>

#define LEAF_COUNT (XEN_CPUID_MAX_NUM_LEAVES + 1)

#define TSC_RELIABLE     (1U << 1)
#define TSC_RDTSCP       (1U << 2)
#define TSC_NOT_EMULATED 2

typedef void leaf_writer(const struct vcpu *vcpu, uint32_t subleaf, uint32_t *regs);

static void signature(const struct vcpu *vcpu, uint32_t subleaf, uint32_t *regs)
{
    (void)vcpu, (void)subleaf;
    regs[EAX] = XEN_LEAF_FIRST + XEN_CPUID_MAX_NUM_LEAVES;
    regs[EBX] = XEN_CPUID_SIGNATURE_EBX;
    regs[ECX] = XEN_CPUID_SIGNATURE_ECX;
    regs[EDX] = XEN_CPUID_SIGNATURE_EDX;
}

static void version(const struct vcpu *vcpu, uint32_t subleaf, uint32_t *regs)
{
    (void)vcpu, (void)subleaf;
    regs[EAX] = XEN_FACE_MAJOR << 16 | XEN_FACE_MINOR;
}

static void hypercall_page(const struct vcpu *vcpu, uint32_t subleaf, uint32_t *regs)
{
    (void)vcpu, (void)subleaf;
    regs[EAX] = 1;
    regs[EBX] = XEN_MSR_HYPERCALL_PAGE;
}

/* The guest reads the CPU's own counter. This leaf gives its frequency if the CPU does. */
static void time_stamp_counter(const struct vcpu *vcpu, uint32_t subleaf, uint32_t *regs)
{
    uint32_t khz = cpuid(0, 0).eax >= 0x16 ? cpuid(0x16, 0).eax * 1000 : 0;

    if (subleaf == 0) {
        bool rdtscp = feature_is_shown(&vcpu->domain->face, FEATURE_RDTSCP);

        regs[EAX] = TSC_RELIABLE | (rdtscp ? TSC_RDTSCP : 0);
        regs[EBX] = TSC_NOT_EMULATED;
        regs[ECX] = khz;
    } else if (subleaf == 2) {
        regs[EAX] = khz;
    }
}

static void numbers(const struct vcpu *vcpu, uint32_t subleaf, uint32_t *regs)
{
    if (subleaf == 0) {
        regs[EAX] = XEN_HVM_CPUID_VCPU_ID_PRESENT | XEN_HVM_CPUID_DOMID_PRESENT |
                    XEN_HVM_CPUID_UPCALL_VECTOR;
        regs[EBX] = vcpu->altp2m->id;
        regs[ECX] = DOMAIN_ID;
    }
}

static leaf_writer *const leaves[LEAF_COUNT] = {
    signature, version, hypercall_page, time_stamp_counter, numbers, /* 5: for PV guests */
};

void xen_cpuid(const struct vcpu *vcpu, uint32_t leaf, uint32_t subleaf, uint32_t *regs)
{
    size_t number = leaf - XEN_LEAF_FIRST;

    debug_fault(FAULT_IN_EXIT, vcpu);
    regs[EAX] = regs[EBX] = regs[ECX] = regs[EDX] = 0;
    if (index_clamp(&number, LEAF_COUNT) && leaves[number] && !vcpu->domain->xen.hidden) {
        leaves[number](vcpu, subleaf, regs);
    }
}
