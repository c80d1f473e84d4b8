/* SPDX-License-Identifier: BSD-2-Clause */
#include "debug/vendor_fault.h"

#include "core/domain.h"
#include "core/vendor.h"
#include "memory/pages.h"
#include "vmx/instructions.h"
#include "x86/x86.h"

/* An exit without a handler: PAUSE (SDM Vol. 3C 25.6.2). */
void vendor_fault_unserved(const struct vcpu *vcpu)
{
    vmwrite(VMCS_PROCESSOR_CONTROLS, vcpu->vmx.processor_controls | 1U << 30);
}

/* RFLAGS without its fixed bit: entry_verify.c sees it. */
void vendor_fault_checked_state(const struct vcpu *vcpu)
{
    (void)vcpu;
    vmwrite(VMCS_GUEST_RFLAGS, 0);
}

/* VM entries that the CPU refuses: the same; no controls; an MSR in the load list that may not be
 * there (SDM Vol. 3C 27.4). */
void vendor_fault_guest_state(const struct vcpu *vcpu)
{
    entry_verify_stop();
    vendor_fault_checked_state(vcpu);
}

void vendor_fault_entry_controls(const struct vcpu *vcpu)
{
    (void)vcpu;
    entry_verify_stop();
    vmwrite(VMCS_ENTRY_CONTROLS, 0);
}

void vendor_fault_guest_msr(const struct vcpu *vcpu)
{
    uint64_t *list = pages_alloc();

    (void)vcpu;
    entry_verify_stop();
    list[0] = MSR_FS_BASE;
    list[1] = 0;
    vmwrite(VMCS_ENTRY_MSR_LIST, phys_of(list));
    vmwrite(VMCS_ENTRY_MSR_LOADS, 1);
}
