/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading a vCPU's start registers into its VMCS. */
#include "core/start.h"
#include "vmx/control_registers.h"
#include "vmx/vmx.h"

#define DR7_FIXED 0x400

static void load_segments(const struct guest_start *s)
{
    for (unsigned int i = 0; i < SEGMENTS; i++) {
        vmwrite((enum vmcs_field)(VMCS_GUEST_ES_SELECTOR + 2 * i), s->segments[i].selector);
        vmwrite((enum vmcs_field)(VMCS_GUEST_ES_BASE + 2 * i), s->segments[i].base);
        vmwrite((enum vmcs_field)(VMCS_GUEST_ES_LIMIT + 2 * i), s->segments[i].limit);
        vmwrite((enum vmcs_field)(VMCS_GUEST_ES_RIGHTS + 2 * i), s->segments[i].rights);
    }
}

static void load_control_registers(const struct vcpu *vcpu, const struct guest_start *s)
{
    const struct vmx_msrs *msrs = &vcpu->domain->boot->cpu.vmx;
    uint64_t controls = vmread(VMCS_ENTRY_CONTROLS) & ~(uint64_t)ENTRY_GUEST_64BIT;

    vmwrite(VMCS_GUEST_CR0, (s->cr0 & ~CR0_CACHES) | control_registers_fixed_cr0(msrs));
    vmwrite(VMCS_CR0_SHADOW, s->cr0);
    vmwrite(VMCS_GUEST_CR3, s->cr3);
    vmwrite(VMCS_GUEST_CR4, s->cr4 | control_registers_own_cr4(msrs));
    vmwrite(VMCS_CR4_SHADOW, s->cr4);
    vmwrite(VMCS_GUEST_EFER, s->efer);
    vmwrite(VMCS_ENTRY_CONTROLS, s->efer & EFER_LMA ? controls | ENTRY_GUEST_64BIT : controls);
}

/* No shadow stack, no branch tracking. The fields exist only with the control. */
static void clear_cet(const struct vcpu *vcpu)
{
    if (vmx_can(&vcpu->vmx.controls, CONTROL_ENTRY, ENTRY_LOAD_CET)) {
        vmwrite(VMCS_GUEST_S_CET, 0);
        vmwrite(VMCS_GUEST_SSP, 0);
        vmwrite(VMCS_GUEST_SSP_TABLE, 0);
    }
}

static void clear_the_rest(const struct guest_start *s)
{
    static const enum vmcs_field zero[] = {
        VMCS_GUEST_IDTR_BASE,        VMCS_GUEST_DEBUGCTL,     VMCS_GUEST_SYSENTER_CS,
        VMCS_GUEST_SYSENTER_ESP,     VMCS_GUEST_SYSENTER_EIP, VMCS_GUEST_PENDING_DEBUG,
        VMCS_GUEST_INTERRUPTIBILITY, VMCS_GUEST_ACTIVITY,     VMCS_ENTRY_EVENT,
    };

    for (unsigned int i = 0; i < sizeof(zero) / sizeof(zero[0]); i++) {
        vmwrite(zero[i], 0);
    }
    vmwrite(VMCS_GUEST_GDTR_BASE, s->gdt);
    vmwrite(VMCS_GUEST_GDTR_LIMIT, s->table_limit);
    vmwrite(VMCS_GUEST_IDTR_LIMIT, s->table_limit);
    vmwrite(VMCS_GUEST_DR7, DR7_FIXED);
}

void start_load(struct vcpu *vcpu, const struct guest_start *s)
{
    vcpu->registers = s->registers;
    vcpu->vmx.step.by_flag = vcpu->domain->vcpus[0]->vmx.step.by_flag;
    vmwrite(VMCS_GUEST_RIP, s->rip);
    vmwrite(VMCS_GUEST_RSP, s->rsp);
    vmwrite(VMCS_GUEST_RFLAGS, s->rflags);
    load_segments(s);
    load_control_registers(vcpu, s);
    vendor_watch(vcpu);
    clear_the_rest(s);
    clear_cet(vcpu);
    vcpu->moment++;
    vcpu->rewritten = RESTARTED;
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL); /* of combined mappings: paging has changed */
}
