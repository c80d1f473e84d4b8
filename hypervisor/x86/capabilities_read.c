/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of the capabilities that must run on the CPU. */
#include "capabilities.h"
#include "x86.h"

#define CPUID1_ECX_VMX     (1U << 5)
#define CPUID1_ECX_XSAVE   (1U << 26)
#define CPUID_FEATURES     7U
#define CPUID_XSAVE        0xdU
#define CPUID_EXTENDED     0x80000000U
#define CPUID_ADDRESS_SIZE 0x80000008U
#define CPUID_1G_PAGES     (1U << 26) /* leaf 0x80000001, EDX */
#define CPUID_SVM          0x8000000aU

#define FEATURE_VMX  (1U << 2) /* outside SMX */
#define EXTENDED_SVM (1U << 2)
#define VM_CR_SVMDIS (UINT64_C(1) << 4)

#define BASIC_TRUE_CONTROLS (UINT64_C(1) << 55)
#define PROCESSOR_SECONDARY (UINT64_C(1) << (32 + 31))
#define SECONDARY_EPT       (UINT64_C(1) << (32 + 1))
#define SECONDARY_VPID      (UINT64_C(1) << (32 + 5))
#define SECONDARY_VMFUNC    (UINT64_C(1) << (32 + 13))
#define TRUE_MINUS_PLAIN    (0x48d - 0x481)

enum {
    MSR_VMX_BASIC = 0x480,
    MSR_VMX_PIN = 0x481, /* the four controls; their "true" twins follow in the same order */
    MSR_VMX_PROCESSOR = 0x482,
    MSR_VMX_EXIT = 0x483,
    MSR_VMX_ENTRY = 0x484,
    MSR_VMX_MISC = 0x485,
    MSR_VMX_CR0_FIXED0 = 0x486,
    MSR_VMX_CR0_FIXED1 = 0x487,
    MSR_VMX_CR4_FIXED0 = 0x488,
    MSR_VMX_CR4_FIXED1 = 0x489,
    MSR_VMX_SECONDARY = 0x48b,
    MSR_VMX_EPT_VPID = 0x48c,
    MSR_VMX_VMFUNC = 0x491,
};

static void read_vmx(struct vmx_msrs *vmx)
{
    uint32_t twin;

    vmx->basic = rdmsr(MSR_VMX_BASIC);
    twin = vmx->basic & BASIC_TRUE_CONTROLS ? TRUE_MINUS_PLAIN : 0;
    vmx->pin = rdmsr(MSR_VMX_PIN + twin);
    vmx->processor = rdmsr(MSR_VMX_PROCESSOR + twin);
    vmx->exit = rdmsr(MSR_VMX_EXIT + twin);
    vmx->entry = rdmsr(MSR_VMX_ENTRY + twin);
    vmx->misc = rdmsr(MSR_VMX_MISC);
    vmx->cr0_fixed0 = rdmsr(MSR_VMX_CR0_FIXED0);
    vmx->cr0_fixed1 = rdmsr(MSR_VMX_CR0_FIXED1);
    vmx->cr4_fixed0 = rdmsr(MSR_VMX_CR4_FIXED0);
    vmx->cr4_fixed1 = rdmsr(MSR_VMX_CR4_FIXED1);
    if (vmx->processor & PROCESSOR_SECONDARY) {
        vmx->secondary = rdmsr(MSR_VMX_SECONDARY);
    }
    if (vmx->secondary & (SECONDARY_EPT | SECONDARY_VPID)) {
        vmx->ept_vpid = rdmsr(MSR_VMX_EPT_VPID);
    }
    if (vmx->secondary & SECONDARY_VMFUNC) {
        vmx->vmfunc = rdmsr(MSR_VMX_VMFUNC);
    }
}

unsigned int capabilities_physical_bits(void)
{
    uint32_t last = cpuid(CPUID_EXTENDED, 0).eax;

    return last >= CPUID_ADDRESS_SIZE ? cpuid(CPUID_ADDRESS_SIZE, 0).eax & 0xff : 36;
}

static void read_address_sizes(struct cpu_capabilities *cpu)
{
    cpu->physical_bits = capabilities_physical_bits();
    cpu->pages_1g = cpuid(CPUID_EXTENDED + 1, 0).edx & CPUID_1G_PAGES;
}

static uint64_t read_features(void)
{
    struct cpuid_regs r = cpuid(CPUID_FEATURES, 0);

    return cpuid(0, 0).eax >= CPUID_FEATURES ? r.ebx | (uint64_t)r.ecx << 32 : 0;
}

static void read_xsave(struct cpu_capabilities *cpu)
{
    struct cpuid_regs user = cpuid(CPUID_XSAVE, 0), supervisor = cpuid(CPUID_XSAVE, 1);

    cpu->xcr0 = user.eax | (uint64_t)user.edx << 32;
    cpu->xss = supervisor.ecx | (uint64_t)supervisor.edx << 32;
    cpu->xsave = supervisor.eax;
}

/* Read CPUID, and VM_CR where CPUID promises it. */
static void svm_capabilities_read(struct svm_capabilities *svm)
{
    struct cpuid_regs extended = cpuid(CPUID_EXTENDED + 1, 0), r;

    *svm = (struct svm_capabilities){.extended = extended.ecx | (uint64_t)extended.edx << 32};
    if (svm->extended & EXTENDED_SVM && cpuid(CPUID_EXTENDED, 0).eax >= CPUID_SVM) {
        r = cpuid(CPUID_SVM, 0);
        svm->features = r.edx;
        svm->asids = r.ebx;
        svm->vm_cr = rdmsr(MSR_VM_CR);
    }
}

bool svm_capabilities_unlock(void)
{
    uint64_t old = rdmsr(MSR_VM_CR), now = svm_vm_cr(old);

    if (now != old) {
        wrmsr(MSR_VM_CR, now);
    }
    return !(now & VM_CR_SVMDIS);
}

void capabilities_read(struct cpu_capabilities *cpu)
{
    *cpu = (struct cpu_capabilities){.cpuid7 = read_features()};
    read_address_sizes(cpu);
    cpu->cpuid1_ecx = cpuid(1, 0).ecx;
    if (cpu->cpuid1_ecx & CPUID1_ECX_XSAVE && cpuid(0, 0).eax >= CPUID_XSAVE) {
        read_xsave(cpu);
    }
    svm_capabilities_read(&cpu->svm);
    if (cpu->cpuid1_ecx & CPUID1_ECX_VMX) {
        cpu->feature_control = rdmsr(MSR_IA32_FEATURE_CONTROL);
        read_vmx(&cpu->vmx);
    }
}

bool capabilities_unlock(void)
{
    uint64_t old = rdmsr(MSR_IA32_FEATURE_CONTROL), control = capabilities_feature_control(old);

    if (control != old) {
        wrmsr(MSR_IA32_FEATURE_CONTROL, control);
    }
    return control & FEATURE_VMX;
}
