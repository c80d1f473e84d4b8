/* SPDX-License-Identifier: BSD-2-Clause */
#include "debug/fault.h"

#include "base/debug.h"
#include "base/string.h"
#include "core/domain.h"
#include "core/kick.h"
#include "debug/vendor_fault.h"
#include "memory/image.h"
#include "memory/pages.h"
#include "x86/apic.h"
#include "x86/x86.h"

#include <stddef.h>

#define NARROW_BITS 36

static void commit_panic(const struct vcpu *vcpu)
{
    panic("asked to, on vCPU %u", vcpu->altp2m->id);
}

static void invalid_opcode(const struct vcpu *vcpu)
{
    (void)vcpu;
    __asm__ volatile("ud2");
}

static void write_code(const struct vcpu *vcpu)
{
    (void)vcpu;
    *(volatile char *)image_start = 0;
}

/* The same by the direct map. */
static void write_code_copy(const struct vcpu *vcpu)
{
    (void)vcpu;
    *(volatile char *)virt_of(phys_of(image_start)) = 0;
}

static void run_data(const struct vcpu *vcpu)
{
    static char code[] = {(char)0xc3}; /* RET */

    (void)vcpu;
    ((void (*)(void))(uintptr_t)code)();
}

/* Recurses without end, which the compiler can't see. */
__attribute__((noinline)) static unsigned int recurse(volatile unsigned int *above)
{
    volatile unsigned int here[32];

    here[0] = *above + 1;
    return here[0] ? recurse(here) + here[0] : 0;
}

static void overflow(const struct vcpu *vcpu)
{
    volatile unsigned int zero = 0;

    (void)vcpu;
    recurse(&zero);
}

/* Without CR4.MCE one is a shutdown (SDM Vol. 3A 2.5), as is an exception without a table. */
static void machine_check(const struct vcpu *vcpu)
{
    const struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) none = {0, 0};

    (void)vcpu;
    if (!(read_cr4() & CR4_MCE)) {
        __asm__ volatile("lidt %0" : : "m"(none));
    }
    __asm__ volatile("int $18");
}

/* Make a view's root entry for the first 512 GiB writable but not readable. */
static void misconfiguration(const struct vcpu *vcpu)
{
    uint64_t *root = vcpu->domain->altp2m.views[vcpu->altp2m->view].root;

    root[0] = (root[0] & ~(uint64_t)ALTP2M_RWX) | ALTP2M_W;
}

/* A vCPU that counts as in the guest, and takes no NMI. */
static void deaf(const struct vcpu *vcpu)
{
    struct vcpu *other = vcpu->domain->vcpus[vcpu->domain->vcpu_count - 1];

    __atomic_store_n(&other->in_guest, true, __ATOMIC_SEQ_CST);
    kick_one(other);
}

/* While altview ends the machine, an NMI comes that another CPU sent before it stopped. */
static void nmi_at_end(const struct vcpu *vcpu)
{
    machine_stop_others();
    apic_send(vcpu->apic_id, APIC_ASSERT | APIC_MODE_NMI);
    panic("asked to, at the end");
}

/* A CPU whose addresses are wider than EPT's, such as one with 52 bits. */
static void narrow(const struct vcpu *vcpu)
{
    struct frames *frames = &vcpu->domain->frames;
    const uint64_t limit = UINT64_C(1) << (NARROW_BITS - ALTP2M_PAGE_SHIFT);

    vcpu->domain->gfn_bits = NARROW_BITS - ALTP2M_PAGE_SHIFT;
    while (frames->ranges[frames->count - 1].first >= limit) {
        frames->count--;
    }
    if (frames->ranges[frames->count - 1].end > limit) {
        frames->ranges[frames->count - 1].end = limit;
    }
}

/* The engine has lost the list of altview's frames, and maps one of its own tables. */
static void own_page(const struct vcpu *vcpu)
{
    struct altp2m_domain *altp2m = &vcpu->domain->altp2m;
    const struct altp2m_mapping table = {PAGE_OF(phys_of(altp2m->base)), ALTP2M_TYPE_RAM,
                                         ALTP2M_MEMTYPE_WB};

    altp2m->config.kept_count = 0;
    altp2m_host_map(altp2m, 0, 1, table);
}

/* altview maps the guest's page 0 while the set of pages given back has it. */
static void free_page(const struct vcpu *vcpu)
{
    struct domain *domain = vcpu->domain;

    frame_set_add(&domain->xen.free, 1);
    altp2m_host_map(&domain->altp2m, 0, 1,
                    (struct altp2m_mapping){1, ALTP2M_TYPE_RAM, ALTP2M_MEMTYPE_WB});
}

/* No memory type has number 2, and XCR0 always has x87: try to violate both, then let the guest go
 * on. */
static void refused(const struct vcpu *vcpu)
{
    (void)vcpu;
    if (wrmsr_try(MSR_IA32_PAT, 2) || !wrmsr_try(MSR_IA32_PAT, rdmsr(MSR_IA32_PAT)) ||
        (read_cr4() & CR4_OSXSAVE && (xsetbv_try(0, 0) || !xsetbv_try(0, xgetbv(0))))) {
        panic("what the CPU refuses, and what it takes, are taken for each other");
    }
}

static void (*const commits[FAULTS])(const struct vcpu *vcpu) = {
    [FAULT_PANIC] = commit_panic,
    [FAULT_INVALID_OPCODE] = invalid_opcode,
    [FAULT_WRITE_CODE] = write_code,
    [FAULT_WRITE_CODE_COPY] = write_code_copy,
    [FAULT_RUN_DATA] = run_data,
    [FAULT_NARROW] = narrow,
    [FAULT_REFUSED] = refused,
    [FAULT_OVERFLOW] = overflow,
    [FAULT_MACHINE_CHECK] = machine_check,
    [FAULT_UNSERVED] = vendor_fault_unserved,
    [FAULT_CHECKED_STATE] = vendor_fault_checked_state,
    [FAULT_GUEST_STATE] = vendor_fault_guest_state,
    [FAULT_ENTRY_CONTROLS] = vendor_fault_entry_controls,
    [FAULT_GUEST_MSR] = vendor_fault_guest_msr,
    [FAULT_MISCONFIGURATION] = misconfiguration,
    [FAULT_OWN_PAGE] = own_page,
    [FAULT_FREE_PAGE] = free_page,
    [FAULT_DEAF] = deaf,
    [FAULT_NMI_AT_END] = nmi_at_end,
};

void debug_fault(enum fault_place place, const struct vcpu *vcpu)
{
    enum fault fault = debug_fault_take(place);

    if (fault != FAULT_NONE) {
        commits[fault](vcpu);
    }
}
