/* SPDX-License-Identifier: BSD-2-Clause */
/* VM-execution control fields: SDM Vol. 3C 27.2.1.1. */
#include "entry_check/vmx_parts.h"

#define SECTION "27.2.1.1"

#define EPT_WALK_4        (UINT64_C(1) << 6) /* IA32_VMX_EPT_VPID_CAP */
#define EPT_WALK_5        (UINT64_C(1) << 7)
#define EPT_UNCACHEABLE   (UINT64_C(1) << 8)
#define EPT_WRITE_BACK    (UINT64_C(1) << 14)
#define EPT_DIRTY         (UINT64_C(1) << 21)
#define EPT_SHADOW_STACKS (UINT64_C(1) << 23)

static void reserved_bits(struct rule_walk *w, const struct vmx_entry_state *s)
{
    const struct vmx_entry_controls *c = &s->controls;
    const struct vmx_msrs *msrs = &s->cpu.msrs;

    rule(w, "pin-based controls are as the CPU allows", vmx_is_allowed(msrs->pin, c->pin));
    rule(w, "processor-based controls are as the CPU allows",
         vmx_is_allowed(msrs->processor, c->processor));
    rule(
        w, "secondary controls are as the CPU allows",
        implies(c->processor & PROCESSOR_SECONDARY, vmx_is_allowed(msrs->secondary, c->secondary)));
    rule(w, "tertiary controls are as the CPU allows",
         implies(c->processor & PROCESSOR_TERTIARY, !(c->tertiary & ~s->cpu.tertiary)));
    rule(w, "there are no more CR3 targets than the CPU has",
         c->cr3_targets <= (msrs->misc >> 16 & 0x1ff));
}

/* Addresses of pages that a control brings into use. */
static void pages(struct rule_walk *w, const struct vmx_entry_state *s)
{
    const struct vmx_entry_controls *c = &s->controls;
    const struct {
        const char *rule;
        bool used;
        uint64_t address;
    } rows[] = {
        {"I/O bitmap A is a page", c->processor & PROCESSOR_IO_BITMAPS, c->io_bitmap_a},
        {"I/O bitmap B is a page", c->processor & PROCESSOR_IO_BITMAPS, c->io_bitmap_b},
        {"the MSR bitmap is a page", c->processor & PROCESSOR_MSR_BITMAPS, c->msr_bitmap},
        {"the virtual-APIC page is a page", c->processor & PROCESSOR_TPR_SHADOW, c->virtual_apic},
        {"the APIC-access page is a page", vmx_secondary(s, SECONDARY_APIC_ACCESSES),
         c->apic_access},
        {"the PML buffer is a page", vmx_secondary(s, SECONDARY_PML), c->pml},
        {"the sub-page table is a page", vmx_secondary(s, SECONDARY_SUB_PAGES), c->spptp},
        {"the VMREAD bitmap is a page", vmx_secondary(s, SECONDARY_SHADOWING), c->vmread_bitmap},
        {"the VMWRITE bitmap is a page", vmx_secondary(s, SECONDARY_SHADOWING), c->vmwrite_bitmap},
        {"the #VE information area is a page", vmx_secondary(s, SECONDARY_VE), c->ve_information},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rule(w, rows[i].rule, implies(rows[i].used, vmx_is_page(s, rows[i].address)));
    }
}

static void tpr_threshold(struct rule_walk *w, const struct vmx_entry_state *s)
{
    uint64_t threshold = s->controls.tpr_threshold;
    bool used =
        s->controls.processor & PROCESSOR_TPR_SHADOW && !vmx_secondary(s, SECONDARY_VIRTUAL_INTR);
    bool compared = used && !vmx_secondary(s, SECONDARY_APIC_ACCESSES);

    rule(w, "the TPR threshold has 4 bits", implies(used, threshold <= 0xf));
    rule(w, "the TPR threshold is not above the virtual TPR",
         implies(compared, (threshold & 0xf) <= (s->vtpr >> 4 & 0xf)));
}

static void nmis(struct rule_walk *w, const struct vmx_entry_controls *c)
{
    rule(w, "virtual NMIs take NMI exiting",
         implies(c->pin & PIN_VIRTUAL_NMIS, c->pin & PIN_NMI_EXITING));
    rule(w, "an NMI window takes virtual NMIs",
         implies(c->processor & PROCESSOR_NMI_WINDOW, c->pin & PIN_VIRTUAL_NMIS));
}

static void apic(struct rule_walk *w, const struct vmx_entry_state *s)
{
    const struct vmx_entry_controls *c = &s->controls;
    bool shadow = c->processor & PROCESSOR_TPR_SHADOW;
    bool x2apic = vmx_secondary(s, SECONDARY_X2APIC);

    rule(w, "a virtual x2APIC takes the TPR shadow", implies(x2apic, shadow));
    rule(w, "virtual APIC registers take the TPR shadow",
         implies(vmx_secondary(s, SECONDARY_APIC_REGISTERS), shadow));
    rule(w, "virtual-interrupt delivery takes the TPR shadow",
         implies(vmx_secondary(s, SECONDARY_VIRTUAL_INTR), shadow));
    rule(w, "a virtual x2APIC excludes virtual APIC accesses",
         !(x2apic && vmx_secondary(s, SECONDARY_APIC_ACCESSES)));
    rule(w, "virtual-interrupt delivery takes external-interrupt exiting",
         implies(vmx_secondary(s, SECONDARY_VIRTUAL_INTR), c->pin & PIN_EXTERNAL_INTERRUPTS));
}

