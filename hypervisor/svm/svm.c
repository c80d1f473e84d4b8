/* SPDX-License-Identifier: BSD-2-Clause */
#include "svm/svm.h"

#include "base/log.h"
#include "base/string.h"
#include "guestmem/access.h"
#include "memory/pages.h"
#include "x86/x86.h"

#define MSR_VM_HSAVE_PA  0xc0010117U
#define CPUID_HYPERVISOR 0x40000000U
#define CPUID_TCGT       0x54474354U
#define CPUID_1_XSAVE    (1U << 26)

static void *zeroed_page(void)
{
    void *page = pages_alloc();

    if (!page) {
        machine_end(STATUS_NO_MEMORY, "no memory left for the virtual CPU's pages");
    }
    memset(page, 0, PAGE_SIZE);
    return page;
}

/* CR4 in root mode: machine checks, XSETBV for the guest, and protection against accesses to user
 * pages. */
static uint64_t host_cr4(const struct cpu_capabilities *cpu)
{
    return read_cr4() | CR4_MCE | (cpu->cpuid1_ecx & CPUID_1_XSAVE ? CR4_OSXSAVE : 0) |
           (cpu->smep ? CR4_SMEP : 0) | (cpu->smap ? CR4_SMAP : 0) | (cpu->umip ? CR4_UMIP : 0);
}

/* "TCGTCGTCGTCG": QEMU 7.2 may deliver an external interrupt of EVENTINJ twice. (Bochs 2.7 delivers
 * a virtual one only when RFLAGS.IF changes.) */
static bool is_tcg(void)
{
    return cpuid(CPUID_HYPERVISOR, 0).ebx == CPUID_TCGT;
}

void vendor_prepare(struct vcpu *vcpu)
{
    struct svm_vcpu *svm = &vcpu->svm;

    svm->vmcb = zeroed_page();
    svm->vmcb_page = phys_of(svm->vmcb);
    svm->idle = zeroed_page();
    svm->idle_page = phys_of(svm->idle);
    svm->host_page = phys_of(zeroed_page());
    vcpu->root_page = phys_of(zeroed_page());
    svm->tcg = is_tcg();
    asids_begin(&svm->asids, vcpu->domain->boot->cpu.svm.asids);
}

void vendor_enable(const struct cpu_capabilities *cpu, uint64_t root_page)
{
    write_cr4(host_cr4(cpu));
    wrmsr(MSR_IA32_EFER, rdmsr(MSR_IA32_EFER) | EFER_SVME);
    wrmsr(MSR_VM_HSAVE_PA, root_page);
}

/* VMFUNC and #VE are served in software: there is nothing to switch. */
void vendor_load_switches(struct vcpu *vcpu)
{
    (void)vcpu;
}

bool vendor_has_timer(const struct vcpu *vcpu)
{
    (void)vcpu;
    return false;
}

/* Steps need no test: RFLAGS.TF works everywhere. */
void selftest_prepare(struct vcpu *vcpu, uint64_t entry)
{
    (void)vcpu, (void)entry;
    log_line("single steps by trap flag");
}

/* The CPU does not keep INIT pending: an INIT causes no exit. */
void kept_init_take(struct vcpu *vcpu)
{
    (void)vcpu;
}

/* AMD-V leaves the top level of PAE paging in memory. */
#define PDPTES 4

uint64_t guest_pdpte(const struct vcpu *vcpu, unsigned int n)
{
    uint64_t root = vcpu->svm.vmcb->cr3 & UINT64_C(0xffffffe0);
    const uint8_t *frame =
        guest_frame_seen((struct vcpu *)(uintptr_t)vcpu, root >> ALTP2M_PAGE_SHIFT, 0);

    return frame ? ((const volatile uint64_t *)(frame + root % ALTP2M_PAGE_SIZE))[n % PDPTES] : 0;
}
