/* SPDX-License-Identifier: BSD-2-Clause */
/* A VMCS's initial content. altview writes each field once, here. SDM Vol. 3C 25 and 27 list
 * them. */
#include "vmx/control_registers.h"
#include "vmx/event.h"
#include "vmx/instructions.h"
#include "vmx/vmx.h"
#include "x86/tables.h"
#include "x86/x86.h"

#include <stddef.h>

#define VPID_GUEST 1

/* In ticks of the crystal's clock, to which the CPU adds a margin: some 30 ms, longer than a WBINVD
 * takes. */
#define TIMEOUT_TICKS 0x100000

struct field_value {
    enum vmcs_field field;
    uint64_t value;
};

static void write_fields(const struct field_value *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        vmwrite(fields[i].field, fields[i].value);
    }
}

#define WRITE_FIELDS(...)                                                                          \
    do {                                                                                           \
        const struct field_value fields[] = {__VA_ARGS__};                                         \
                                                                                                   \
        write_fields(fields, sizeof(fields) / sizeof(fields[0]));                                  \
    } while (0)

/* Fields that a vCPU's start does not change. */
static void write_guest_state(const struct domain *domain)
{
    WRITE_FIELDS({VMCS_CR0_MASK, control_registers_mask_cr0(domain)},
                 {VMCS_CR4_MASK, control_registers_mask_cr4(domain)},
                 {VMCS_GUEST_PAT, rdmsr(MSR_IA32_PAT)}, {VMCS_LINK_POINTER, ~UINT64_C(0)});
}

/* Base of the TSS that TR names: a 16-byte descriptor (SDM Vol. 3A 8.2.3). */
static uint64_t tss_base(uint64_t gdt, uint16_t selector)
{
    const uint32_t *words = (const uint32_t *)(gdt + (selector & ~7U));

    return words[0] >> 16 | (uint64_t)(words[1] & 0xff) << 16 | (uint64_t)(words[1] & 0xff000000) |
           (uint64_t)words[2] << 32;
}

static void write_host_state(struct vcpu *vcpu)
{
    struct descriptor_table gdt, idt;
    uint16_t cs, ss, tr;

    __asm__("sgdt %0" : "=m"(gdt));
    __asm__("sidt %0" : "=m"(idt));
    __asm__("mov %%cs, %0" : "=r"(cs));
    __asm__("mov %%ss, %0" : "=r"(ss));
    __asm__("str %0" : "=r"(tr));
    WRITE_FIELDS(
        {VMCS_HOST_CR0, read_cr0()}, {VMCS_HOST_CR3, read_cr3()}, {VMCS_HOST_CR4, read_cr4()},
        {VMCS_HOST_CS_SELECTOR, cs}, {VMCS_HOST_SS_SELECTOR, ss}, {VMCS_HOST_DS_SELECTOR, 0},
        {VMCS_HOST_ES_SELECTOR, 0}, {VMCS_HOST_FS_SELECTOR, 0}, {VMCS_HOST_GS_SELECTOR, 0},
        {VMCS_HOST_TR_SELECTOR, tr}, {VMCS_HOST_FS_BASE, 0}, {VMCS_HOST_GS_BASE, 0},
        {VMCS_HOST_TR_BASE, tss_base(gdt.base, tr)}, {VMCS_HOST_GDTR_BASE, gdt.base},
        {VMCS_HOST_IDTR_BASE, idt.base}, {VMCS_HOST_SYSENTER_CS, 0}, {VMCS_HOST_SYSENTER_ESP, 0},
        {VMCS_HOST_SYSENTER_EIP, 0}, {VMCS_HOST_PAT, rdmsr(MSR_IA32_PAT)},
        {VMCS_HOST_EFER, rdmsr(MSR_IA32_EFER)}, {VMCS_HOST_RSP, (uint64_t)(&vcpu->registers + 1)},
        {VMCS_HOST_RIP, (uint64_t)vmx_exit});
}

static void write_controls(const struct vcpu *vcpu)
{
    const uint32_t *initial = vcpu->vmx.controls.initial;

    WRITE_FIELDS({VMCS_PIN_CONTROLS, initial[CONTROL_PIN]},
                 {VMCS_PROCESSOR_CONTROLS, initial[CONTROL_PROCESSOR]},
                 {VMCS_SECONDARY_CONTROLS, initial[CONTROL_SECONDARY]},
                 {VMCS_EXIT_CONTROLS, initial[CONTROL_EXIT]},
                 {VMCS_ENTRY_CONTROLS, initial[CONTROL_ENTRY]},
                 {VMCS_EXCEPTION_BITMAP, vcpu->vmx.exceptions}, {VMCS_PF_ERROR_MASK, 0},
                 {VMCS_PF_ERROR_MATCH, 0}, {VMCS_CR3_TARGETS, 0}, {VMCS_EXIT_MSR_STORES, 0},
                 {VMCS_EXIT_MSR_LOADS, 0}, {VMCS_ENTRY_MSR_LOADS, 0},
                 {VMCS_IO_BITMAP_A, vcpu->domain->io_bitmaps[0]},
                 {VMCS_IO_BITMAP_B, vcpu->domain->io_bitmaps[1]},
                 {VMCS_MSR_BITMAP, vcpu->domain->msr_bitmap});
}

/* Fields that exist only with their control. */
static void write_optional_fields(const struct vcpu *vcpu)
{
    static const struct {
        enum control_word word;
        uint32_t bit;
        struct field_value to;
    } fields[] = {
        {CONTROL_PIN, PIN_PREEMPTION_TIMER, {VMCS_PREEMPTION_TIMER, UINT32_MAX}}, /* far away */
        {CONTROL_SECONDARY, SECONDARY_VPID, {VMCS_VPID, VPID_GUEST}},
        {CONTROL_SECONDARY, SECONDARY_TIMEOUT, {VMCS_INSTRUCTION_TIMEOUT, TIMEOUT_TICKS}},
        {CONTROL_SECONDARY, SECONDARY_XSAVES, {VMCS_XSS_EXITING_BITMAP, 0}},
        {CONTROL_SECONDARY, SECONDARY_VMFUNC, {VMCS_VMFUNC_CONTROLS, VMFUNC_EPTP_SWITCHING}},
        {CONTROL_EXIT, EXIT_LOAD_CET, {VMCS_HOST_S_CET, 0}},
        {CONTROL_EXIT, EXIT_LOAD_CET, {VMCS_HOST_SSP, 0}},
        {CONTROL_EXIT, EXIT_LOAD_CET, {VMCS_HOST_SSP_TABLE, 0}},
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (vmx_can(&vcpu->vmx.controls, fields[i].word, fields[i].bit)) {
            write_fields(&fields[i].to, 1);
        }
    }
    if (vmx_can(&vcpu->vmx.controls, CONTROL_SECONDARY, SECONDARY_VMFUNC)) {
        vmwrite(VMCS_EPTP_LIST, altp2m_visible_list_address(&vcpu->domain->altp2m, vcpu->altp2m));
    }
}

void vendor_build(struct vcpu *vcpu)
{
    vmclear(vcpu->vmx.vmcs_page);
    vmptrld(vcpu->vmx.vmcs_page);
    vcpu->tables->vcpu = vcpu; /* now NMIs find their vCPU */
    write_controls(vcpu);
    write_optional_fields(vcpu);
    write_host_state(vcpu);
    write_guest_state(vcpu->domain);
}
