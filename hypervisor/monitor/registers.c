/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU's registers as the monitor sees them. Those the hypervisor leaves to the guest are read
 * from the CPU itself. */
#include "cpu/x86.h"
#include "monitor/monitor.h"
#include "vmx/blocking.h"
#include "vmx/control_registers.h"
#include "vmx/event.h"
#include "vmx/vmx.h"

#define GPR_RSP 4

static void get_general(const struct vcpu *vcpu, struct altview_general *to)
{
    for (unsigned int i = 0; i < 16; i++) {
        to->gpr[i] = vcpu->registers.numbered[i];
    }
    to->gpr[GPR_RSP] = vmread(VMCS_GUEST_RSP);
    to->rip = vmread(VMCS_GUEST_RIP);
    to->rflags = vmread(VMCS_GUEST_RFLAGS);
}

static void get_segments(struct altview_segment *to)
{
    for (unsigned int i = 0; i < ALTVIEW_SEGMENTS; i++) {
        uint64_t rights = vmread((enum vmcs_field)(VMCS_GUEST_ES_RIGHTS + 2 * i));

        to[i] = (struct altview_segment){
            .base = vmread((enum vmcs_field)(VMCS_GUEST_ES_BASE + 2 * i)),
            .limit = (uint32_t)vmread((enum vmcs_field)(VMCS_GUEST_ES_LIMIT + 2 * i)),
            .selector = (uint16_t)vmread((enum vmcs_field)(VMCS_GUEST_ES_SELECTOR + 2 * i)),
            .rights = rights >> 16 ? 0 : (uint16_t)rights, /* bit 16: unusable */
        };
    }
}

void monitor_get_registers(struct vcpu *vcpu, struct altview_registers *to)
{
    uint64_t cr0_mask = vmread(VMCS_CR0_MASK), cr4_mask = vmread(VMCS_CR4_MASK);

    *to = (struct altview_registers){
        .cr0 = (vmread(VMCS_CR0_SHADOW) & cr0_mask) | (vmread(VMCS_GUEST_CR0) & ~cr0_mask),
        .cr2 = read_cr2(),
        .cr3 = vmread(VMCS_GUEST_CR3),
        .cr4 = (vmread(VMCS_CR4_SHADOW) & cr4_mask) | (vmread(VMCS_GUEST_CR4) & ~cr4_mask),
        .efer = vmread(VMCS_GUEST_EFER),
        .dr7 = vmread(VMCS_GUEST_DR7),
        .pat = vmread(VMCS_GUEST_PAT),
        .gdtr_base = vmread(VMCS_GUEST_GDTR_BASE),
        .gdtr_limit = (uint32_t)vmread(VMCS_GUEST_GDTR_LIMIT),
        .idtr_base = vmread(VMCS_GUEST_IDTR_BASE),
        .idtr_limit = (uint32_t)vmread(VMCS_GUEST_IDTR_LIMIT),
        .sysenter_cs = vmread(VMCS_GUEST_SYSENTER_CS),
        .sysenter_esp = vmread(VMCS_GUEST_SYSENTER_ESP),
        .sysenter_eip = vmread(VMCS_GUEST_SYSENTER_EIP),
        .star = rdmsr(MSR_STAR),
        .lstar = rdmsr(MSR_LSTAR),
        .cstar = rdmsr(MSR_CSTAR),
        .syscall_mask = rdmsr(MSR_SYSCALL_MASK),
        .kernel_gs_base = rdmsr(MSR_KERNEL_GS_BASE),
    };
    get_general(vcpu, &to->general);
    get_segments(to->segments);
}

void monitor_set_registers(struct vcpu *vcpu, uint32_t mask, const struct altview_general *general,
                           uint64_t cr3)
{
    if (mask & ALTVIEW_SET_GPRS) {
        for (unsigned int i = 0; i < 16; i++) {
            vcpu->registers.numbered[i] = general->gpr[i];
        }
        vmwrite(VMCS_GUEST_RSP, general->gpr[GPR_RSP]);
    }
    if (mask & ALTVIEW_SET_RIP) {
        vmwrite(VMCS_GUEST_RIP, general->rip);
        vmwrite(VMCS_GUEST_ACTIVITY, 0); /* one that sleeps goes there too */
    }
    if (mask & ALTVIEW_SET_RFLAGS) {
        vmwrite(VMCS_GUEST_RFLAGS, general->rflags);
    }
    if (mask & (ALTVIEW_SET_RIP | ALTVIEW_SET_RFLAGS)) {
        blocking_end();
    }
    if (mask & ALTVIEW_SET_CR3) {
        control_register_set_cr3(vcpu, cr3);
    }
}
