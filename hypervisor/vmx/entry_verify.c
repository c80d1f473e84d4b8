/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/log.h"
#include "core/domain.h"
#include "debug/window.h"
#include "entry_check/vmx_check.h"
#include "memory/pages.h"
#include "vmx/event.h"
#include "vmx/instructions.h"
#include "x86/x86.h"

#include <stddef.h>

#define MSR_IA32_RTIT_CTL      0x570U
#define MSR_VMX_TERTIARY       0x492U
#define MSR_VMX_EXIT2          0x493U
#define CPUID7_EBX_SGX         (UINT64_C(1) << 2)
#define CPUID7_EBX_RTM         (UINT64_C(1) << 11)
#define CPUID7_EBX_TRACE       (UINT64_C(1) << 25)
#define CPUID7_ECX_LA57        (UINT64_C(1) << (32 + 16))
#define CPUID7_ECX_BUS_LOCK    (UINT64_C(1) << (32 + 24))
#define PROCESSOR_MAY_TERTIARY (UINT64_C(1) << (32 + 17))
#define PROCESSOR_TPR_SHADOW   (1U << 21)
#define EXIT_MAY_SECONDARY     (UINT64_C(1) << (32 + 31))
#define DEBUGCTL_DEFINED       0xffc7U /* SDM Vol. 4, table 2-2 */
#define TRACE_ON               1U
#define VTPR                   0x80U /* in the virtual-APIC page */
#define HOST_TR                6

/* The source of each word of the state. */
struct source {
    uint16_t field, to;
};

#define CONTROL(name, member)                                                                      \
    {                                                                                              \
        name, offsetof(struct vmx_entry_state, controls.member)                                    \
    }
#define HOST(name, member)                                                                         \
    {                                                                                              \
        name, offsetof(struct vmx_entry_state, host.member)                                        \
    }
#define GUEST(name, member)                                                                        \
    {                                                                                              \
        name, offsetof(struct vmx_entry_state, guest.member)                                       \
    }
#define SEGMENT(number)                                                                            \
    GUEST(VMCS_GUEST_ES_SELECTOR + 2 * (number), segments[number].selector),                       \
        GUEST(VMCS_GUEST_ES_BASE + 2 * (number), segments[number].base),                           \
        GUEST(VMCS_GUEST_ES_LIMIT + 2 * (number), segments[number].limit),                         \
        GUEST(VMCS_GUEST_ES_RIGHTS + 2 * (number), segments[number].rights)

static const struct source frame[] = {
    CONTROL(VMCS_PIN_CONTROLS, pin),
    CONTROL(VMCS_PROCESSOR_CONTROLS, processor),
    CONTROL(VMCS_SECONDARY_CONTROLS, secondary),
    CONTROL(VMCS_TERTIARY_CONTROLS, tertiary),
    CONTROL(VMCS_EXIT_CONTROLS, exit),
    CONTROL(VMCS_SECONDARY_EXIT_CONTROLS, exit2),
    CONTROL(VMCS_ENTRY_CONTROLS, entry),
    CONTROL(VMCS_CR3_TARGETS, cr3_targets),
    CONTROL(VMCS_VPID, vpid),
    CONTROL(VMCS_EPT_POINTER, eptp),
    CONTROL(VMCS_TSC_MULTIPLIER, tsc_multiplier),
    CONTROL(VMCS_TPR_THRESHOLD, tpr_threshold),
    CONTROL(VMCS_IO_BITMAP_A, io_bitmap_a),
    CONTROL(VMCS_IO_BITMAP_B, io_bitmap_b),
    CONTROL(VMCS_MSR_BITMAP, msr_bitmap),
    CONTROL(VMCS_VIRTUAL_APIC, virtual_apic),
    CONTROL(VMCS_APIC_ACCESS, apic_access),
    CONTROL(VMCS_POSTED_VECTOR, posted_vector),
    CONTROL(VMCS_POSTED_DESCRIPTOR, posted_descriptor),
    CONTROL(VMCS_PID_POINTERS, pid_pointers),
    CONTROL(VMCS_PID_LAST, pid_last),
    CONTROL(VMCS_PML_BUFFER, pml),
    CONTROL(VMCS_SUB_PAGE_TABLE, spptp),
    CONTROL(VMCS_HLAT_POINTER, hlatp),
    CONTROL(VMCS_VMFUNC_CONTROLS, vmfunc),
    CONTROL(VMCS_EPTP_LIST, eptp_list),
    CONTROL(VMCS_VMREAD_BITMAP, vmread_bitmap),
    CONTROL(VMCS_VMWRITE_BITMAP, vmwrite_bitmap),
    CONTROL(VMCS_VE_INFORMATION, ve_information),
    CONTROL(VMCS_EXIT_MSR_STORES, exit_stores.count),
    CONTROL(VMCS_EXIT_MSR_STORE_LIST, exit_stores.address),
    CONTROL(VMCS_EXIT_MSR_LOADS, exit_loads.count),
    CONTROL(VMCS_EXIT_MSR_LOAD_LIST, exit_loads.address),
    CONTROL(VMCS_ENTRY_MSR_LOADS, entry_loads.count),
    CONTROL(VMCS_ENTRY_MSR_LIST, entry_loads.address),
    HOST(VMCS_HOST_CR0, cr0),
    HOST(VMCS_HOST_CR3, cr3),
    HOST(VMCS_HOST_CR4, cr4),
    HOST(VMCS_HOST_RIP, rip),
    HOST(VMCS_HOST_SYSENTER_ESP, sysenter_esp),
    HOST(VMCS_HOST_SYSENTER_EIP, sysenter_eip),
    HOST(VMCS_HOST_PERF_GLOBAL, perf_global),
    HOST(VMCS_HOST_PAT, pat),
    HOST(VMCS_HOST_EFER, efer),
    HOST(VMCS_HOST_PKRS, pkrs),
    HOST(VMCS_HOST_S_CET, s_cet),
    HOST(VMCS_HOST_SSP, ssp),
    HOST(VMCS_HOST_SSP_TABLE, ssp_table),
    HOST(VMCS_HOST_ES_SELECTOR, selectors[ES]),
    HOST(VMCS_HOST_CS_SELECTOR, selectors[CS]),
    HOST(VMCS_HOST_SS_SELECTOR, selectors[SS]),
    HOST(VMCS_HOST_DS_SELECTOR, selectors[DS]),
    HOST(VMCS_HOST_FS_SELECTOR, selectors[FS]),
    HOST(VMCS_HOST_GS_SELECTOR, selectors[GS]),
    HOST(VMCS_HOST_TR_SELECTOR, selectors[HOST_TR]),
    HOST(VMCS_HOST_FS_BASE, fs_base),
    HOST(VMCS_HOST_GS_BASE, gs_base),
    HOST(VMCS_HOST_TR_BASE, tr_base),
    HOST(VMCS_HOST_GDTR_BASE, gdtr_base),
    HOST(VMCS_HOST_IDTR_BASE, idtr_base),
};

