/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's non-register state, and its PDPTEs: SDM Vol. 3C 27.3.1.5, 27.3.1.6. */
#include "entry_check/vmx_parts.h"

#include "core/segment.h"
#include "x86/x86.h"

#define SECTION "27.3.1.5"

enum activity { ACTIVE, HLT, SHUTDOWN, WAIT_FOR_SIPI };

#define BY_STI     (1U << 0)
#define BY_MOV_SS  (1U << 1)
#define BY_SMI     (1U << 2)
#define BY_NMI     (1U << 3)
#define BY_ENCLAVE (1U << 4)
#define BLOCKS     0x1fU

#define PENDING_BUS_LOCK (UINT64_C(1) << 11)
#define PENDING_ENABLED  (UINT64_C(1) << 12)
#define PENDING_STEP     (UINT64_C(1) << 14)
#define PENDING_RTM      (UINT64_C(1) << 16)
#define PENDING_DEFINED  (0xfU | PENDING_BUS_LOCK | PENDING_ENABLED | PENDING_STEP | PENDING_RTM)

#define VECTOR_DB 1
#define VECTOR_MC 18

#define LINK_NONE (~UINT64_C(0))

#define PDPTE_PRESENT  UINT64_C(1)
#define PDPTE_RESERVED UINT64_C(0x1e6)

/* SDM: events that may be delivered in a state other than active. */
static bool event_fits(const struct vmx_entry_state *s)
{
    uint64_t vector = s->controls.event & 0xff;
    bool nmi = vmx_event_is(s, VMX_EVENT_NMI), exception = vmx_event_is(s, VMX_EVENT_EXCEPTION);

    if (!(s->controls.event >> 31 & 1) || s->guest.activity == ACTIVE) {
        return true;
    }
    if (s->guest.activity == HLT) {
        return nmi || vmx_event_is(s, VMX_EVENT_INTERRUPT) || vmx_event_is(s, VMX_EVENT_OTHER) ||
               (exception && (vector == VECTOR_DB || vector == VECTOR_MC));
    }
    return s->guest.activity == SHUTDOWN && (nmi || (exception && vector == VECTOR_MC));
}

void vmx_check_activity(struct rule_walk *w, const struct vmx_entry_state *s)
{
    uint64_t activity = s->guest.activity, can = s->cpu.msrs.misc >> 6 & 7;
    uint64_t cpl = (s->guest.segments[VMX_SS].rights & RIGHTS_DPL) >> 5;

    rules_of(w, SECTION, "");
    rule(w, "the activity state is one the CPU has",
         activity == ACTIVE || (activity <= WAIT_FOR_SIPI && can >> (activity - 1) & 1));
    rule(w, "HLT takes CPL 0", implies(activity == HLT, cpl == 0));
    rule(w, "blocking by STI or MOV SS takes the active state",
         implies(s->guest.interruptibility & (BY_STI | BY_MOV_SS), activity == ACTIVE));
    rule(w, "the event can be delivered in the activity state", event_fits(s));
}

void vmx_check_interruptibility(struct rule_walk *w, const struct vmx_entry_state *s)
{
    uint64_t blocked = s->guest.interruptibility;
    bool interrupt = vmx_event_is(s, VMX_EVENT_INTERRUPT), nmi = vmx_event_is(s, VMX_EVENT_NMI);

    rules_of(w, SECTION, "");
    rule(w, "reserved bits of the interruptibility state are clear", !(blocked & ~BLOCKS));
    rule(w, "STI and MOV SS don't both block",
         (blocked & (BY_STI | BY_MOV_SS)) != (BY_STI | BY_MOV_SS));
    rule(w, "blocking by STI takes RFLAGS.IF",
         implies(blocked & BY_STI, s->guest.rflags & RFLAGS_IF));
    rule(w, "an external interrupt excludes blocking by STI and MOV SS",
         implies(interrupt, !(blocked & (BY_STI | BY_MOV_SS))));
    rule(w, "an NMI excludes blocking by MOV SS", implies(nmi, !(blocked & BY_MOV_SS)));
    rule(w, "nothing but SMM blocks SMIs", !(blocked & BY_SMI));
    rule(w, "an NMI excludes blocking by NMI where NMIs are virtual",
         implies(nmi && s->controls.pin & PIN_VIRTUAL_NMIS, !(blocked & BY_NMI)));
    rule(w, "an enclave's interruption excludes MOV SS, and takes enclaves",
         implies(blocked & BY_ENCLAVE, !(blocked & BY_MOV_SS) && s->cpu.enclaves));
}

void vmx_check_pending_debug(struct rule_walk *w, const struct vmx_entry_state *s)
{
    uint64_t pending = s->guest.pending_debug, blocked = s->guest.interruptibility;
    bool held = blocked & (BY_STI | BY_MOV_SS) || s->guest.activity == HLT;
    bool step = pending & PENDING_STEP, rtm = pending & PENDING_RTM;

    rules_of(w, SECTION, "");
    rule(w, "reserved bits of the pending debug exceptions are clear",
         !(pending & ~PENDING_DEFINED));
    rule(w, "a bus lock is pending only where the CPU traps them",
         implies(pending & PENDING_BUS_LOCK, s->cpu.bus_lock_trap));
    rule(w, "BS is set with RFLAGS.TF under blocking by STI or MOV SS, or in HLT",
         implies(held && vmx_traps(s), step));
    rule(w, "BS is clear without RFLAGS.TF under blocking by STI or MOV SS, or in HLT",
         implies(held && !vmx_traps(s), !step));
    rule(w, "RTM comes with bit 12 and no other",
         implies(rtm, pending == (PENDING_RTM | PENDING_ENABLED)));
    rule(w, "RTM takes RTM, and excludes blocking by MOV SS",
         implies(rtm, s->cpu.rtm && !(blocked & BY_MOV_SS)));
}

void vmx_check_link_pointer(struct rule_walk *w, const struct vmx_entry_state *s)
{
    uint64_t link = s->guest.link_pointer, revision = s->cpu.msrs.basic & 0x7fffffff;
    uint64_t shadow = vmx_secondary(s, SECONDARY_SHADOWING) ? UINT64_C(1) << 31 : 0;
    bool used = link != LINK_NONE;

    rules_of(w, SECTION, "");
    rule(w, "the link pointer is a page", implies(used, vmx_is_page(s, link)));
    rule(w, "the link pointer's VMCS has the CPU's revision, and is a shadow where one is due",
         implies(used && vmx_is_page(s, link), s->link_revision == (revision | shadow)));
    rule(w, "the link pointer is not the current VMCS", implies(used, link != s->cpu.vmcs));
}

/* With EPT they are in the VMCS. Without it VM entry loads them from memory as MOV to CR3 does. */
void vmx_check_pdptes(struct rule_walk *w, const struct vmx_entry_state *s)
{
    bool pae = s->guest.cr0 & CR0_PG && s->guest.cr4 & CR4_PAE && !vmx_is_long(s);
    bool good = true;

    for (unsigned int i = 0; i < VMX_PDPTES; i++) {
        uint64_t entry = s->guest.pdptes[i];

        good &=
            !(entry & PDPTE_PRESENT) || (!(entry & PDPTE_RESERVED) && vmx_is_physical(s, entry));
    }
    rules_of(w, "27.3.1.6", "");
    rule(w, "reserved bits of the PDPTEs are clear",
         implies(pae && vmx_secondary(s, SECONDARY_EPT), good));
}
