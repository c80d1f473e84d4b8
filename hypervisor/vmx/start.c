/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/start.h"

#include "cpu/x86.h"
#include "vmx/control_registers.h"
#include "vmx/event.h"
#include "vmx/vmx.h"

#define CR0_ET          (1UL << 4)
#define DR7_FIXED       0x400
#define CPUID_SIGNATURE 1 /* leaf: EDX after INIT is its EAX */

#define RIGHTS_FLAT_CODE 0xc09bU /* 32-bit, present, DPL 0, 4 GiB, accessed */
#define RIGHTS_REAL_DATA 0x0093U
#define RIGHTS_EMPTY_LDT 0x0082U
#define LIMIT_FLAT       0xffffffffU
#define LIMIT_REAL       0xffffU
#define LIMIT_TSS        0x67U

static void set_segment(struct guest_start *s, enum segment segment, uint32_t limit,
                        uint32_t rights)
{
    s->segments[segment].limit = limit;
    s->segments[segment].rights = rights;
}

void start_fill_first(struct guest_start *s, const struct guest_entry *entry)
{
    *s = (struct guest_start){
        .registers = {.rbx = entry->ebx, .rsi = entry->esi},
        .rip = entry->eip,
        .rflags = RFLAGS_FIXED,
        .cr0 = CR0_PE | CR0_ET,
        .gdt = entry->gdt,
        .table_limit = entry->gdt_size ? entry->gdt_size - 1 : 0,
    };
    s->segments[CS].selector = entry->code;
    s->segments[DS].selector = s->segments[ES].selector = s->segments[SS].selector = entry->data;
    set_segment(s, CS, LIMIT_FLAT, RIGHTS_FLAT_CODE);
    set_segment(s, DS, LIMIT_FLAT, RIGHTS_FLAT_DATA);
    set_segment(s, ES, LIMIT_FLAT, RIGHTS_FLAT_DATA);
    set_segment(s, SS, LIMIT_FLAT, RIGHTS_FLAT_DATA);
    set_segment(s, FS, 0, RIGHTS_UNUSABLE);
    set_segment(s, GS, 0, RIGHTS_UNUSABLE);
    set_segment(s, LDTR, 0, RIGHTS_UNUSABLE);
    set_segment(s, TR, LIMIT_TSS, RIGHTS_BUSY_TSS);
}

/* CS as data: Bochs 2.7 enters real mode with no other. INIT leaves CR0.CD and NW alone: off. */
void start_fill_sipi(struct guest_start *s, uint8_t vector)
{
    *s = (struct guest_start){
        .registers = {.rdx = cpuid(CPUID_SIGNATURE, 0).eax},
        .rflags = RFLAGS_FIXED,
        .cr0 = CR0_ET,
        .table_limit = LIMIT_REAL,
    };
    for (unsigned int i = ES; i <= GS; i++) {
        set_segment(s, (enum segment)i, LIMIT_REAL, RIGHTS_REAL_DATA);
    }
    s->segments[CS].selector = (uint16_t)(vector << 8);
    s->segments[CS].base = (uint64_t)vector << 12;
    set_segment(s, LDTR, LIMIT_REAL, RIGHTS_EMPTY_LDT);
    set_segment(s, TR, LIMIT_REAL, RIGHTS_BUSY_TSS);
}

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

    vmwrite(VMCS_GUEST_CR0, (s->cr0 & ~CR0_CACHES) | (msrs->cr0_fixed0 & ~(CR0_PE | CR0_PG)));
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
    if (vmx_can(&vcpu->controls, CONTROL_ENTRY, ENTRY_LOAD_CET)) {
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
    vmwrite(VMCS_GUEST_RIP, s->rip);
    vmwrite(VMCS_GUEST_RSP, s->rsp);
    vmwrite(VMCS_GUEST_RFLAGS, s->rflags);
    load_segments(s);
    load_control_registers(vcpu, s);
    clear_the_rest(s);
    clear_cet(vcpu);
    vcpu->moment++;
    vcpu->rewritten = RESTARTED;
    vmx_flush(vcpu, ALTP2M_EPTP_ALL); /* of combined mappings: paging has changed */
}
