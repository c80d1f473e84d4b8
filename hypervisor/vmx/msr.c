/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's MSRs whose writes a monitor watches. */
#include "base/index.h"
#include "core/control_registers.h"
#include "vmx/vmx.h"

#define MSR_S_CET                    0x6a2U
#define MSR_INTERRUPT_SSP_TABLE_ADDR 0x6a8U

/* IA32_DEBUGCTL (SDM Vol. 3B 18.4.1). LBR and BTF: every CPU has them. TR, BTS and BTINT: no guest
 * sees the feature that they belong to. */
#define DEBUGCTL_SAFE  UINT64_C(0x3)
#define DEBUGCTL_NEVER UINT64_C(0x1c0)

/*
 * MSRs that exit and entry switch (SDM Vol. 3C 28.3, 28.5). In root mode these have no effect, so
 * that the CPU may check a value there; but for bits that are `kept` from it. The VMCS has CET's
 * only with their control.
 */
static const struct {
    uint32_t msr;
    enum vmcs_field field;
    uint64_t kept;
} switched[] = {
    {MSR_IA32_SYSENTER_CS, VMCS_GUEST_SYSENTER_CS, 0},
    {MSR_IA32_SYSENTER_ESP, VMCS_GUEST_SYSENTER_ESP, 0},
    {MSR_IA32_SYSENTER_EIP, VMCS_GUEST_SYSENTER_EIP, 0},
    {MSR_IA32_DEBUGCTL, VMCS_GUEST_DEBUGCTL, DEBUGCTL_SAFE},
    {MSR_S_CET, VMCS_GUEST_S_CET, 0},
    {MSR_INTERRUPT_SSP_TABLE_ADDR, VMCS_GUEST_SSP_TABLE, 0},
    {MSR_FS_BASE, VMCS_GUEST_FS_BASE, 0},
    {MSR_GS_BASE, VMCS_GUEST_GS_BASE, 0},
};
#define SWITCHED INDEX_COUNT(switched)

/* The row of an MSR, or SWITCHED: the guest has the CPU's. */
static size_t find(uint32_t msr)
{
    size_t i = 0;

    while (i < SWITCHED && switched[i].msr != msr) {
        i++;
    }
    return i;
}

/* The guest has CET's MSRs only if the VMCS has their fields (NEEDS_CET). */
static bool is_hidden_cet(const struct vcpu *vcpu, uint32_t msr)
{
    return (msr == MSR_S_CET || msr == MSR_INTERRUPT_SSP_TABLE_ADDR) &&
           !vmx_can(&vcpu->vmx.controls, CONTROL_ENTRY, ENTRY_LOAD_CET);
}

bool vendor_msr_get(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
    size_t i = find(msr);

    if (is_hidden_cet(vcpu, msr)) {
        return false;
    }
    if (msr == MSR_IA32_EFER || msr == MSR_IA32_PAT) {
        *value = vmread(msr == MSR_IA32_EFER ? VMCS_GUEST_EFER : VMCS_GUEST_PAT);
        return true;
    }
    if (i < SWITCHED) {
        *value = vmread(switched[i].field);
        return true;
    }
    return rdmsr_try(msr, value);
}

static bool set_efer(struct vcpu *vcpu, uint64_t value)
{
    if (!control_register_admits_efer(vcpu, value)) {
        return false;
    }
    vmwrite(VMCS_GUEST_EFER, (value & EFER_WRITTEN) | (vmread(VMCS_GUEST_EFER) & EFER_LMA));
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL); /* NXE defines bit 63 */
    return true;
}

static bool set_pat(struct vcpu *vcpu, uint64_t value)
{
    if (!control_register_admits_pat(value)) {
        return false;
    }
    vmwrite(VMCS_GUEST_PAT, value);
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL);
    return true;
}

/* The CPU checks it, and gives what it keeps of it. */
static bool set_switched(size_t i, uint64_t value)
{
    uint32_t msr = switched[i].msr;
    uint64_t own = rdmsr(msr), kept = switched[i].kept;

    if (!wrmsr_try(msr, value & ~kept)) {
        return false;
    }
    vmwrite(switched[i].field, rdmsr(msr) | (value & kept));
    wrmsr(msr, own);
    return true;
}

bool vendor_msr_set(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
    size_t i = find(msr);

    if (is_hidden_cet(vcpu, msr) || (msr == MSR_IA32_DEBUGCTL && value & DEBUGCTL_NEVER)) {
        return false;
    }
    switch (msr) {
    case MSR_IA32_EFER:
        return set_efer(vcpu, value);
    case MSR_IA32_PAT:
        return set_pat(vcpu, value);
    default:
        return i < SWITCHED ? set_switched(i, value) : wrmsr_try(msr, value);
    }
}
