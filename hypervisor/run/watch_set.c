/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"
#include "control/control.h"
#include "core/vendor.h"
#include "run/watch.h"

static void map(struct domain *domain, uint64_t gfn, bool trap)
{
    const struct altp2m_mapping apic = {gfn, ALTP2M_TYPE_MMIO,
                                        trap ? ALTP2M_MEMTYPE_TRAP : ALTP2M_MEMTYPE_UC};

    if (altp2m_host_map(&domain->altp2m, gfn, 1, apic)) {
        machine_end(STATUS_NO_MEMORY, "no memory left to watch over the guest's APIC");
    }
}

void watch_set(struct domain *domain, bool on)
{
    const struct boot_info *boot = domain->boot;

    if (on == domain->watches) {
        return;
    }
    domain->watches = on;
    vendor_watch_icr(
        domain, on || (domain->control && control_watches_msr(domain->control, MSR_X2APIC_ICR)));
    map(domain, APIC_GFN, on);
    for (unsigned int i = 0; domain->cpus_outside && i < boot->ioapic_count; i++) {
        map(domain, PAGE_OF(boot->ioapics[i]), on);
    }
}
