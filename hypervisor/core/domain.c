/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/domain.h"

#include "base/debug.h"
#include "memory/pages.h"
#include "x86/tables.h"

/* At start the first CPU has no VMCS yet. */
void domain_check_owner(const struct domain *domain)
{
    const struct vcpu *here = DEBUG_BUILD ? cpu_tables_current()->vcpu : NULL;

    debug_assert(!here || here == domain->owner);
}

uint64_t domain_exits(const struct vcpu *vcpu)
{
    uint64_t sum = 0;

    for (unsigned int reason = 0; reason < EXIT_REASONS; reason++) {
        sum += vcpu->exit_counts[reason];
    }
    return sum;
}

void *domain_shown_page(struct domain *domain)
{
    uint64_t page = domain->shown.start + ((uint64_t)domain->shown_used << ALTP2M_PAGE_SHIFT);

    domain->shown_used++;
    debug_assert(page - domain->shown.start < domain->shown.size);
    return virt_of(page);
}
