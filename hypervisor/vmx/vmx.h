/* SPDX-License-Identifier: BSD-2-Clause */
/* VMX operation of one vCPU, and the views it runs under. */
#ifndef VMX_VMX_H
#define VMX_VMX_H

#include "core/vendor.h"
#include "vmx/instructions.h"

/*
 * Run the next instruction with the entries it was lent, or from here on without. A flush for the
 * view in between does the latter: the copy of the view they stand in is no longer true.
 */
void vmx_load_step(struct vcpu *vcpu);
void vmx_leave_step(struct vcpu *vcpu);
/* The same with no entries at all: the guest executes nothing, but may take an interrupt. */
void vmx_load_nothing(struct vcpu *vcpu);

/* Take note that the guest has gone to the view with this EPTP, by VMFUNC. */
void vmx_find_view(struct vcpu *vcpu, uint64_t eptp);

/* Whether the guest has gone to another view since the last exit. */
static inline bool vmx_view_is_stale(const struct vcpu *vcpu)
{
    return vmread_sure(VMCS_EPT_POINTER) != vcpu->eptp;
}

/* Bring vcpu->altp2m->view up to date: each exit sees to it first. */
static inline void vmx_refresh_view(struct vcpu *vcpu)
{
    if (vmx_view_is_stale(vcpu)) {
        vmx_find_view(vcpu, vmread(VMCS_EPT_POINTER));
    }
}

void vmx_set_secondary(struct vcpu *vcpu, uint32_t bit, bool on);
void vmx_set_processor(struct vcpu *vcpu, uint32_t bit, bool on);

/* exit.S, which has vendor_enter as well: a VMLAUNCH. */
extern const char vmx_exit[];

/* Called by exit.S. */
void vmx_handle_exit(struct vcpu *vcpu);
__attribute__((noreturn)) void vmx_entry_failed(struct vcpu *vcpu);

#endif
