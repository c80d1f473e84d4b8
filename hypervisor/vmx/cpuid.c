/* SPDX-License-Identifier: BSD-2-Clause */
/* CPUID: the CPU's own answers, less what the guest can't have, plus Xen's leaves. */
#include "vmx/cpuid.h"

#include "vmx/event.h"
#include "xen/face.h"

#include <stddef.h>

enum { EAX, EBX, ECX, EDX };

#define BIT(n) (1U << (n))

#define LEAF1_ECX_OSXSAVE BIT(27)
#define LEAF7_ECX_OSPKE   BIT(4)

/* Bits the guest doesn't see: always, or where the VMX control that permits the feature is off. */
static const struct {
    uint32_t leaf, subleaf;
    unsigned int reg;
    uint32_t bits;
    uint32_t unless; /* secondary control */
} hidden[] = {
    {1, 0, ECX, BIT(5) | BIT(6), 0},                 /* VMX, SMX */
    {1, 0, ECX, BIT(2) | BIT(4), 0},                 /* DS area: 64 bits, by privilege level */
    {1, 0, EDX, BIT(21), 0},                         /* DS area: see msr.c */
    {7, 0, EBX, BIT(2), 0},                          /* SGX: ENCLS is not intercepted */
    {7, 0, EBX, BIT(10), SECONDARY_INVPCID},         /* INVPCID */
    {7, 0, EBX, BIT(25), 0},                         /* processor trace: see msr.c */
    {7, 0, ECX, BIT(5), SECONDARY_WAIT_PAUSE},       /* WAITPKG */
    {0xd, 1, EAX, BIT(3), SECONDARY_XSAVES},         /* XSAVES */
    {0xd, 1, ECX, BIT(8), 0},                        /* processor trace in XSS */
    {0x80000001, 0, EDX, BIT(27), SECONDARY_RDTSCP}, /* RDTSCP */
};

/* Bits that follow the guest's CR4, not the hypervisor's. */
static const struct {
    uint32_t leaf, bit;
    uint64_t cr4;
} mirrored[] = {
    {1, LEAF1_ECX_OSXSAVE, CR4_OSXSAVE},
    {7, LEAF7_ECX_OSPKE, CR4_PKE},
};

#define LEAF1_ECX_HYPERVISOR BIT(31)

/* Whether the tables say anything about a leaf. Most are the CPU's own answers. */
static bool is_edited(uint32_t leaf)
{
    return leaf == 1 || leaf == 7 || leaf == 0xd || leaf == 0x80000001;
}

static void hide(const struct vcpu *vcpu, uint32_t leaf, uint32_t subleaf, uint32_t *regs)
{
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
        bool permitted = vcpu->secondary_controls & hidden[i].unless;

        /* Leaves 1 and 0x80000001 have no subleaves: whatever ECX says is the same leaf. */
        if (leaf == hidden[i].leaf && !permitted &&
            (subleaf == hidden[i].subleaf || leaf == 1 || leaf == 0x80000001)) {
            regs[hidden[i].reg] &= ~hidden[i].bits;
        }
    }
}

static void mirror(uint32_t leaf, uint32_t subleaf, uint32_t *regs)
{
    for (size_t i = 0; i < sizeof(mirrored) / sizeof(mirrored[0]); i++) {
        if (leaf == mirrored[i].leaf && (leaf == 1 || subleaf == 0)) {
            bool on = vmread(VMCS_GUEST_CR4) & mirrored[i].cr4;

            regs[ECX] = on ? regs[ECX] | mirrored[i].bit : regs[ECX] & ~mirrored[i].bit;
        }
    }
}

/* Apart, so that the common leaves need fewer registers. */
__attribute__((noinline)) static void edit(const struct vcpu *vcpu, uint32_t leaf, uint32_t subleaf,
                                           uint32_t *regs)
{
    hide(vcpu, leaf, subleaf, regs);
    mirror(leaf, subleaf, regs);
    if (leaf == 1) {
        regs[ECX] |= LEAF1_ECX_HYPERVISOR;
    }
}

static void native(const struct vcpu *vcpu, uint32_t leaf, uint32_t subleaf, uint32_t *regs)
{
    struct cpuid_regs r = cpuid(leaf, subleaf);

    regs[EAX] = r.eax;
    regs[EBX] = r.ebx;
    regs[ECX] = r.ecx;
    regs[EDX] = r.edx;
    if (is_edited(leaf)) {
        edit(vcpu, leaf, subleaf, regs);
    }
}

void cpuid_handle(struct vcpu *vcpu)
{
    uint32_t leaf = (uint32_t)vcpu->registers.rax;
    uint32_t subleaf = (uint32_t)vcpu->registers.rcx;
    uint32_t regs[4];

    if (xen_owns_leaf(leaf)) {
        xen_cpuid(vcpu, leaf, subleaf, regs);
    } else {
        native(vcpu, leaf, subleaf, regs);
    }
    vcpu->registers.rax = regs[EAX];
    vcpu->registers.rbx = regs[EBX];
    vcpu->registers.rcx = regs[ECX];
    vcpu->registers.rdx = regs[EDX];
    event_skip_instruction();
}
