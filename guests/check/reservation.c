/* SPDX-License-Identifier: BSD-2-Clause */
#include "reservation.h"

long reservation_change(unsigned int command, uint64_t gfn, unsigned int order, domid_t domain)
{
    xen_pfn_t extent = (xen_pfn_t)gfn;
    struct xen_memory_reservation reservation = {
        .nr_extents = 1,
        .extent_order = order,
        .domid = domain,
    };

    set_xen_guest_handle(reservation.extent_start, &extent);
    return xen_memory(command, &reservation);
}
