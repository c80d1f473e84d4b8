/* SPDX-License-Identifier: BSD-2-Clause */
#include "debug/vendor_fault.h"

#include "core/vendor.h"
#include "svm/svm.h"

/* An exit without a handler: RDTSC's. */
void vendor_fault_unserved(const struct vcpu *vcpu)
{
    vcpu->svm.vmcb->intercepts[3] |= INTERCEPT_RDTSC;
}

/* EFER without SVME: entry_verify.c sees it. */
void vendor_fault_checked_state(const struct vcpu *vcpu)
{
    vcpu->svm.vmcb->efer = 0;
}

void vendor_fault_guest_state(const struct vcpu *vcpu)
{
    entry_verify_stop();
    vendor_fault_checked_state(vcpu);
}

void vendor_fault_entry_controls(const struct vcpu *vcpu)
{
    entry_verify_stop();
    vcpu->svm.vmcb->asid = 0;
}

/* AMD-V loads no list of MSRs. This is the MSR in the VMCB that it checks. */
void vendor_fault_guest_msr(const struct vcpu *vcpu)
{
    entry_verify_stop();
    vcpu->svm.vmcb->efer |= ~UINT64_C(0) << 32;
}
