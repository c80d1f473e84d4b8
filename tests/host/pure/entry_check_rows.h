/* SPDX-License-Identifier: BSD-2-Clause */
/* States that break each rule of VM entry, as changes to one that keeps all rules. */
#ifndef PURE_ENTRY_CHECK_ROWS_H
#define PURE_ENTRY_CHECK_ROWS_H

#include "entry_check/vmx_parts.h"

#include "core/segment.h"
#include "x86/x86.h"

#define WIDE    (UINT64_C(1) << 40) /* beyond this CPU's physical addresses */
#define CROOKED (UINT64_C(1) << 47) /* not canonical */

enum mode { LONG, PAE, REAL, VIRTUAL };

/* A word of the state: bits to clear, then bits to set. */
struct change {
    size_t offset;
    uint64_t clear, set;
};

#define CHANGES_MAX 6

/* The last change breaks the rule. Without it the state keeps all rules. */
struct row {
    const char *section, *subject, *text;
    enum mode mode;
    struct change changes[CHANGES_MAX];
};

#define AT(member) offsetof(struct vmx_entry_state, member)
#define IS(member, to)                                                                             \
    {                                                                                              \
        AT(member), ~UINT64_C(0), (to)                                                             \
    }
#define ON(member, bits)                                                                           \
    {                                                                                              \
        AT(member), 0, (bits)                                                                      \
    }
#define OFF(member, bits)                                                                          \
    {                                                                                              \
        AT(member), (bits), 0                                                                      \
    }

#define PROCESSOR(bit)        ON(controls.processor, PROCESSOR_##bit)
#define SECONDARY(bit)        ON(controls.secondary, SECONDARY_##bit)
#define TERTIARY(bit)         PROCESSOR(TERTIARY), ON(controls.tertiary, TERTIARY_##bit)
#define EXIT(bit)             ON(controls.exit, EXIT_##bit)
#define ENTRY(bit)            ON(controls.entry, ENTRY_##bit)
#define RIGHTS(segment, to)   IS(guest.segments[VMX_##segment].rights, to)
#define SELECTOR(segment, to) IS(guest.segments[VMX_##segment].selector, to)
#define BASE(segment, to)     IS(guest.segments[VMX_##segment].base, to)
#define LIMIT(segment, to)    IS(guest.segments[VMX_##segment].limit, to)
#define NO_UNRESTRICTED       OFF(controls.secondary, SECONDARY_UNRESTRICTED)
#define EVENT(type, vector)   IS(controls.event, 1U << 31 | VMX_EVENT_##type << 8 | (vector))
#define BLOCKED(bits)         IS(guest.interruptibility, bits)
#define TRAPS                 ON(guest.rflags, RFLAGS_TF)
#define PENDING(bits)         IS(guest.pending_debug, bits)
#define ALLOWS_NO(word, bit)  OFF(cpu.msrs.word, (uint64_t)(bit) << 32)

