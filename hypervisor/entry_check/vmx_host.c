/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's state: SDM Vol. 3C 27.2.2 to 27.2.4. */
#include "entry_check/vmx_parts.h"

#include "x86/x86.h"

#define CR0_IGNORED   (CR0_NW | CR0_CD)
#define CR3_LAM       (UINT64_C(3) << 61)
#define EFER_DEFINED  UINT64_C(0xd01)
#define SELECTOR_FLAT UINT64_C(7) /* TI and RPL */

enum { HOST_ES, HOST_CS, HOST_SS, HOST_DS, HOST_FS, HOST_GS, HOST_TR };

static bool is_wide(const struct vmx_entry_state *s)
{
    return s->controls.exit & EXIT_HOST_64BIT;
}

static void control_registers(struct rule_walk *w, const struct vmx_entry_state *s)
{
    const struct vmx_msrs *msrs = &s->cpu.msrs;
    const struct vmx_entry_host *h = &s->host;

    rule(w, "CR0 has its fixed bits",
         vmx_is_fixed(h->cr0, msrs->cr0_fixed0, msrs->cr0_fixed1, CR0_IGNORED));
    rule(w, "CR4 has its fixed bits", vmx_is_fixed(h->cr4, msrs->cr4_fixed0, msrs->cr4_fixed1, 0));
    rule(w, "CR4.CET takes CR0.WP", implies(h->cr4 & CR4_CET, h->cr0 & CR0_WP));
    rule(w, "CR3 is within the CPU's physical addresses", vmx_is_physical(s, h->cr3 & ~CR3_LAM));
}

static void registers(struct rule_walk *w, const struct vmx_entry_state *s)
{
    const struct vmx_entry_host *h = &s->host;
    uint64_t exit = s->controls.exit, wide = is_wide(s) ? EFER_LMA | EFER_LME : 0;

    rule(w, "SYSENTER_ESP is canonical", vmx_is_canonical(s, h->sysenter_esp));
    rule(w, "SYSENTER_EIP is canonical", vmx_is_canonical(s, h->sysenter_eip));
    rule(w, "reserved bits of PERF_GLOBAL_CTRL are clear",
         implies(exit & EXIT_LOAD_PERF, !(h->perf_global & ~s->cpu.perf_global)));
    rule(w, "PAT has memory types", implies(exit & EXIT_LOAD_PAT, vmx_is_pat(h->pat)));
    rule(w, "reserved bits of EFER are clear",
         implies(exit & EXIT_LOAD_EFER, !(h->efer & ~EFER_DEFINED)));
    rule(w, "EFER.LMA and LME are as the host's address space",
         implies(exit & EXIT_LOAD_EFER, (h->efer & (EFER_LMA | EFER_LME)) == wide));
    rule(w, "PKRS has 32 bits", implies(exit & EXIT_LOAD_PKRS, !(h->pkrs >> 32)));
}

static void shadow_stacks(struct rule_walk *w, const struct vmx_entry_state *s)
{
    const struct vmx_entry_host *h = &s->host;
    bool on = s->controls.exit & EXIT_LOAD_CET;

    rule(w, "reserved bits of S_CET are clear", implies(on, vmx_is_s_cet(h->s_cet)));
    rule(w, "S_CET's address is canonical", implies(on, vmx_is_canonical(s, h->s_cet)));
    rule(w, "SSP is canonical, and a multiple of 4",
         implies(on, vmx_is_canonical(s, h->ssp) && !(h->ssp & 3)));
    rule(w, "the SSP table's address is canonical", implies(on, vmx_is_canonical(s, h->ssp_table)));
}

static void segments(struct rule_walk *w, const struct vmx_entry_state *s)
{
    static const char *const names[VMX_HOST_SELECTORS] = {
        "host's ES", "host's CS", "host's SS", "host's DS", "host's FS", "host's GS", "host's TR"};
    const struct vmx_entry_host *h = &s->host;

    for (unsigned int i = 0; i < VMX_HOST_SELECTORS; i++) {
        rules_of(w, "27.2.3", names[i]);
        rule(w, "the selector has neither RPL nor TI", !(h->selectors[i] & SELECTOR_FLAT));
    }
    rules_of(w, "27.2.3", "host");
    rule(w, "CS is not 0", h->selectors[HOST_CS]);
    rule(w, "TR is not 0", h->selectors[HOST_TR]);
    rule(w, "SS is not 0 with 32 bits", implies(!is_wide(s), h->selectors[HOST_SS]));
    rule(w, "FS's base is canonical", vmx_is_canonical(s, h->fs_base));
    rule(w, "GS's base is canonical", vmx_is_canonical(s, h->gs_base));
    rule(w, "TR's base is canonical", vmx_is_canonical(s, h->tr_base));
    rule(w, "GDTR's base is canonical", vmx_is_canonical(s, h->gdtr_base));
    rule(w, "IDTR's base is canonical", vmx_is_canonical(s, h->idtr_base));
}

/* Root mode is always 64-bit mode: every exit leads there. */
static void address_space(struct rule_walk *w, const struct vmx_entry_state *s)
{
    rule(w, "the host has 64 bits, as it has now", is_wide(s));
    rule(w, "CR4.PAE is set", s->host.cr4 & CR4_PAE);
    rule(w, "RIP is canonical", vmx_is_canonical(s, s->host.rip));
}

void vmx_check_host(struct rule_walk *w, const struct vmx_entry_state *s)
{
    rules_of(w, "27.2.2", "host");
    control_registers(w, s);
    registers(w, s);
    shadow_stacks(w, s);
    segments(w, s);
    rules_of(w, "27.2.4", "host");
    address_space(w, s);
}
