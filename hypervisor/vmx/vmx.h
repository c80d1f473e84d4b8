/* SPDX-License-Identifier: BSD-2-Clause */
/* VMX operation of one vCPU. */
#ifndef VMX_VMX_H
#define VMX_VMX_H

#include "core/vcpu_view.h"
#include "core/vendor.h"
#include "vmx/instructions.h"

/* Whether the guest has gone to another view since the last exit. */
static inline bool vmx_view_is_stale(const struct vcpu *vcpu)
{
    return vmread_sure(VMCS_EPT_POINTER) != vcpu->eptp;
}

/* Bring vcpu->altp2m->view up to date: each exit sees to it first. */
static inline void vmx_refresh_view(struct vcpu *vcpu)
{
    if (vmx_view_is_stale(vcpu)) {
        vcpu_find_view(vcpu, vmread(VMCS_EPT_POINTER));
    }
}

void vmx_set_secondary(struct vcpu *vcpu, uint32_t bit, bool on);
void vmx_set_processor(struct vcpu *vcpu, uint32_t bit, bool on);

/* exit.S, which has vendor_enter as well: a VMLAUNCH. */
extern const char vmx_exit[];

/* Called by exit.S. */
__attribute__((noreturn)) void vmx_entry_failed(struct vcpu *vcpu);

#endif