static const struct row execution_rows[] = {
    {"27.2.1.1",
     "",
     "pin-based controls are as the CPU allows",
     LONG,
     {ALLOWS_NO(pin, PIN_NMI_EXITING)}},
    {"27.2.1.1", "", "pin-based controls are as the CPU allows", LONG, {ON(cpu.msrs.pin, 1 << 4)}},
    {"27.2.1.1",
     "",
     "processor-based controls are as the CPU allows",
     LONG,
     {ALLOWS_NO(processor, PROCESSOR_IO_BITMAPS)}},
    {"27.2.1.1",
     "",
     "secondary controls are as the CPU allows",
     LONG,
     {ALLOWS_NO(secondary, SECONDARY_EPT)}},
    {"27.2.1.1",
     "",
     "secondary controls are as the CPU allows",
     LONG,
     {NO_UNRESTRICTED, OFF(controls.processor, PROCESSOR_SECONDARY),
      ALLOWS_NO(secondary, SECONDARY_EPT), PROCESSOR(SECONDARY)}},
    {"27.2.1.1",
     "",
     "tertiary controls are as the CPU allows",
     LONG,
     {IS(controls.tertiary, 0x20), PROCESSOR(TERTIARY)}},
    {"27.2.1.1",
     "",
     "there are no more CR3 targets than the CPU has",
     LONG,
     {IS(controls.cr3_targets, 4), IS(controls.cr3_targets, 5)}},
    {"27.2.1.1", "", "I/O bitmap A is a page", LONG, {ON(controls.io_bitmap_a, 0x800)}},
    {"27.2.1.1", "", "I/O bitmap B is a page", LONG, {ON(controls.io_bitmap_b, WIDE)}},
    {"27.2.1.1",
     "",
     "I/O bitmap B is a page",
     LONG,
     {OFF(controls.processor, PROCESSOR_IO_BITMAPS), ON(controls.io_bitmap_b, 1),
      PROCESSOR(IO_BITMAPS)}},
    {"27.2.1.1", "", "the MSR bitmap is a page", LONG, {ON(controls.msr_bitmap, 1)}},
    {"27.2.1.1",
     "",
     "the virtual-APIC page is a page",
     LONG,
     {PROCESSOR(TPR_SHADOW), ON(controls.virtual_apic, 1)}},
    {"27.2.1.1",
     "",
     "the APIC-access page is a page",
     LONG,
     {SECONDARY(APIC_ACCESSES), ON(controls.apic_access, WIDE)}},
    {"27.2.1.1", "", "the PML buffer is a page", LONG, {SECONDARY(PML), ON(controls.pml, 1)}},
    {"27.2.1.1",
     "",
     "the sub-page table is a page",
     LONG,
     {SECONDARY(SUB_PAGES), ON(controls.spptp, 1)}},
    {"27.2.1.1",
     "",
     "the VMREAD bitmap is a page",
     LONG,
     {SECONDARY(SHADOWING), ON(controls.vmread_bitmap, 1)}},
    {"27.2.1.1",
     "",
     "the VMWRITE bitmap is a page",
     LONG,
     {SECONDARY(SHADOWING), ON(controls.vmwrite_bitmap, 1)}},
    {"27.2.1.1",
     "",
     "the #VE information area is a page",
     LONG,
     {SECONDARY(VE), ON(controls.ve_information, 1)}},
    {"27.2.1.1",
     "",
     "the TPR threshold has 4 bits",
     LONG,
     {PROCESSOR(TPR_SHADOW), IS(controls.tpr_threshold, 0x10)}},
    {"27.2.1.1",
     "",
     "the TPR threshold is not above the virtual TPR",
     LONG,
     {PROCESSOR(TPR_SHADOW), IS(vtpr, 0x20), IS(controls.tpr_threshold, 2),
      IS(controls.tpr_threshold, 3)}},
    {"27.2.1.1",
     "",
     "the TPR threshold is not above the virtual TPR",
     LONG,
     {PROCESSOR(TPR_SHADOW), SECONDARY(APIC_ACCESSES), IS(controls.tpr_threshold, 3),
      OFF(controls.secondary, SECONDARY_APIC_ACCESSES)}},
    {"27.2.1.1", "", "virtual NMIs take NMI exiting", LONG, {OFF(controls.pin, PIN_NMI_EXITING)}},
    {"27.2.1.1",
     "",
     "an NMI window takes virtual NMIs",
     LONG,
     {PROCESSOR(NMI_WINDOW), OFF(controls.pin, PIN_VIRTUAL_NMIS)}},
    {"27.2.1.1", "", "a virtual x2APIC takes the TPR shadow", LONG, {SECONDARY(X2APIC)}},
    {"27.2.1.1",
     "",
     "virtual APIC registers take the TPR shadow",
     LONG,
     {SECONDARY(APIC_REGISTERS)}},
    {"27.2.1.1",
     "",
     "virtual-interrupt delivery takes the TPR shadow",
     LONG,
     {SECONDARY(VIRTUAL_INTR)}},
    {"27.2.1.1",
     "",
     "a virtual x2APIC excludes virtual APIC accesses",
     LONG,
     {PROCESSOR(TPR_SHADOW), SECONDARY(X2APIC), SECONDARY(APIC_ACCESSES)}},
    {"27.2.1.1",
     "",
     "virtual-interrupt delivery takes external-interrupt exiting",
     LONG,
     {PROCESSOR(TPR_SHADOW), SECONDARY(VIRTUAL_INTR), OFF(controls.pin, PIN_EXTERNAL_INTERRUPTS)}},
    {"27.2.1.1",
     "",
     "posted interrupts take virtual-interrupt delivery",
     LONG,
     {ON(controls.pin, PIN_POSTED_INTERRUPTS)}},
    {"27.2.1.1",
     "",
     "posted interrupts take acknowledgement at exit",
     LONG,
     {PROCESSOR(TPR_SHADOW), SECONDARY(VIRTUAL_INTR), ON(controls.pin, PIN_POSTED_INTERRUPTS),
      OFF(controls.exit, EXIT_ACKNOWLEDGE)}},
    {"27.2.1.1",
     "",
     "the vector of posted interrupts has 8 bits",
     LONG,
     {PROCESSOR(TPR_SHADOW), SECONDARY(VIRTUAL_INTR), ON(controls.pin, PIN_POSTED_INTERRUPTS),
      IS(controls.posted_vector, 0x100)}},
    {"27.2.1.1",
     "",
     "the descriptor of posted interrupts is an address of 64 bytes",
     LONG,
     {PROCESSOR(TPR_SHADOW), SECONDARY(VIRTUAL_INTR), ON(controls.pin, PIN_POSTED_INTERRUPTS),
      ON(controls.posted_descriptor, 0x20)}},
    {"27.2.1.1", "", "IPI virtualization takes the TPR shadow", LONG, {TERTIARY(IPI)}},
    {"27.2.1.1",
     "",
     "the table of descriptors is an address of 8 bytes",
     LONG,
     {PROCESSOR(TPR_SHADOW), TERTIARY(IPI), ON(controls.pid_pointers, 4)}},
    {"27.2.1.1",
     "",
     "the table of descriptors ends within the CPU's physical addresses",
     LONG,
     {PROCESSOR(TPR_SHADOW), TERTIARY(IPI), IS(controls.pid_pointers, WIDE - 16),
      IS(controls.pid_last, 1), IS(controls.pid_last, 2)}},
    {"27.2.1.1", "", "EPT's memory type is one the CPU has", LONG, {OFF(controls.eptp, 7)}},
    {"27.2.1.1",
     "",
     "EPT's page walk has a length the CPU has",
     LONG,
     {IS(controls.eptp, 4 << 3 | 6)}},
    {"27.2.1.1",
     "",
     "EPT's page walk has a length the CPU has",
     LONG,
     {ON(cpu.msrs.ept_vpid, 1 << 7), IS(controls.eptp, 4 << 3 | 6),
      OFF(cpu.msrs.ept_vpid, 1 << 7)}},
    {"27.2.1.1",
     "",
     "EPT has accessed and dirty flags only where the CPU has",
     LONG,
     {ON(controls.eptp, 1 << 6)}},
    {"27.2.1.1",
     "",
     "EPT has supervisor shadow stacks only where the CPU has",
     LONG,
     {ON(controls.eptp, 1 << 7)}},
    {"27.2.1.1",
     "",
     "reserved bits of the EPT pointer are clear",
     LONG,
     {ON(controls.eptp, 1 << 8)}},
    {"27.2.1.1", "", "reserved bits of the EPT pointer are clear", LONG, {ON(controls.eptp, WIDE)}},
    {"27.2.1.1",
     "",
     "PML takes EPT",
     LONG,
     {NO_UNRESTRICTED, SECONDARY(PML), OFF(controls.secondary, SECONDARY_EPT)}},
    {"27.2.1.1",
     "",
     "an unrestricted guest takes EPT",
     LONG,
     {OFF(controls.secondary, SECONDARY_EPT)}},
    {"27.2.1.1",
     "",
     "mode-based execute control takes EPT",
     LONG,
     {NO_UNRESTRICTED, SECONDARY(MODE_EXECUTE), OFF(controls.secondary, SECONDARY_EPT)}},
    {"27.2.1.1",
     "",
     "sub-page permissions take EPT",
     LONG,
     {NO_UNRESTRICTED, SECONDARY(SUB_PAGES), OFF(controls.secondary, SECONDARY_EPT)}},
    {"27.2.1.1",
     "",
     "guest-physical processor trace takes EPT",
     LONG,
     {NO_UNRESTRICTED, ENTRY(LOAD_RTIT), EXIT(CLEAR_RTIT), SECONDARY(TRACE_GPA),
      OFF(controls.secondary, SECONDARY_EPT)}},
    {"27.2.1.1",
     "",
     "HLAT takes EPT",
     LONG,
     {NO_UNRESTRICTED, TERTIARY(HLAT), OFF(controls.secondary, SECONDARY_EPT)}},
    {"27.2.1.1",
     "",
     "EPT paging-write control takes EPT",
     LONG,
     {NO_UNRESTRICTED, TERTIARY(PAGING_WRITE), OFF(controls.secondary, SECONDARY_EPT)}},
    {"27.2.1.1",
     "",
     "guest-paging verification takes EPT",
     LONG,
     {NO_UNRESTRICTED, TERTIARY(VERIFICATION), OFF(controls.secondary, SECONDARY_EPT)}},
    {"27.2.1.1",
     "",
     "VM functions are ones the CPU has",
     LONG,
     {SECONDARY(VMFUNC), ON(controls.vmfunc, 2)}},
    {"27.2.1.1",
     "",
     "EPTP switching takes EPT",
     LONG,
     {NO_UNRESTRICTED, SECONDARY(VMFUNC), OFF(controls.secondary, SECONDARY_EPT)}},
    {"27.2.1.1",
     "",
     "the EPTP list is a page",
     LONG,
     {SECONDARY(VMFUNC), ON(controls.eptp_list, 8)}},
    {"27.2.1.1", "", "a VPID is not 0", LONG, {SECONDARY(VPID), IS(controls.vpid, 0)}},
    {"27.2.1.1",
     "",
     "a TSC multiplier is not 0",
     LONG,
     {SECONDARY(TSC_SCALING), IS(controls.tsc_multiplier, 0)}},
    {"27.2.1.1",
     "",
     "guest-physical processor trace takes its control loaded at entry",
     LONG,
     {EXIT(CLEAR_RTIT), SECONDARY(TRACE_GPA)}},
    {"27.2.1.1",
     "",
     "guest-physical processor trace takes its control cleared at exit",
     LONG,
     {ENTRY(LOAD_RTIT), SECONDARY(TRACE_GPA)}},
    {"27.2.1.1",
     "",
     "reserved bits of the HLAT pointer are clear",
     LONG,
     {TERTIARY(HLAT), ON(controls.hlatp, 0x18), ON(controls.hlatp, 0x20)}},
};

