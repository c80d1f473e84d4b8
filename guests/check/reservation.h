/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving pages back and taking them again. Each call returns the number of pages done. */
#ifndef CHECK_RESERVATION_H
#define CHECK_RESERVATION_H

#include "xen.h"

long reservation_change(unsigned int command, uint64_t gfn, unsigned int order, domid_t domain);

static inline long reservation_give(uint64_t gfn)
{
    return reservation_change(XENMEM_decrease_reservation, gfn, 0, DOMID_SELF);
}

static inline long reservation_take(uint64_t gfn)
{
    return reservation_change(XENMEM_populate_physmap, gfn, 0, DOMID_SELF);
}

#endif
