/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"
#include "core/domain.h"
#include "memory/pages.h"
#include "xen/events/events.h"
#include "xen/face.h"
#include "xen/shared_info.h"

static uint64_t shared_page(struct domain *domain)
{
    return PAGE_OF(phys_of(domain_shown_page(domain)));
}

static void share(struct domain *domain, uint64_t gfn, uint64_t mfn)
{
    const struct altp2m_mapping page = {mfn, ALTP2M_TYPE_SPECIAL, ALTP2M_MEMTYPE_WB};

    if (altp2m_host_map(&domain->altp2m, gfn, 1, page)) {
        machine_end(STATUS_NO_MEMORY, "no memory left for the pages shared with the guest");
    }
}

static bool is_hidden(const struct boot_options *options, const struct guest_entry *entry)
{
    return options->xen_face == BOOT_FACE_AUTO ? entry->is_linux
                                               : options->xen_face == BOOT_FACE_OFF;
}

/*
 * The rings are at the first gfns of altview's own range, which is reserved in the guest's memory
 * map and otherwise a hole. Their frames have other numbers than these gfns.
 */
void xen_init(struct domain *domain, const struct guest_entry *entry)
{
    struct xen_state *xen = &domain->xen;

    xen->hidden = is_hidden(&domain->boot->options, entry);
    xen->console_mfn = shared_page(domain);
    xen->store_mfn = shared_page(domain);
    for (unsigned int i = 0; i < XEN_PAGES; i++) {
        xen->pages[i].mfn = shared_page(domain);
        xen->pages[i].gfn = ALTP2M_INVALID_GFN;
    }
    shared_info_init(domain, virt_of(xen->pages[XEN_SHARED_INFO].mfn << ALTP2M_PAGE_SHIFT));
    events_init(domain);
    xen->console_gfn = PAGE_OF(domain->boot->image);
    xen->store_gfn = xen->console_gfn + 1;
    share(domain, xen->console_gfn, xen->console_mfn);
    share(domain, xen->store_gfn, xen->store_mfn);
    hvm_init_params(domain);
}
