/* SPDX-License-Identifier: BSD-2-Clause */
/* VM-exit and VM-entry control fields: SDM Vol. 3C 27.2.1.2, 27.2.1.3. */
#include "entry_check/vmx_parts.h"

#define MSR_ENTRY_SIZE 16

static bool ends_within(const struct vmx_entry_state *s, const struct vmx_msr_list *list)
{
    return vmx_is_physical(s, list->address + list->count * MSR_ENTRY_SIZE - 1);
}

static void msr_list(struct rule_walk *w, const struct vmx_entry_state *s,
                     const struct vmx_msr_list *list)
{
    rule(w, "the MSR list is an address of 16 bytes",
         implies(list->count, vmx_is_physical(s, list->address) && !(list->address & 0xf)));
    rule(w, "the MSR list ends within the CPU's physical addresses",
         implies(list->count && vmx_is_physical(s, list->address), ends_within(s, list)));
}

void vmx_check_exit_controls(struct rule_walk *w, const struct vmx_entry_state *s)
{
    const struct vmx_entry_controls *c = &s->controls;

    rules_of(w, "27.2.1.2", "");
    rule(w, "exit controls are as the CPU allows", vmx_is_allowed(s->cpu.msrs.exit, c->exit));
    rule(w, "secondary exit controls are as the CPU allows",
         implies(c->exit & EXIT_SECONDARY, !(c->exit2 & ~s->cpu.exit2)));
    rule(w, "saving of the preemption timer takes the timer",
         implies(c->exit & EXIT_SAVE_TIMER, c->pin & PIN_PREEMPTION_TIMER));
    rules_of(w, "27.2.1.2", "stores at exit");
    msr_list(w, s, &c->exit_stores);
    rules_of(w, "27.2.1.2", "loads at exit");
    msr_list(w, s, &c->exit_loads);
}

void vmx_check_entry_controls(struct rule_walk *w, const struct vmx_entry_state *s)
{
    const struct vmx_entry_controls *c = &s->controls;

    rules_of(w, "27.2.1.3", "");
    rule(w, "entry controls are as the CPU allows", vmx_is_allowed(s->cpu.msrs.entry, c->entry));
    rule(w, "nothing but SMM enters SMM", !(c->entry & ENTRY_TO_SMM));
    rule(w, "nothing but SMM deactivates the dual-monitor treatment",
         !(c->entry & ENTRY_DEACTIVATE));
    rule(w, "processor trace's control is loaded only while it is off in root mode",
         implies(c->entry & ENTRY_LOAD_RTIT, !s->cpu.traces));
    rules_of(w, "27.2.1.3", "loads at entry");
    msr_list(w, s, &c->entry_loads);
}