#define LIST_ROWS(section, subject, list)                                                          \
    {section,                                                                                      \
     subject,                                                                                      \
     "the MSR list is an address of 16 bytes",                                                     \
     LONG,                                                                                         \
     {ON(controls.list.address, 8), IS(controls.list.count, 1)}},                                  \
    {                                                                                              \
        section, subject, "the MSR list ends within the CPU's physical addresses", LONG,           \
        {                                                                                          \
            IS(controls.list.address, WIDE - 32), IS(controls.list.count, 2),                      \
                IS(controls.list.count, 3)                                                         \
        }                                                                                          \
    }

static const struct row control_rows[] = {
    {"27.2.1.2", "", "exit controls are as the CPU allows", LONG, {ALLOWS_NO(exit, EXIT_LOAD_PAT)}},
    {"27.2.1.2",
     "",
     "secondary exit controls are as the CPU allows",
     LONG,
     {EXIT(SECONDARY), IS(controls.exit2, 1), IS(controls.exit2, 2)}},
    {"27.2.1.2", "", "saving of the preemption timer takes the timer", LONG, {EXIT(SAVE_TIMER)}},
    LIST_ROWS("27.2.1.2", "stores at exit", exit_stores),
    LIST_ROWS("27.2.1.2", "loads at exit", exit_loads),
    LIST_ROWS("27.2.1.3", "loads at entry", entry_loads),
    {"27.2.1.3",
     "",
     "entry controls are as the CPU allows",
     LONG,
     {ALLOWS_NO(entry, ENTRY_LOAD_PAT)}},
    {"27.2.1.3", "", "nothing but SMM enters SMM", LONG, {ENTRY(TO_SMM)}},
    {"27.2.1.3",
     "",
     "nothing but SMM deactivates the dual-monitor treatment",
     LONG,
     {ENTRY(DEACTIVATE)}},
    {"27.2.1.3",
     "",
     "processor trace's control is loaded only while it is off in root mode",
     LONG,
     {ENTRY(LOAD_RTIT), {AT(cpu.traces), 0, 1}}},
    {"27.2.1.3",
     "",
     "the type of the event is none that is reserved",
     LONG,
     {IS(controls.event, 1U << 31 | 1 << 8)}},
    {"27.2.1.3",
     "",
     "another event takes the monitor trap flag",
     LONG,
     {EVENT(OTHER, 0), ALLOWS_NO(processor, PROCESSOR_MONITOR_TF)}},
    {"27.2.1.3", "", "an NMI has vector 2", LONG, {EVENT(NMI, 2), EVENT(NMI, 3)}},
    {"27.2.1.3",
     "",
     "an exception has a vector up to 31",
     LONG,
     {EVENT(EXCEPTION, 31), EVENT(EXCEPTION, 32)}},
    {"27.2.1.3", "", "another event has vector 0", LONG, {EVENT(OTHER, 0), EVENT(OTHER, 1)}},
    {"27.2.1.3",
     "",
     "reserved bits of the event are clear",
     LONG,
     {EVENT(EXCEPTION, 6), ON(controls.event, 1 << 12)}},
    {"27.2.1.3",
     "",
     "only exceptions have error codes",
     LONG,
     {EVENT(SOFTWARE_EXCEPTION, 3), ON(controls.event, 1 << 11)}},
    {"27.2.1.3",
     "",
     "no exception has an error code in real mode",
     REAL,
     {EVENT(EXCEPTION, 13), ON(controls.event, 1 << 11)}},
    {"27.2.1.3", "", "an exception with an error code delivers one", LONG, {EVENT(EXCEPTION, 13)}},
    {"27.2.1.3",
     "",
     "an exception without an error code delivers none",
     LONG,
     {EVENT(EXCEPTION, 20), ON(controls.event, 1 << 11)}},
    {"27.2.1.3",
     "",
     "an exception without an error code delivers none",
     LONG,
     {ON(cpu.msrs.basic, UINT64_C(1) << 56), EVENT(EXCEPTION, 1 << 11 | 21),
      OFF(cpu.msrs.basic, UINT64_C(1) << 56)}},
    {"27.2.1.3",
     "",
     "an error code has 16 bits",
     LONG,
     {EVENT(EXCEPTION, 1 << 11 | 14), IS(controls.error_code, 0xffff),
      IS(controls.error_code, 0x10000)}},
    {"27.2.1.3",
     "",
     "an instruction has at most 15 bytes",
     LONG,
     {EVENT(SOFTWARE_INTERRUPT, 0x80), IS(controls.length, 15), IS(controls.length, 16)}},
    {"27.2.1.3",
     "",
     "an instruction has at least one byte",
     LONG,
     {EVENT(PRIVILEGED_EXCEPTION, 1), IS(controls.length, 0)}},
    {"27.2.1.3",
     "",
     "an instruction has at least one byte",
     LONG,
     {EVENT(SOFTWARE_EXCEPTION, 3), ON(cpu.msrs.misc, 1 << 30), IS(controls.length, 0),
      OFF(cpu.msrs.misc, 1 << 30)}},
};

