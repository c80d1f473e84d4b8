/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's registers: SDM Vol. 3C 27.3.1.1, 27.3.1.3, 27.3.1.4. */
#include "entry_check/vmx_parts.h"

#include "x86/x86.h"

#define CR3_LAM          (UINT64_C(3) << 61)
#define EFER_DEFINED     UINT64_C(0xd01)
#define BNDCFGS_RESERVED UINT64_C(0xffc)
#define RFLAGS_RESERVED  UINT64_C(0xffffffffffc08028)
#define CS_L             (UINT64_C(1) << 13)

/* Neither matters to VM entry. An unrestricted guest may be in real mode, and without paging. */
static uint64_t free_of_cr0(const struct vmx_entry_state *s)
{
    return CR0_NW | CR0_CD | (vmx_is_unrestricted(s) ? CR0_PE | CR0_PG : 0);
}

static void control_registers(struct rule_walk *w, const struct vmx_entry_state *s)
{
    const struct vmx_msrs *msrs = &s->cpu.msrs;
    const struct vmx_entry_guest *g = &s->guest;

    rule(w, "CR0 has its fixed bits",
         vmx_is_fixed(g->cr0, msrs->cr0_fixed0, msrs->cr0_fixed1, free_of_cr0(s)));
    rule(w, "CR0.PG takes CR0.PE", implies(g->cr0 & CR0_PG, g->cr0 & CR0_PE));
    rule(w, "CR4 has its fixed bits", vmx_is_fixed(g->cr4, msrs->cr4_fixed0, msrs->cr4_fixed1, 0));
    rule(w, "CR4.CET takes CR0.WP", implies(g->cr4 & CR4_CET, g->cr0 & CR0_WP));
    rule(w, "IA-32e mode takes CR0.PG", implies(vmx_is_long(s), g->cr0 & CR0_PG));
    rule(w, "IA-32e mode takes CR4.PAE", implies(vmx_is_long(s), g->cr4 & CR4_PAE));
    rule(w, "CR4.PCIDE takes IA-32e mode", implies(g->cr4 & CR4_PCIDE, vmx_is_long(s)));
    rule(w, "CR3 is within the CPU's physical addresses", vmx_is_physical(s, g->cr3 & ~CR3_LAM));
}

static void registers(struct rule_walk *w, const struct vmx_entry_state *s)
{
    const struct vmx_entry_guest *g = &s->guest;
    uint64_t entry = s->controls.entry;

    rule(w, "reserved bits of DEBUGCTL are clear",
         implies(entry & ENTRY_LOAD_DEBUG, !(g->debugctl & ~s->cpu.debugctl)));
    rule(w, "DR7 has 32 bits", implies(entry & ENTRY_LOAD_DEBUG, !(g->dr7 >> 32)));
    rule(w, "SYSENTER_ESP is canonical", vmx_is_canonical(s, g->sysenter_esp));
    rule(w, "SYSENTER_EIP is canonical", vmx_is_canonical(s, g->sysenter_eip));
    rule(w, "reserved bits of PERF_GLOBAL_CTRL are clear",
         implies(entry & ENTRY_LOAD_PERF, !(g->perf_global & ~s->cpu.perf_global)));
    rule(w, "PAT has memory types", implies(entry & ENTRY_LOAD_PAT, vmx_is_pat(g->pat)));
    rule(w, "reserved bits of BNDCFGS are clear, its address canonical",
         implies(entry & ENTRY_LOAD_BNDCFGS,
                 !(g->bndcfgs & BNDCFGS_RESERVED) && vmx_is_canonical(s, g->bndcfgs)));
    rule(w, "reserved bits of RTIT_CTL are clear",
         implies(entry & ENTRY_LOAD_RTIT, !(g->rtit_ctl & ~s->cpu.rtit_ctl)));
    rule(w, "reserved bits of LBR_CTL are clear",
         implies(entry & ENTRY_LOAD_LBR, !(g->lbr_ctl & ~s->cpu.lbr_ctl)));
    rule(w, "PKRS has 32 bits", implies(entry & ENTRY_LOAD_PKRS, !(g->pkrs >> 32)));
    rule(w, "UINV has 8 bits", implies(entry & ENTRY_LOAD_UINV, !(g->uinv >> 8)));
}