static const struct source guest[] = {
    CONTROL(VMCS_ENTRY_EVENT, event),
    CONTROL(VMCS_ENTRY_ERROR_CODE, error_code),
    CONTROL(VMCS_ENTRY_LENGTH, length),
    GUEST(VMCS_GUEST_CR0, cr0),
    GUEST(VMCS_GUEST_CR3, cr3),
    GUEST(VMCS_GUEST_CR4, cr4),
    GUEST(VMCS_GUEST_DR7, dr7),
    GUEST(VMCS_GUEST_RIP, rip),
    GUEST(VMCS_GUEST_RFLAGS, rflags),
    GUEST(VMCS_GUEST_DEBUGCTL, debugctl),
    GUEST(VMCS_GUEST_SYSENTER_ESP, sysenter_esp),
    GUEST(VMCS_GUEST_SYSENTER_EIP, sysenter_eip),
    GUEST(VMCS_GUEST_PERF_GLOBAL, perf_global),
    GUEST(VMCS_GUEST_PAT, pat),
    GUEST(VMCS_GUEST_EFER, efer),
    GUEST(VMCS_GUEST_BNDCFGS, bndcfgs),
    GUEST(VMCS_GUEST_RTIT_CTL, rtit_ctl),
    GUEST(VMCS_GUEST_LBR_CTL, lbr_ctl),
    GUEST(VMCS_GUEST_PKRS, pkrs),
    GUEST(VMCS_GUEST_UINV, uinv),
    GUEST(VMCS_GUEST_S_CET, s_cet),
    GUEST(VMCS_GUEST_SSP, ssp),
    GUEST(VMCS_GUEST_SSP_TABLE, ssp_table),
    GUEST(VMCS_GUEST_GDTR_BASE, gdtr_base),
    GUEST(VMCS_GUEST_GDTR_LIMIT, gdtr_limit),
    GUEST(VMCS_GUEST_IDTR_BASE, idtr_base),
    GUEST(VMCS_GUEST_IDTR_LIMIT, idtr_limit),
    GUEST(VMCS_GUEST_ACTIVITY, activity),
    GUEST(VMCS_GUEST_INTERRUPTIBILITY, interruptibility),
    GUEST(VMCS_GUEST_PENDING_DEBUG, pending_debug),
    GUEST(VMCS_LINK_POINTER, link_pointer),
    GUEST(VMCS_GUEST_PDPTE0, pdptes[0]),
    GUEST(VMCS_GUEST_PDPTE0 + 2, pdptes[1]),
    GUEST(VMCS_GUEST_PDPTE0 + 4, pdptes[2]),
    GUEST(VMCS_GUEST_PDPTE0 + 6, pdptes[3]),
    SEGMENT(ES),
    SEGMENT(CS),
    SEGMENT(SS),
    SEGMENT(DS),
    SEGMENT(FS),
    SEGMENT(GS),
    SEGMENT(LDTR),
    SEGMENT(TR),
};