#define SELECTOR_ROW(name, number)                                                                 \
    {                                                                                              \
        "27.2.3", "host's " name, "the selector has neither RPL nor TI", LONG,                     \
        {                                                                                          \
            ON(host.selectors[number], 4)                                                          \
        }                                                                                          \
    }

static const struct row host_rows[] = {
    {"27.2.2", "host", "CR0 has its fixed bits", LONG, {OFF(host.cr0, CR0_NE)}},
    {"27.2.2", "host", "CR4 has its fixed bits", LONG, {OFF(host.cr4, CR4_VMXE)}},
    {"27.2.2", "host", "CR4 has its fixed bits", LONG, {ON(host.cr4, 1 << 24)}},
    {"27.2.2",
     "host",
     "CR4.CET takes CR0.WP",
     LONG,
     {ON(host.cr4, CR4_CET), OFF(host.cr0, CR0_WP)}},
    {"27.2.2",
     "host",
     "CR3 is within the CPU's physical addresses",
     LONG,
     {ON(host.cr3, UINT64_C(1) << 61), ON(host.cr3, WIDE)}},
    {"27.2.2", "host", "SYSENTER_ESP is canonical", LONG, {IS(host.sysenter_esp, CROOKED)}},
    {"27.2.2", "host", "SYSENTER_EIP is canonical", LONG, {IS(host.sysenter_eip, CROOKED)}},
    {"27.2.2",
     "host",
     "reserved bits of PERF_GLOBAL_CTRL are clear",
     LONG,
     {EXIT(LOAD_PERF), IS(host.perf_global, 0x100)}},
    {"27.2.2", "host", "PAT has memory types", LONG, {IS(host.pat, 0x0200)}},
    {"27.2.2", "host", "PAT has memory types", LONG, {IS(host.pat, UINT64_C(8) << 56)}},
    {"27.2.2", "host", "reserved bits of EFER are clear", LONG, {ON(host.efer, 2)}},
    {"27.2.2",
     "host",
     "EFER.LMA and LME are as the host's address space",
     LONG,
     {OFF(host.efer, EFER_LME)}},
    {"27.2.2",
     "host",
     "PKRS has 32 bits",
     LONG,
     {EXIT(LOAD_PKRS), IS(host.pkrs, UINT64_C(1) << 32)}},
    {"27.2.2",
     "host",
     "reserved bits of S_CET are clear",
     LONG,
     {EXIT(LOAD_CET), IS(host.s_cet, 1 << 6)}},
    {"27.2.2",
     "host",
     "reserved bits of S_CET are clear",
     LONG,
     {EXIT(LOAD_CET), IS(host.s_cet, 3 << 10)}},
    {"27.2.2",
     "host",
     "S_CET's address is canonical",
     LONG,
     {EXIT(LOAD_CET), IS(host.s_cet, CROOKED)}},
    {"27.2.2",
     "host",
     "SSP is canonical, and a multiple of 4",
     LONG,
     {EXIT(LOAD_CET), IS(host.ssp, 2)}},
    {"27.2.2",
     "host",
     "the SSP table's address is canonical",
     LONG,
     {EXIT(LOAD_CET), IS(host.ssp_table, CROOKED)}},
    SELECTOR_ROW("ES", 0),
    SELECTOR_ROW("CS", 1),
    SELECTOR_ROW("SS", 2),
    SELECTOR_ROW("DS", 3),
    SELECTOR_ROW("FS", 4),
    SELECTOR_ROW("GS", 5),
    SELECTOR_ROW("TR", 6),
    {"27.2.3", "host", "CS is not 0", LONG, {IS(host.selectors[1], 0)}},
    {"27.2.3", "host", "TR is not 0", LONG, {IS(host.selectors[6], 0)}},
    {"27.2.3", "host", "FS's base is canonical", LONG, {IS(host.fs_base, CROOKED)}},
    {"27.2.3", "host", "GS's base is canonical", LONG, {IS(host.gs_base, CROOKED)}},
    {"27.2.3", "host", "TR's base is canonical", LONG, {IS(host.tr_base, CROOKED)}},
    {"27.2.3", "host", "GDTR's base is canonical", LONG, {IS(host.gdtr_base, CROOKED)}},
    {"27.2.3", "host", "IDTR's base is canonical", LONG, {IS(host.idtr_base, CROOKED)}},
    {"27.2.4", "host", "CR4.PAE is set", LONG, {OFF(host.cr4, CR4_PAE)}},
    {"27.2.4", "host", "RIP is canonical", LONG, {IS(host.rip, CROOKED)}},
};

