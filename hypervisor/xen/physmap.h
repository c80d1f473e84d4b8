/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes a guest makes to its own physical memory. All act on the host p2m: every view follows. */
#ifndef XEN_PHYSMAP_H
#define XEN_PHYSMAP_H

#include "domain.h"

/* The list of pages the guest has given back, which lies in our own memory: at start. */
void physmap_init(struct domain *domain);

/* Split what RAM there is in superpages: changing it page by page then takes no table pages. False
 * if there are none for that; nothing the guest could see has changed then. */
bool physmap_prepare(struct domain *domain, uint64_t gfn, uint64_t nr);

/* Give a page of RAM back: a hole stays. Not the #VE information page while #VE is on. */
bool physmap_give_back(struct domain *domain, uint64_t gfn);

/* Take a page that was given back, zeroed before the guest can see it. RAM that is there already is
 * given back for it. */
bool physmap_take(struct domain *domain, uint64_t gfn);

/* Show the shared_info page at `gfn`, and nowhere else. -XEN_EINVAL, -XEN_EBUSY for
 * the #VE information page, -XEN_ENOMEM. */
int physmap_place_shared_info(struct domain *domain, uint64_t gfn);

#endif