/* altview sets no control that loads these MSRs, so their reserved bits are not known, and not
 * needed. */
static struct vmx_entry_cpu limits_of(const struct vcpu *vcpu)
{
    const struct cpu_capabilities *cpu = &vcpu->domain->boot->cpu;
    struct vmx_entry_cpu to = {
        .msrs = cpu->vmx,
        .physical_bits = cpu->physical_bits,
        .linear_bits = cpu->cpuid7 & CPUID7_ECX_LA57 ? 57 : 48,
        .debugctl = DEBUGCTL_DEFINED,
        .perf_global = ~UINT64_C(0),
        .rtit_ctl = ~UINT64_C(0),
        .lbr_ctl = ~UINT64_C(0),
        .rtm = cpu->cpuid7 & CPUID7_EBX_RTM,
        .bus_lock_trap = cpu->cpuid7 & CPUID7_ECX_BUS_LOCK,
        .enclaves = cpu->cpuid7 & CPUID7_EBX_SGX,
        .vmcs = vcpu->vmx.vmcs_page,
    };

    if (cpu->vmx.processor & PROCESSOR_MAY_TERTIARY) {
        to.tertiary = rdmsr(MSR_VMX_TERTIARY);
    }
    if (cpu->vmx.exit & EXIT_MAY_SECONDARY) {
        to.exit2 = rdmsr(MSR_VMX_EXIT2);
    }
    if (cpu->cpuid7 & CPUID7_EBX_TRACE) {
        to.traces = rdmsr(MSR_IA32_RTIT_CTL) & TRACE_ON;
    }
    return to;
}

static bool is_page(const struct vmx_entry_state *s, uint64_t address)
{
    return !(address >> s->cpu.physical_bits) && !(address & (PAGE_SIZE - 1));
}

static void find_list(struct vmx_msr_list *list)
{
    list->entries = list->count ? virt_of(list->address) : NULL;
}

/* Read it where the VMCS names altview's memory. The rules check which memory it may name. */
static void read_memory(struct vmx_entry_state *s)
{
    const struct vmx_entry_controls *c = &s->controls;

    if (c->processor & PROCESSOR_TPR_SHADOW && is_page(s, c->virtual_apic)) {
        s->vtpr = *(const uint8_t *)virt_of(c->virtual_apic + VTPR);
    }
    if (is_page(s, s->guest.link_pointer)) {
        s->link_revision = *(const uint32_t *)virt_of(s->guest.link_pointer);
    }
    find_list(&s->controls.exit_stores);
    find_list(&s->controls.exit_loads);
    find_list(&s->controls.entry_loads);
}

/* True if a word has changed. Fast, because an emulated guest's timers go on meanwhile. */
static bool take(struct vmx_entry_state *s, const struct source *sources, size_t count)
{
    uint64_t change = 0;

    for (size_t i = 0; i < count; i++) {
        uint64_t *to = (uint64_t *)((char *)s + sources[i].to), value = *to;

        __asm__ volatile goto("vmread %1, %0\n\tjna %l[absent]"
                              : "+r"(value)
                              : "r"((uint64_t)sources[i].field)
                              : "cc"
                              : absent);
        change |= *to ^ value;
        *to = value;
    absent:;
    }
    return change;
}

/* State that exit.c corrects after Bochs 2.7 has refused it. */
static void wrap_rip(void)
{
    vmwrite(VMCS_GUEST_RIP, event_wrapped(vmread(VMCS_GUEST_RIP)));
}

static bool stopped;

void entry_verify_stop(void)
{
    stopped = true;
}

void entry_verify(struct vcpu *vcpu)
{
    static struct vmx_entry_state states[BOOT_MAX_CPUS];
    struct vmx_entry_state *s = &states[vcpu->altp2m->id];
    struct rule_walk walk = {.breaks = 0};
    bool changed;

    if (stopped || window_is_wide()) {
        return;
    }
    if (!s->cpu.physical_bits) {
        s->cpu = limits_of(vcpu);
    }
    wrap_rip();
    changed = take(s, frame, sizeof(frame) / sizeof(frame[0]));
    take(s, guest, sizeof(guest) / sizeof(guest[0]));
    read_memory(s);
    if (changed) {
        vmx_check_frame(&walk, s);
    }
    vmx_check_guest(&walk, s);
    if (walk.breaks) {
        machine_stop_others();
        report(vcpu);
        panic("the CPU would refuse to enter vCPU %u: SDM Vol. 3C %s%s%s: %s", vcpu->altp2m->id,
              walk.broken.section, walk.broken.subject[0] ? ", " : "", walk.broken.subject,
              walk.broken.text);
    }
}
