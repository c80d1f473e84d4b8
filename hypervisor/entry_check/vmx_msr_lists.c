/* SPDX-License-Identifier: BSD-2-Clause */
/* MSRs that no MSR list may name: SDM Vol. 3C 27.4, 28.4, 28.6. */
#include "entry_check/vmx_parts.h"

#include "x86/x86.h"

#define MSR_SMM_MONITOR_CTL 0x9b
#define MSR_SMBASE          0x9e
#define X2APIC(index)       ((index) >> 8 == 8)

static bool is_reserved(const struct vmx_msr_entry *e)
{
    return e->reserved;
}

static bool is_base(const struct vmx_msr_entry *e)
{
    return e->index == MSR_FS_BASE || e->index == MSR_GS_BASE;
}

static bool is_apic(const struct vmx_msr_entry *e)
{
    return X2APIC(e->index);
}

static bool is_smm(const struct vmx_msr_entry *e)
{
    return e->index == MSR_SMM_MONITOR_CTL;
}

static bool is_smbase(const struct vmx_msr_entry *e)
{
    return e->index == MSR_SMBASE;
}

/* True if no entry of the list is like that. */
static bool has_none(const struct vmx_msr_list *list, bool (*is)(const struct vmx_msr_entry *))
{
    for (uint64_t i = 0; list->entries && i < list->count; i++) {
        if (is(&list->entries[i])) {
            return false;
        }
    }
    return true;
}

static void loads(struct rule_walk *w, const struct vmx_msr_list *list)
{
    rule(w, "reserved bits of entries are clear", has_none(list, is_reserved));
    rule(w, "FS's and GS's bases are not in the list", has_none(list, is_base));
    rule(w, "the x2APIC's registers are not in the list", has_none(list, is_apic));
    rule(w, "IA32_SMM_MONITOR_CTL is not in the list", has_none(list, is_smm));
}

void vmx_check_msr_lists(struct rule_walk *w, const struct vmx_entry_state *s)
{
    rules_of(w, "27.4", "loads at entry");
    loads(w, &s->controls.entry_loads);
    rules_of(w, "28.4", "stores at exit");
    rule(w, "reserved bits of entries are clear", has_none(&s->controls.exit_stores, is_reserved));
    rule(w, "the x2APIC's registers are not in the list",
         has_none(&s->controls.exit_stores, is_apic));
    rule(w, "IA32_SMBASE is not in the list", has_none(&s->controls.exit_stores, is_smbase));
    rules_of(w, "28.6", "loads at exit");
    loads(w, &s->controls.exit_loads);
}
