/* SPDX-License-Identifier: BSD-2-Clause */
/* CPUID: the CPU's own answers, limited to feature_list.h, plus Xen's leaves. */
#include "run/exit.h"

#include "core/domain.h"
#include "core/vendor.h"
#include "xen/face.h"

#define LEAF1_ECX_OSXSAVE    (1U << 27)
#define LEAF1_ECX_HYPERVISOR (1U << 31)
#define LEAF7_ECX_OSPKE      (1U << 4)

/* EAX[7:0]: the width of physical addresses, no more than 4-level EPT has: see violation.c. */
#define LEAF_ADDRESSES 0x80000008U

/* A bit that depends on the guest's CR4, not the hypervisor's. */
static void mirror(const struct vcpu *vcpu, uint32_t *reg, uint32_t bit, uint64_t cr4)
{
    bool on = guest_get(vcpu, GUEST_CR4) & cr4;

    *reg = on ? *reg | bit : *reg & ~bit;
}

static void native(const struct vcpu *vcpu, uint32_t leaf, uint32_t subleaf, uint32_t *regs)
{
    cpuid_read(leaf, subleaf, regs);
    feature_filter(&vcpu->domain->face, leaf, subleaf, regs);
    if (leaf == 1) {
        mirror(vcpu, &regs[ECX], LEAF1_ECX_OSXSAVE, CR4_OSXSAVE);
        regs[ECX] |= LEAF1_ECX_HYPERVISOR;
    } else if (leaf == 7 && subleaf == 0) {
        mirror(vcpu, &regs[ECX], LEAF7_ECX_OSPKE, CR4_PKE);
    } else if (leaf == LEAF_ADDRESSES) {
        regs[EAX] = (regs[EAX] & ~0xffU) | (vcpu->domain->gfn_bits + ALTP2M_PAGE_SHIFT);
    }
}

/* Answer a leaf that needs more than a mask. */
__attribute__((noinline)) static void answer(struct vcpu *vcpu, uint32_t leaf, uint32_t subleaf)
{
    uint32_t regs[CPUID_REGISTERS];

    if (xen_owns_leaf(leaf)) {
        xen_cpuid(vcpu, leaf, subleaf, regs);
    } else {
        native(vcpu, leaf, subleaf, regs);
    }
    vcpu->registers.rax = regs[EAX];
    vcpu->registers.rbx = regs[EBX];
    vcpu->registers.rcx = regs[ECX];
    vcpu->registers.rdx = regs[EDX];
}

static void answer_plainly(struct vcpu *vcpu, const struct feature_plain *plain)
{
    struct cpuid_regs r = cpuid((uint32_t)vcpu->registers.rax, (uint32_t)vcpu->registers.rcx);
    uint32_t eax = r.eax & plain->keep[EAX];

    vcpu->registers.rax = eax < plain->last ? eax : plain->last;
    vcpu->registers.rbx = r.ebx & plain->keep[EBX];
    vcpu->registers.rcx = r.ecx & plain->keep[ECX];
    vcpu->registers.rdx = r.edx & plain->keep[EDX];
}

void cpuid_handle(struct vcpu *vcpu)
{
    uint32_t leaf = (uint32_t)vcpu->registers.rax;
    const struct feature_plain *plain = feature_plain(&vcpu->domain->face, leaf);

    if (plain) {
        answer_plainly(vcpu, plain);
    } else {
        answer(vcpu, leaf, (uint32_t)vcpu->registers.rcx);
    }
    event_skip_instruction(vcpu);
}
