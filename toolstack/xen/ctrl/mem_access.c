/* SPDX-License-Identifier: BSD-2-Clause */
/* xc_*_mem_access: view 0 stands for Xen's host p2m. */
#include "xc.h"

#include <errno.h>

int xc_set_mem_access(xc_interface *xch, uint32_t domain_id, xenmem_access_t access,
                      uint64_t first_pfn, uint32_t nr)
{
    altview *h = xc_domain(xch, domain_id);

    if (h && first_pfn == ALTVIEW_NO_GFN) {
        nr = 1; /* what "default" stands for: callers give any nr with it */
    }
    if (h && !nr) {
        return xc_result(altview_fail(-EINVAL, "the range is empty"));
    }
    return h ? xc_result(altview_set_access(h, 0, first_pfn, nr, access)) : -1;
}

int xc_get_mem_access(xc_interface *xch, uint32_t domain_id, uint64_t pfn, xenmem_access_t *access)
{
    altview *h = xc_domain(xch, domain_id);
    unsigned int got;
    int rc = h ? xc_result(altview_get_access(h, 0, pfn, &got)) : -1;

    if (!rc) {
        *access = (xenmem_access_t)got;
    }
    return rc;
}
