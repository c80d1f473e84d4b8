/* SPDX-License-Identifier: BSD-2-Clause */
/* VMX operation of one vCPU: set-up, entry, and the views it runs under. */
#ifndef VMX_VMX_H
#define VMX_VMX_H

#include "core/domain.h"
#include "vmx/instructions.h"

/* Agree on the controls, and give the vCPU the pages that VMX operation takes. At start. */
void vmx_prepare(struct vcpu *vcpu);
/* Turn VMX operation on, on this CPU, of which `cpu` is true. Again after VMXOFF. */
void vmx_enable(const struct cpu_capabilities *cpu, uint64_t vmxon_page);

/* Fill the vCPU's VMCS, but for what start.c writes, and make it current, on its own CPU. */
void vmx_build_vmcs(struct vcpu *vcpu);
/* What the guest sees of the CPU, and pages of bits that all vCPUs share. */
void vmx_build_bitmaps(struct domain *domain);

/* INVEPT on this CPU for one EPTP or ALTP2M_EPTP_ALL; the vCPU's cached translations go as well. */
void vmx_flush(struct vcpu *vcpu, uint64_t eptp);

/* Bring the VMCS in line with vcpu->altp2m: view, VMFUNC, #VE. */
void vmx_load_altp2m(struct vcpu *vcpu);

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

/* exit.S; the entry is a VMLAUNCH. */
extern const char vmx_exit[];
__attribute__((noreturn)) void vmx_entry(struct vcpu *vcpu);

/* Called by exit.S. */
void vmx_handle_exit(struct vcpu *vcpu);
__attribute__((noreturn)) void vmx_entry_failed(struct vcpu *vcpu);

#endif