static void posted_interrupts(struct rule_walk *w, const struct vmx_entry_state *s)
{
    const struct vmx_entry_controls *c = &s->controls;
    bool on = c->pin & PIN_POSTED_INTERRUPTS, ipi = vmx_tertiary(s, TERTIARY_IPI);

    rule(w, "posted interrupts take virtual-interrupt delivery",
         implies(on, vmx_secondary(s, SECONDARY_VIRTUAL_INTR)));
    rule(w, "posted interrupts take acknowledgement at exit",
         implies(on, c->exit & EXIT_ACKNOWLEDGE));
    rule(w, "the vector of posted interrupts has 8 bits", implies(on, c->posted_vector <= 0xff));
    rule(w, "the descriptor of posted interrupts is an address of 64 bytes",
         implies(on, vmx_is_physical(s, c->posted_descriptor) && !(c->posted_descriptor & 0x3f)));
    rule(w, "IPI virtualization takes the TPR shadow",
         implies(ipi, c->processor & PROCESSOR_TPR_SHADOW));
    rule(w, "the table of descriptors is an address of 8 bytes",
         implies(ipi, vmx_is_physical(s, c->pid_pointers) && !(c->pid_pointers & 7)));
    rule(w, "the table of descriptors ends within the CPU's physical addresses",
         implies(ipi && vmx_is_physical(s, c->pid_pointers),
                 vmx_is_physical(s, c->pid_pointers + 8 * (c->pid_last & 0xffff) + 7)));
}

static void ept_pointer(struct rule_walk *w, const struct vmx_entry_state *s)
{
    uint64_t eptp = s->controls.eptp, can = s->cpu.msrs.ept_vpid;
    uint64_t type = eptp & 7, walk = eptp >> 3 & 7;
    bool on = vmx_secondary(s, SECONDARY_EPT);

    rule(w, "EPT's memory type is one the CPU has",
         implies(on, (type == 0 && can & EPT_UNCACHEABLE) || (type == 6 && can & EPT_WRITE_BACK)));
    rule(w, "EPT's page walk has a length the CPU has",
         implies(on, (walk == 3 && can & EPT_WALK_4) || (walk == 4 && can & EPT_WALK_5)));
    rule(w, "EPT has accessed and dirty flags only where the CPU has",
         implies(on && eptp & 1U << 6, can & EPT_DIRTY));
    rule(w, "EPT has supervisor shadow stacks only where the CPU has",
         implies(on && eptp & 1U << 7, can & EPT_SHADOW_STACKS));
    rule(w, "reserved bits of the EPT pointer are clear",
         implies(on, !(eptp & 0xf00) && vmx_is_physical(s, eptp)));
}

/* Controls without effect unless EPT is on. */
static void need_ept(struct rule_walk *w, const struct vmx_entry_state *s)
{
    const struct {
        const char *rule;
        bool on;
    } rows[] = {
        {"PML takes EPT", vmx_secondary(s, SECONDARY_PML)},
        {"an unrestricted guest takes EPT", vmx_secondary(s, SECONDARY_UNRESTRICTED)},
        {"mode-based execute control takes EPT", vmx_secondary(s, SECONDARY_MODE_EXECUTE)},
        {"sub-page permissions take EPT", vmx_secondary(s, SECONDARY_SUB_PAGES)},
        {"guest-physical processor trace takes EPT", vmx_secondary(s, SECONDARY_TRACE_GPA)},
        {"HLAT takes EPT", vmx_tertiary(s, TERTIARY_HLAT)},
        {"EPT paging-write control takes EPT", vmx_tertiary(s, TERTIARY_PAGING_WRITE)},
        {"guest-paging verification takes EPT", vmx_tertiary(s, TERTIARY_VERIFICATION)},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rule(w, rows[i].rule, implies(rows[i].on, vmx_secondary(s, SECONDARY_EPT)));
    }
}

static void vm_functions(struct rule_walk *w, const struct vmx_entry_state *s)
{
    bool on = vmx_secondary(s, SECONDARY_VMFUNC);
    bool switching = on && s->controls.vmfunc & VMFUNC_EPTP_SWITCHING;

    rule(w, "VM functions are ones the CPU has",
         implies(on, !(s->controls.vmfunc & ~s->cpu.msrs.vmfunc)));
    rule(w, "EPTP switching takes EPT", implies(switching, vmx_secondary(s, SECONDARY_EPT)));
    rule(w, "the EPTP list is a page", implies(switching, vmx_is_page(s, s->controls.eptp_list)));
}

static void others(struct rule_walk *w, const struct vmx_entry_state *s)
{
    const struct vmx_entry_controls *c = &s->controls;
    bool trace = vmx_secondary(s, SECONDARY_TRACE_GPA);

    rule(w, "a VPID is not 0", implies(vmx_secondary(s, SECONDARY_VPID), c->vpid & 0xffff));
    rule(w, "a TSC multiplier is not 0",
         implies(vmx_secondary(s, SECONDARY_TSC_SCALING), c->tsc_multiplier));
    rule(w, "guest-physical processor trace takes its control loaded at entry",
         implies(trace, c->entry & ENTRY_LOAD_RTIT));
    rule(w, "guest-physical processor trace takes its control cleared at exit",
         implies(trace, c->exit & EXIT_CLEAR_RTIT));
    rule(w, "reserved bits of the HLAT pointer are clear",
         implies(vmx_tertiary(s, TERTIARY_HLAT),
                 vmx_is_physical(s, c->hlatp) && !(c->hlatp & 0xfe7)));
}

void vmx_check_execution_controls(struct rule_walk *w, const struct vmx_entry_state *s)
{
    rules_of(w, SECTION, "");
    reserved_bits(w, s);
    pages(w, s);
    tpr_threshold(w, s);
    nmis(w, &s->controls);
    apic(w, s);
    posted_interrupts(w, s);
    ept_pointer(w, s);
    need_ept(w, s);
    vm_functions(w, s);
    others(w, s);
}