static void efer(struct rule_walk *w, const struct vmx_entry_state *s)
{
    uint64_t value = s->guest.efer;
    bool loads = s->controls.entry & ENTRY_LOAD_EFER, lma = value & EFER_LMA;

    rule(w, "reserved bits of EFER are clear", implies(loads, !(value & ~EFER_DEFINED)));
    rule(w, "EFER.LMA is IA-32e mode", implies(loads, lma == vmx_is_long(s)));
    rule(w, "EFER.LMA is EFER.LME with paging on",
         implies(loads && s->guest.cr0 & CR0_PG, lma == !!(value & EFER_LME)));
}

static void shadow_stacks(struct rule_walk *w, const struct vmx_entry_state *s)
{
    const struct vmx_entry_guest *g = &s->guest;
    bool on = s->controls.entry & ENTRY_LOAD_CET;

    rule(w, "reserved bits of S_CET are clear", implies(on, vmx_is_s_cet(g->s_cet)));
    rule(w, "S_CET's address is canonical", implies(on, vmx_is_canonical(s, g->s_cet)));
    rule(w, "the SSP table's address is canonical", implies(on, vmx_is_canonical(s, g->ssp_table)));
}

void vmx_check_guest_registers(struct rule_walk *w, const struct vmx_entry_state *s)
{
    rules_of(w, "27.3.1.1", "guest");
    control_registers(w, s);
    registers(w, s);
    efer(w, s);
    shadow_stacks(w, s);
}

static void tables(struct rule_walk *w, const struct vmx_entry_state *s)
{
    const struct vmx_entry_guest *g = &s->guest;

    rule(w, "GDTR's base is canonical", vmx_is_canonical(s, g->gdtr_base));
    rule(w, "IDTR's base is canonical", vmx_is_canonical(s, g->idtr_base));
    rule(w, "GDTR's limit has 16 bits", !(g->gdtr_limit >> 16));
    rule(w, "IDTR's limit has 16 bits", !(g->idtr_limit >> 16));
}

/* RIP need not be canonical: the fault there happens in the guest. */
static void flow(struct rule_walk *w, const struct vmx_entry_state *s)
{
    const struct vmx_entry_guest *g = &s->guest;
    bool wide = vmx_is_long(s) && g->segments[VMX_CS].rights & CS_L;
    bool cet = s->controls.entry & ENTRY_LOAD_CET;

    rule(w, "RIP has 32 bits outside of 64-bit mode", implies(!wide, !(g->rip >> 32)));
    rule(w, "RIP's highest bits are the same", implies(wide, vmx_same_above(s, g->rip, 0)));
    rule(w, "reserved bits of RFLAGS are clear, bit 1 set",
         !(g->rflags & RFLAGS_RESERVED) && g->rflags & RFLAGS_FIXED);
    rule(w, "RFLAGS.VM takes protected mode, and excludes IA-32e mode",
         implies(g->rflags & RFLAGS_VM, !vmx_is_long(s) && g->cr0 & CR0_PE));
    rule(w, "an external interrupt takes RFLAGS.IF",
         implies(vmx_event_is(s, VMX_EVENT_INTERRUPT), g->rflags & RFLAGS_IF));
    rule(w, "SSP is a multiple of 4, and fits the mode",
         implies(cet, !(g->ssp & 3) && (wide ? vmx_same_above(s, g->ssp, 0) : !(g->ssp >> 32))));
}

void vmx_check_guest_flow(struct rule_walk *w, const struct vmx_entry_state *s)
{
    rules_of(w, "27.3.1.3", "guest");
    tables(w, s);
    rules_of(w, "27.3.1.4", "guest");
    flow(w, s);
}
