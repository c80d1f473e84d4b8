/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by all vCPUs: the features that the guest sees, and the accesses that cause exits. */
#include "base/log.h"
#include "base/string.h"
#include "core/vendor.h"
#include "memory/pages.h"
#include "run/permission.h"
#include "vmx/vmx.h"
#include "x86/apic.h"

static uint64_t page_of_zeros(void)
{
    void *page = pages_alloc();

    if (!page) {
        machine_end(STATUS_NO_MEMORY, "no memory left for the virtual CPU's pages");
    }
    memset(page, 0, PAGE_SIZE);
    return phys_of(page);
}

static unsigned int needs_met(const struct vmx_controls *controls)
{
    static const struct {
        enum feature_need need;
        enum control_word word;
        uint32_t bit;
    } rows[] = {
        {NEEDS_INVPCID, CONTROL_SECONDARY, SECONDARY_INVPCID},
        {NEEDS_RDTSCP, CONTROL_SECONDARY, SECONDARY_RDTSCP},
        {NEEDS_XSAVES, CONTROL_SECONDARY, SECONDARY_XSAVES},
        {NEEDS_WAITPKG, CONTROL_SECONDARY, SECONDARY_WAIT_PAUSE},
        {NEEDS_CET, CONTROL_ENTRY, ENTRY_LOAD_CET},
    };
    unsigned int met = 0;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        met |= controls->initial[rows[i].word] & rows[i].bit ? rows[i].need : 0;
    }
    return met;
}

void vendor_watch_msr(struct domain *domain, uint32_t msr, bool on)
{
    struct msr_rights rights = msr_without_exit(&domain->face, msr);

    rights.write &= !on && !(msr == MSR_X2APIC_ICR && domain->watches);
    permission_set_msr(domain, msr, rights);
}

static void fill_msrs(struct domain *domain, uint32_t first)
{
    for (uint32_t msr = first; msr < first + MSR_REACH; msr++) {
        vendor_watch_msr(domain, msr, false);
    }
}

void vendor_share(struct domain *domain)
{
    domain->nothing_eptp = altp2m_nothing(&domain->altp2m, virt_of(page_of_zeros()));
    feature_build(&domain->face, needs_met(&domain->vcpus[0]->vmx.controls), cpuid_read);
    domain->face.cr4 &= domain->boot->cpu.vmx.cr4_fixed1;
    domain->io_bitmaps[0] = page_of_zeros();
    domain->io_bitmaps[1] = page_of_zeros();
    domain->msr_bitmap = page_of_zeros();
    fill_msrs(domain, 0);
    fill_msrs(domain, MSR_HIGH);
    ports_watch(domain, permission_watch_port);
}
