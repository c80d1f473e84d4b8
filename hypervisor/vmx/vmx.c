/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/vmx.h"

#include "base/debug.h"
#include "base/log.h"
#include "base/string.h"
#include "memory/pages.h"
#include "vmx/control_registers.h"
#include "vmx/event.h"
#include "x86/tables.h"
#include "x86/x86.h"

#define BASIC_REVISION 0x7fffffffU
#define CPUID_1_XSAVE  (1U << 26)

/* A VMXON region or VMCS: a page that starts with the CPU's revision (SDM Vol. 3C 25.2). */
static uint64_t revision_page(const struct vmx_msrs *msrs)
{
    void *page = pages_alloc();

    if (!page) {
        machine_end(STATUS_NO_MEMORY, "no memory left for the virtual CPU's pages");
    }
    memset(page, 0, PAGE_SIZE);
    *(uint32_t *)page = (uint32_t)msrs->basic & BASIC_REVISION;
    return phys_of(page);
}

/* CR4 in root mode: VMX and machine checks, XSETBV for the guest, and protection against accesses
 * to user pages. */
static uint64_t host_cr4(const struct cpu_capabilities *cpu)
{
    return read_cr4() | control_registers_own_cr4(&cpu->vmx) |
           (cpu->cpuid1_ecx & CPUID_1_XSAVE ? CR4_OSXSAVE : 0) | (cpu->smep ? CR4_SMEP : 0) |
           (cpu->smap ? CR4_SMAP : 0) | (cpu->umip ? CR4_UMIP : 0);
}

/* A feature that main.c has decided not to use counts as missing. */
static void forgo(struct vcpu *vcpu, uint32_t control, bool used)
{
    vcpu->vmx.controls.available[CONTROL_SECONDARY] &= used ? ~0U : ~control;
}

void vendor_prepare(struct vcpu *vcpu)
{
    const struct cpu_capabilities *cpu = &vcpu->domain->boot->cpu;
    const char *lacks = vmx_controls_negotiate(&vcpu->vmx.controls, &cpu->vmx);

    if (lacks) {
        panic("this CPU's VT-x lacks %s, and was taken all the same", lacks);
    }
    forgo(vcpu, SECONDARY_VMFUNC, capabilities_has_vmfunc(cpu));
    forgo(vcpu, SECONDARY_VE, cpu->ve);
    vcpu->vmx.exceptions = EXCEPTIONS_EXITING;
    vcpu->vmx.processor_controls = vcpu->vmx.controls.initial[CONTROL_PROCESSOR];
    vcpu->vmx.secondary_controls = vcpu->vmx.controls.initial[CONTROL_SECONDARY];
    vcpu->vmx.invept_single = cpu->invept_single;
    vcpu->root_page = revision_page(&cpu->vmx);
    vcpu->vmx.vmcs_page = revision_page(&cpu->vmx);
}

void vendor_enable(const struct cpu_capabilities *cpu, uint64_t root_page)
{
    *(uint32_t *)virt_of(root_page) = (uint32_t)cpu->vmx.basic & BASIC_REVISION;
    write_cr0(read_cr0() | cpu->vmx.cr0_fixed0);
    write_cr4(host_cr4(cpu));
    vmxon(root_page);
}

static void set_control(uint32_t *cached, enum vmcs_field field, uint32_t bit, bool on)
{
    uint32_t value = on ? *cached | bit : *cached & ~bit;

    if (value != *cached) {
        *cached = value;
        vmwrite(field, value);
    }
}

static void vmx_set_secondary(struct vcpu *vcpu, uint32_t bit, bool on)
{
    set_control(&vcpu->vmx.secondary_controls, VMCS_SECONDARY_CONTROLS, bit, on);
}

void vmx_set_processor(struct vcpu *vcpu, uint32_t bit, bool on)
{
    set_control(&vcpu->vmx.processor_controls, VMCS_PROCESSOR_CONTROLS, bit, on);
}

void event_interrupt_window(struct vcpu *vcpu, bool on)
{
    vmx_set_processor(vcpu, PROCESSOR_INTERRUPT_WINDOW, on);
}

static void load_ve(struct vcpu *vcpu)
{
    const struct altp2m_vcpu *altp2m = vcpu->altp2m;
    bool on = altp2m->notify_gfn != ALTP2M_INVALID_GFN;

    if (!vmx_can(&vcpu->vmx.controls, CONTROL_SECONDARY, SECONDARY_VE)) {
        return; /* #VE is delivered in software */
    }
    if (on) {
        vmwrite(VMCS_VE_INFORMATION, altp2m->notify_mfn << ALTP2M_PAGE_SHIFT);
        vmwrite(VMCS_EPTP_INDEX, altp2m->view);
    }
    vmx_set_secondary(vcpu, SECONDARY_VE, on);
}

/* By the CPU. Else run/vmfunc.c gets each #UD. */
static void let_vmfunc(struct vcpu *vcpu, bool on)
{
    if (vmx_can(&vcpu->vmx.controls, CONTROL_SECONDARY, SECONDARY_VMFUNC)) {
        vmx_set_secondary(vcpu, SECONDARY_VMFUNC, on);
    } else {
        set_control(&vcpu->vmx.exceptions, VMCS_EXCEPTION_BITMAP, 1U << VECTOR_UD, on);
    }
}

void vendor_load_switches(struct vcpu *vcpu)
{
    let_vmfunc(vcpu, vcpu->altp2m->vmfunc);
    load_ve(vcpu);
}
