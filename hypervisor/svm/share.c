/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by all vCPUs: the features that the guest sees, and the accesses that cause exits. */
#include "base/log.h"
#include "base/string.h"
#include "core/vendor.h"
#include "memory/pages.h"
#include "run/permission.h"
#include "svm/exit.h"
#include "x86/apic.h"
#include "x86/x86.h"

#define IO_MAP_PAGES  3 /* APM Vol. 2 15.10.1 */
#define MSR_MAP_PAGES 2

static uint64_t pages_of(unsigned int count, int fill)
{
    void *pages = pages_reserve(count);

    if (!pages) {
        machine_end(STATUS_NO_MEMORY, "no memory left for the virtual CPUs' pages");
    }
    memset(pages, fill, count * PAGE_SIZE);
    return phys_of(pages);
}

/* On AMD-V no instruction needs a control. CET's state is in the VMCB, but the CPU does not switch
 * root mode's. */
#define NEEDS_MET (NEEDS_INVPCID | NEEDS_RDTSCP | NEEDS_XSAVES)

/* altview hides SVME from the guest in EFER. The CPU does not switch IA32_DEBUGCTL, whose BTF would
 * change steps by TF. */
static struct msr_rights without_exit(const struct feature_face *face, uint32_t msr)
{
    if (msr == MSR_IA32_EFER || msr == MSR_IA32_DEBUGCTL) {
        return (struct msr_rights){false, false};
    }
    return msr_without_exit(face, msr);
}

void vendor_watch_msr(struct domain *domain, uint32_t msr, bool on)
{
    struct msr_rights rights = without_exit(&domain->face, msr);

    rights.write &= !on && !(msr == MSR_X2APIC_ICR && domain->watches);
    permission_set_msr(domain, msr, rights);
}

static void fill_msrs(struct domain *domain)
{
    for (unsigned int i = 0; i < MSR_RANGES; i++) {
        for (uint32_t msr = msr_ranges[i]; msr < msr_ranges[i] + MSR_REACH; msr++) {
            vendor_watch_msr(domain, msr, false);
        }
    }
}

void vendor_share(struct domain *domain)
{
    domain->nothing_eptp = altp2m_nothing(&domain->altp2m, virt_of(pages_of(1, 0)));
    feature_build(&domain->face, NEEDS_MET, cpuid_read);
    domain->io_bitmaps[0] = pages_of(IO_MAP_PAGES, 0);
    domain->msr_bitmap = pages_of(MSR_MAP_PAGES, 0xff);
    fill_msrs(domain);
    ports_watch(domain, permission_watch_port);
}
