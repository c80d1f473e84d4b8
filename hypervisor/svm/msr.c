/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's MSRs whose writes a monitor watches. */
#include "base/index.h"
#include "core/control_registers.h"
#include "core/vcpu_view.h"
#include "core/vendor.h"
#include "svm/svm.h"

/* The MSRs that VMLOAD and VMSAVE switch: root mode has its own, and does not use them. */
static const struct {
    uint32_t msr;
    uint16_t offset;
} switched[] = {
    {MSR_IA32_SYSENTER_CS, offsetof(struct vmcb, sysenter_cs)},
    {MSR_IA32_SYSENTER_ESP, offsetof(struct vmcb, sysenter_esp)},
    {MSR_IA32_SYSENTER_EIP, offsetof(struct vmcb, sysenter_eip)},
    {MSR_STAR, offsetof(struct vmcb, star)},
    {MSR_LSTAR, offsetof(struct vmcb, lstar)},
    {MSR_CSTAR, offsetof(struct vmcb, cstar)},
    {MSR_SYSCALL_MASK, offsetof(struct vmcb, syscall_mask)},
    {MSR_FS_BASE, offsetof(struct vmcb, fs.base)},
    {MSR_GS_BASE, offsetof(struct vmcb, gs.base)},
    {MSR_KERNEL_GS_BASE, offsetof(struct vmcb, kernel_gs_base)},
};

/* NULL: the guest has the CPU's. */
static uint64_t *place(struct vcpu *vcpu, uint32_t msr)
{
    for (size_t i = 0; i < INDEX_COUNT(switched); i++) {
        if (switched[i].msr == msr) {
            return (uint64_t *)((uint8_t *)vcpu->svm.vmcb + switched[i].offset);
        }
    }
    return NULL;
}

/* All of IA32_DEBUGCTL is off, and stays so. */
bool vendor_msr_get(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
    const uint64_t *held = place(vcpu, msr);

    if (held) {
        *value = *held;
        return true;
    }
    switch (msr) {
    case MSR_IA32_EFER:
        *value = guest_get(vcpu, GUEST_EFER);
        return true;
    case MSR_IA32_PAT:
        *value = vcpu->svm.tcg ? rdmsr(msr) : vcpu->svm.vmcb->pat;
        return true;
    case MSR_IA32_DEBUGCTL:
        *value = 0;
        return true;
    default:
        return rdmsr_try(msr, value);
    }
}

static bool set_efer(struct vcpu *vcpu, uint64_t value)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;

    if (!control_register_admits_efer(vcpu, value)) {
        return false;
    }
    vmcb->efer = (value & EFER_WRITTEN) | (vmcb->efer & EFER_LMA) | EFER_SVME;
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL); /* NXE defines bit 63 */
    return true;
}

/* QEMU 7.2 does not switch it: the guest has the CPU's. */
static bool set_pat(struct vcpu *vcpu, uint64_t value)
{
    if (!control_register_admits_pat(value)) {
        return false;
    }
    if (vcpu->svm.tcg) {
        wrmsr(MSR_IA32_PAT, value);
    }
    vcpu->svm.vmcb->pat = value;
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL);
    return true;
}

/* The CPU checks it, and gives what it keeps of it. */
static bool set_switched(uint64_t *held, uint32_t msr, uint64_t value)
{
    uint64_t own = rdmsr(msr);

    if (!wrmsr_try(msr, value)) {
        return false;
    }
    *held = rdmsr(msr);
    wrmsr(msr, own);
    return true;
}

bool vendor_msr_set(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
    uint64_t *held = place(vcpu, msr);

    if (held) {
        return set_switched(held, msr, value);
    }
    switch (msr) {
    case MSR_IA32_EFER:
        return set_efer(vcpu, value);
    case MSR_IA32_PAT:
        return set_pat(vcpu, value);
    case MSR_IA32_DEBUGCTL:
        return !value;
    default:
        return wrmsr_try(msr, value);
    }
}