static const struct row register_rows[] = {
    {"27.3.1.1", "guest", "CR0 has its fixed bits", LONG, {OFF(guest.cr0, CR0_NE)}},
    {"27.3.1.1",
     "guest",
     "CR0 has its fixed bits",
     PAE,
     {OFF(guest.cr4, CR4_PAE), OFF(guest.cr0, CR0_PG), NO_UNRESTRICTED}},
    {"27.3.1.1", "guest", "CR0.PG takes CR0.PE", REAL, {ON(guest.cr0, CR0_PG)}},
    {"27.3.1.1", "guest", "CR4 has its fixed bits", LONG, {OFF(guest.cr4, CR4_VMXE)}},
    {"27.3.1.1",
     "guest",
     "CR4.CET takes CR0.WP",
     LONG,
     {ON(guest.cr4, CR4_CET), OFF(guest.cr0, CR0_WP)}},
    {"27.3.1.1", "guest", "IA-32e mode takes CR0.PG", LONG, {OFF(guest.cr0, CR0_PG)}},
    {"27.3.1.1", "guest", "IA-32e mode takes CR4.PAE", LONG, {OFF(guest.cr4, CR4_PAE)}},
    {"27.3.1.1", "guest", "CR4.PCIDE takes IA-32e mode", PAE, {ON(guest.cr4, CR4_PCIDE)}},
    {"27.3.1.1",
     "guest",
     "CR3 is within the CPU's physical addresses",
     LONG,
     {ON(guest.cr3, WIDE)}},
    {"27.3.1.1", "guest", "reserved bits of DEBUGCTL are clear", LONG, {IS(guest.debugctl, 8)}},
    {"27.3.1.1", "guest", "DR7 has 32 bits", LONG, {ON(guest.dr7, UINT64_C(1) << 32)}},
    {"27.3.1.1",
     "guest",
     "DR7 has 32 bits",
     LONG,
     {OFF(controls.entry, ENTRY_LOAD_DEBUG), ON(guest.dr7, UINT64_C(1) << 32), ENTRY(LOAD_DEBUG)}},
    {"27.3.1.1", "guest", "SYSENTER_ESP is canonical", LONG, {IS(guest.sysenter_esp, CROOKED)}},
    {"27.3.1.1", "guest", "SYSENTER_EIP is canonical", LONG, {IS(guest.sysenter_eip, CROOKED)}},
    {"27.3.1.1",
     "guest",
     "reserved bits of PERF_GLOBAL_CTRL are clear",
     LONG,
     {ENTRY(LOAD_PERF), IS(guest.perf_global, 0x100)}},
    {"27.3.1.1", "guest", "PAT has memory types", LONG, {IS(guest.pat, 3)}},
    {"27.3.1.1",
     "guest",
     "reserved bits of BNDCFGS are clear, its address canonical",
     LONG,
     {ENTRY(LOAD_BNDCFGS), IS(guest.bndcfgs, 3), IS(guest.bndcfgs, 4)}},
    {"27.3.1.1",
     "guest",
     "reserved bits of RTIT_CTL are clear",
     LONG,
     {ENTRY(LOAD_RTIT), IS(guest.rtit_ctl, 0x100)}},
    {"27.3.1.1",
     "guest",
     "reserved bits of LBR_CTL are clear",
     LONG,
     {ENTRY(LOAD_LBR), IS(guest.lbr_ctl, 0x10)}},
    {"27.3.1.1",
     "guest",
     "PKRS has 32 bits",
     LONG,
     {ENTRY(LOAD_PKRS), IS(guest.pkrs, UINT64_C(1) << 32)}},
    {"27.3.1.1", "guest", "UINV has 8 bits", LONG, {ENTRY(LOAD_UINV), IS(guest.uinv, 0x100)}},
    {"27.3.1.1", "guest", "reserved bits of EFER are clear", LONG, {ON(guest.efer, 2)}},
    {"27.3.1.1",
     "guest",
     "EFER.LMA is IA-32e mode",
     PAE,
     {OFF(guest.cr4, CR4_PAE), OFF(guest.cr0, CR0_PG), ON(guest.efer, EFER_LME),
      ON(guest.efer, EFER_LMA)}},
    {"27.3.1.1", "guest", "EFER.LMA is EFER.LME with paging on", LONG, {OFF(guest.efer, EFER_LME)}},
    {"27.3.1.1",
     "guest",
     "reserved bits of S_CET are clear",
     LONG,
     {ENTRY(LOAD_CET), IS(guest.s_cet, 1 << 9)}},
    {"27.3.1.1",
     "guest",
     "S_CET's address is canonical",
     LONG,
     {ENTRY(LOAD_CET), IS(guest.s_cet, CROOKED)}},
    {"27.3.1.1",
     "guest",
     "the SSP table's address is canonical",
     LONG,
     {ENTRY(LOAD_CET), IS(guest.ssp_table, CROOKED)}},
    {"27.3.1.3", "guest", "GDTR's base is canonical", LONG, {IS(guest.gdtr_base, CROOKED)}},
    {"27.3.1.3", "guest", "IDTR's base is canonical", LONG, {IS(guest.idtr_base, CROOKED)}},
    {"27.3.1.3", "guest", "GDTR's limit has 16 bits", LONG, {IS(guest.gdtr_limit, 0x10000)}},
    {"27.3.1.3", "guest", "IDTR's limit has 16 bits", LONG, {IS(guest.idtr_limit, 0x10000)}},
    {"27.3.1.4",
     "guest",
     "RIP has 32 bits outside of 64-bit mode",
     PAE,
     {IS(guest.rip, UINT64_C(1) << 32)}},
    {"27.3.1.4",
     "guest",
     "RIP has 32 bits outside of 64-bit mode",
     LONG,
     {IS(guest.rip, UINT64_C(1) << 32), RIGHTS(CS, 0xc09b)}},
    {"27.3.1.4",
     "guest",
     "RIP's highest bits are the same",
     LONG,
     {IS(guest.rip, CROOKED), IS(guest.rip, UINT64_C(1) << 48)}},
    {"27.3.1.4",
     "guest",
     "reserved bits of RFLAGS are clear, bit 1 set",
     LONG,
     {OFF(guest.rflags, 2)}},
    {"27.3.1.4",
     "guest",
     "reserved bits of RFLAGS are clear, bit 1 set",
     LONG,
     {ON(guest.rflags, 1 << 22)}},
    {"27.3.1.4",
     "guest",
     "RFLAGS.VM takes protected mode, and excludes IA-32e mode",
     VIRTUAL,
     {OFF(guest.cr0, CR0_PE)}},
    {"27.3.1.4",
     "guest",
     "an external interrupt takes RFLAGS.IF",
     LONG,
     {EVENT(INTERRUPT, 0x30), OFF(guest.rflags, RFLAGS_IF)}},
    {"27.3.1.4",
     "guest",
     "SSP is a multiple of 4, and fits the mode",
     LONG,
     {ENTRY(LOAD_CET), IS(guest.ssp, 1)}},
    {"27.3.1.4",
     "guest",
     "SSP is a multiple of 4, and fits the mode",
     PAE,
     {ENTRY(LOAD_CET), IS(guest.ssp, UINT64_C(1) << 32)}},
};

