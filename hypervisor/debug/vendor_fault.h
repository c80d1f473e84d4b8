/* SPDX-License-Identifier: BSD-2-Clause */
/* The faults of debug/fault.h that are about a vendor's structures: vmx/fault.c, svm/fault.c. */
#ifndef DEBUG_VENDOR_FAULT_H
#define DEBUG_VENDOR_FAULT_H

#include "core/vcpu.h"

/* The next exit has no handler. */
void vendor_fault_unserved(const struct vcpu *vcpu);
/* The debug build's check before an entry fails. */
void vendor_fault_checked_state(const struct vcpu *vcpu);
/* The CPU refuses the entry: for the guest's state, for the controls, for an MSR to load. */
void vendor_fault_guest_state(const struct vcpu *vcpu);
void vendor_fault_entry_controls(const struct vcpu *vcpu);
void vendor_fault_guest_msr(const struct vcpu *vcpu);

#endif
