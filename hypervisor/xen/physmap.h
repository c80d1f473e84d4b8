/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes that a guest makes to its own physical memory. All act on the host p2m, and every view
 * follows. */
#ifndef XEN_PHYSMAP_H
#define XEN_PHYSMAP_H

#include "core/domain.h"

/* Make the set of pages that the guest has given back, in altview's own memory. At start. */
void physmap_init(struct domain *domain);

/* -XEN_EPERM if a view restricts one of these gfns for the guest: altp2m_guest_may_change. */
int physmap_allows(const struct vcpu *vcpu, uint64_t gfn, uint64_t nr);

/*
 * The others return 0 or a negative error, and check no view.
 *
 * prepare: split the RAM's superpages: changing it page by page then takes no table pages.
 *   -XEN_ENOMEM: the guest then sees no change.
 * give_back: a page of RAM goes, a hole stays.
 * take: a page that was given back, zeroed before the guest can see it. RAM that is there already
 *   is given back for it.
 * place: show that page of ours at `gfn`, and nowhere else. -XEN_EPERM over an APIC.
 * lend: vcpu_info of `vcpu` lies in that page of RAM, at that offset; this one asks the views.
 * -XEN_EINVAL: no such gfn, or something else is there. -XEN_ENOMEM.
 */
int physmap_prepare(struct domain *domain, uint64_t gfn, uint64_t nr);
int physmap_give_back(struct domain *domain, uint64_t gfn);
int physmap_take(struct domain *domain, uint64_t gfn);
int physmap_place(struct domain *domain, struct xen_shown *shown, uint64_t gfn);
int physmap_lend(const struct vcpu *caller, struct vcpu *vcpu, uint64_t gfn, uint32_t offset);

#endif