#define COMMON_ROWS(s)                                                                             \
    {"27.3.1.2",                                                                                   \
     #s,                                                                                           \
     "the base is the selector's in virtual-8086 mode",                                            \
     VIRTUAL,                                                                                      \
     {BASE(s, 0x200)}},                                                                            \
        {"27.3.1.2",                                                                               \
         #s,                                                                                       \
         "the limit is 64 KiB in virtual-8086 mode",                                               \
         VIRTUAL,                                                                                  \
         {LIMIT(s, 0xfffff)}},                                                                     \
        {"27.3.1.2", #s, "the rights are those of virtual-8086 mode", VIRTUAL, {RIGHTS(s, 0x93)}}, \
        {"27.3.1.2",                                                                               \
         #s,                                                                                       \
         "it is code or data",                                                                     \
         LONG,                                                                                     \
         {OFF(guest.segments[VMX_##s].rights, 1 << 4)}},                                           \
        {"27.3.1.2", #s, "it is present", LONG, {OFF(guest.segments[VMX_##s].rights, 1 << 7)}},    \
        {"27.3.1.2",                                                                               \
         #s,                                                                                       \
         "reserved rights are clear",                                                              \
         LONG,                                                                                     \
         {ON(guest.segments[VMX_##s].rights, 1 << 17)}},                                           \
        {"27.3.1.2",                                                                               \
         #s,                                                                                       \
         "reserved rights are clear",                                                              \
         LONG,                                                                                     \
         {ON(guest.segments[VMX_##s].rights, 1 << 8)}},                                            \
        {"27.3.1.2", #s, "its granularity can say its limit", LONG, {LIMIT(s, 0xfffffffe)}},       \
    {                                                                                              \
        "27.3.1.2", #s, "its granularity can say its limit", REAL,                                 \
        {                                                                                          \
            LIMIT(s, 0x100000 | 0xfff)                                                             \
        }                                                                                          \
    }

#define DATA_ROWS(s)                                                                               \
    COMMON_ROWS(s), {"27.3.1.2", #s, "the type is accessed", LONG, {RIGHTS(s, 0xc092)}},           \
        {"27.3.1.2",                                                                               \
         #s,                                                                                       \
         "the type is accessed",                                                                   \
         LONG,                                                                                     \
         {RIGHTS(s, 0x1c092), OFF(guest.segments[VMX_##s].rights, RIGHTS_UNUSABLE)}},              \
        {"27.3.1.2", #s, "code can be read", LONG, {RIGHTS(s, 0xc09b), RIGHTS(s, 0xc099)}},        \
    {                                                                                              \
        "27.3.1.2", #s, "DPL is at least RPL, unless the guest is unrestricted", LONG,             \
        {                                                                                          \
            SELECTOR(s, 0x11), NO_UNRESTRICTED                                                     \
        }                                                                                          \
    }

#define WIDE_BASE_ROW(s)                                                                           \
    {                                                                                              \
        "27.3.1.2", #s, "the base is canonical", LONG,                                             \
        {                                                                                          \
            BASE(s, CROOKED)                                                                       \
        }                                                                                          \
    }
#define SHORT_BASE_ROW(s)                                                                          \
    {                                                                                              \
        "27.3.1.2", #s, "the base has 32 bits", LONG,                                              \
        {                                                                                          \
            BASE(s, UINT64_C(1) << 32)                                                             \
        }                                                                                          \
    }

#define SYSTEM_ROWS(s)                                                                             \
    WIDE_BASE_ROW(s),                                                                              \
        {"27.3.1.2",                                                                               \
         #s,                                                                                       \
         "the selector is in the GDT",                                                             \
         LONG,                                                                                     \
         {ON(guest.segments[VMX_##s].selector, 4)}},                                               \
        {"27.3.1.2",                                                                               \
         #s,                                                                                       \
         "it is a system segment",                                                                 \
         LONG,                                                                                     \
         {ON(guest.segments[VMX_##s].rights, 1 << 4)}},                                            \
        {"27.3.1.2", #s, "it is present", LONG, {OFF(guest.segments[VMX_##s].rights, 1 << 7)}},    \
        {"27.3.1.2",                                                                               \
         #s,                                                                                       \
         "reserved rights are clear",                                                              \
         LONG,                                                                                     \
         {ON(guest.segments[VMX_##s].rights, 1 << 11)}},                                           \
    {                                                                                              \
        "27.3.1.2", #s, "its granularity can say its limit", LONG,                                 \
        {                                                                                          \
            LIMIT(s, 0x100067)                                                                     \
        }                                                                                          \
    }

static const struct row segment_rows[] = {
    DATA_ROWS(ES),
    DATA_ROWS(DS),
    DATA_ROWS(FS),
    DATA_ROWS(GS),
    COMMON_ROWS(CS),
    COMMON_ROWS(SS),
    SHORT_BASE_ROW(ES),
    SHORT_BASE_ROW(CS),
    SHORT_BASE_ROW(SS),
    SHORT_BASE_ROW(DS),
    WIDE_BASE_ROW(FS),
    WIDE_BASE_ROW(GS),
    SYSTEM_ROWS(TR),
    SYSTEM_ROWS(LDTR),
    {"27.3.1.2",
     "CS",
     "the type is accessed code, or data in an unrestricted guest",
     LONG,
     {RIGHTS(CS, 0xa09a)}},
    {"27.3.1.2",
     "CS",
     "the type is accessed code, or data in an unrestricted guest",
     PAE,
     {RIGHTS(CS, 0xc093), NO_UNRESTRICTED}},
    {"27.3.1.2", "CS", "data has DPL 0", REAL, {RIGHTS(CS, 0xb3)}},
    {"27.3.1.2", "CS", "code that does not conform has SS's DPL", LONG, {RIGHTS(CS, 0xa0fb)}},
    {"27.3.1.2",
     "CS",
     "conforming code has at most SS's DPL",
     LONG,
     {RIGHTS(CS, 0xa09f), RIGHTS(CS, 0xa0bf)}},
    {"27.3.1.2", "CS", "D is clear in 64-bit code", LONG, {RIGHTS(CS, 0xe09b)}},
    {"27.3.1.2",
     "SS",
     "RPL is CS's, unless the guest is unrestricted",
     LONG,
     {NO_UNRESTRICTED, SELECTOR(CS, 0x11)}},
    {"27.3.1.2", "SS", "the type is accessed data that can be written", LONG, {RIGHTS(SS, 0xc091)}},
    {"27.3.1.2",
     "SS",
     "the type is accessed data that can be written",
     LONG,
     {RIGHTS(SS, 0x1c091), OFF(guest.segments[VMX_SS].rights, RIGHTS_UNUSABLE)}},
    {"27.3.1.2",
     "SS",
     "DPL is RPL, unless the guest is unrestricted",
     LONG,
     {SELECTOR(CS, 0x13), SELECTOR(SS, 0x13), NO_UNRESTRICTED}},
    {"27.3.1.2", "SS", "DPL is 0 in real mode, and where CS is data", REAL, {RIGHTS(SS, 0xf3)}},
    {"27.3.1.2",
     "SS",
     "DPL is 0 in real mode, and where CS is data",
     PAE,
     {RIGHTS(CS, 0xc093), RIGHTS(SS, 0xc0f3)}},
    {"27.3.1.2", "TR", "it is usable", LONG, {ON(guest.segments[VMX_TR].rights, RIGHTS_UNUSABLE)}},
    {"27.3.1.2",
     "TR",
     "it is a busy TSS, of 16 bits only outside of IA-32e mode",
     LONG,
     {RIGHTS(TR, 0x83)}},
    {"27.3.1.2",
     "TR",
     "it is a busy TSS, of 16 bits only outside of IA-32e mode",
     PAE,
     {RIGHTS(TR, 0x83), RIGHTS(TR, 0x89)}},
    {"27.3.1.2", "LDTR", "it is an LDT", LONG, {RIGHTS(LDTR, 0x1008b), RIGHTS(LDTR, 0x8b)}},
};

#define STI    1
#define MOV_SS 2
#define NMI    8
#define HLT    1
#define BS     0x4000

static const struct row state_rows[] = {
    {"27.3.1.5", "", "the activity state is one the CPU has", LONG, {IS(guest.activity, 4)}},
    {"27.3.1.5",
     "",
     "the activity state is one the CPU has",
     LONG,
     {IS(guest.activity, HLT), OFF(cpu.msrs.misc, 1 << 6)}},
    {"27.3.1.5",
     "",
     "HLT takes CPL 0",
     LONG,
     {RIGHTS(CS, 0xa0bb), RIGHTS(SS, 0xc0b3), IS(guest.activity, HLT)}},
    {"27.3.1.5",
     "",
     "blocking by STI or MOV SS takes the active state",
     LONG,
     {BLOCKED(STI), IS(guest.activity, HLT)}},
    {"27.3.1.5",
     "",
     "the event can be delivered in the activity state",
     LONG,
     {IS(guest.activity, HLT), EVENT(EXCEPTION, 1), EVENT(EXCEPTION, 6)}},
    {"27.3.1.5",
     "",
     "the event can be delivered in the activity state",
     LONG,
     {IS(guest.activity, HLT), EVENT(INTERRUPT, 0x30), EVENT(SOFTWARE_INTERRUPT, 0x30)}},
    {"27.3.1.5",
     "",
     "the event can be delivered in the activity state",
     LONG,
     {IS(guest.activity, 2), EVENT(EXCEPTION, 18), EVENT(INTERRUPT, 0x30)}},
    {"27.3.1.5",
     "",
     "the event can be delivered in the activity state",
     LONG,
     {IS(guest.activity, 3), EVENT(NMI, 2)}},
    {"27.3.1.5",
     "",
     "reserved bits of the interruptibility state are clear",
     LONG,
     {BLOCKED(0x20)}},
    {"27.3.1.5",
     "",
     "STI and MOV SS don't both block",
     LONG,
     {BLOCKED(STI), BLOCKED(STI | MOV_SS)}},
    {"27.3.1.5",
     "",
     "blocking by STI takes RFLAGS.IF",
     LONG,
     {BLOCKED(STI), OFF(guest.rflags, RFLAGS_IF)}},
    {"27.3.1.5",
     "",
     "an external interrupt excludes blocking by STI and MOV SS",
     LONG,
     {EVENT(INTERRUPT, 0x30), BLOCKED(STI)}},
    {"27.3.1.5",
     "",
     "an external interrupt excludes blocking by STI and MOV SS",
     LONG,
     {EVENT(INTERRUPT, 0x30), BLOCKED(MOV_SS)}},
    {"27.3.1.5", "", "an NMI excludes blocking by MOV SS", LONG, {EVENT(NMI, 2), BLOCKED(MOV_SS)}},
    {"27.3.1.5", "", "nothing but SMM blocks SMIs", LONG, {BLOCKED(4)}},
    {"27.3.1.5",
     "",
     "an NMI excludes blocking by NMI where NMIs are virtual",
     LONG,
     {EVENT(NMI, 2), BLOCKED(NMI)}},
    {"27.3.1.5",
     "",
     "an enclave's interruption excludes MOV SS, and takes enclaves",
     LONG,
     {BLOCKED(0x10), BLOCKED(0x12)}},
    {"27.3.1.5",
     "",
     "reserved bits of the pending debug exceptions are clear",
     LONG,
     {PENDING(0x10)}},
    {"27.3.1.5",
     "",
     "a bus lock is pending only where the CPU traps them",
     LONG,
     {PENDING(0x800), {AT(cpu.bus_lock_trap), 0xff, 0}}},
    {"27.3.1.5",
     "",
     "BS is set with RFLAGS.TF under blocking by STI or MOV SS, or in HLT",
     LONG,
     {BLOCKED(STI), TRAPS}},
    {"27.3.1.5",
     "",
     "BS is set with RFLAGS.TF under blocking by STI or MOV SS, or in HLT",
     LONG,
     {BLOCKED(MOV_SS), TRAPS, PENDING(BS), PENDING(0)}},
    {"27.3.1.5",
     "",
     "BS is set with RFLAGS.TF under blocking by STI or MOV SS, or in HLT",
     LONG,
     {IS(guest.activity, HLT), TRAPS}},
    {"27.3.1.5",
     "",
     "BS is clear without RFLAGS.TF under blocking by STI or MOV SS, or in HLT",
     LONG,
     {BLOCKED(MOV_SS), PENDING(BS)}},
    {"27.3.1.5",
     "",
     "BS is clear without RFLAGS.TF under blocking by STI or MOV SS, or in HLT",
     LONG,
     {TRAPS, IS(guest.debugctl, 2), BLOCKED(STI), PENDING(BS)}},
    {"27.3.1.5",
     "",
     "RTM comes with bit 12 and no other",
     LONG,
     {PENDING(0x11000), PENDING(0x11001)}},
    {"27.3.1.5",
     "",
     "RTM takes RTM, and excludes blocking by MOV SS",
     LONG,
     {PENDING(0x11000), BLOCKED(MOV_SS)}},
    {"27.3.1.5", "", "the link pointer is a page", LONG, {IS(guest.link_pointer, 0x8001)}},
    {"27.3.1.5",
     "",
     "the link pointer's VMCS has the CPU's revision, and is a shadow where one is due",
     LONG,
     {IS(link_revision, 5), IS(guest.link_pointer, 0x8000), IS(link_revision, 6)}},
    {"27.3.1.5",
     "",
     "the link pointer's VMCS has the CPU's revision, and is a shadow where one is due",
     LONG,
     {IS(link_revision, 5), IS(guest.link_pointer, 0x8000), SECONDARY(SHADOWING)}},
    {"27.3.1.5",
     "",
     "the link pointer is not the current VMCS",
     LONG,
     {IS(link_revision, 5), IS(guest.link_pointer, 0x7000)}},
    {"27.3.1.6",
     "",
     "reserved bits of the PDPTEs are clear",
     PAE,
     {IS(guest.pdptes[3], 0x1001), IS(guest.pdptes[3], 0x1003)}},
    {"27.3.1.6",
     "",
     "reserved bits of the PDPTEs are clear",
     PAE,
     {IS(guest.pdptes[0], WIDE), IS(guest.pdptes[0], WIDE | 1)}},
};

#endif
