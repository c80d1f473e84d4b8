/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels within one domain, in the form with two levels (Xen: xen/common/event_channel.c,
 * event_2l.c). What a port is lies in our own memory; that it is pending or masked lies in
 * shared_info, where the guest writes as well.
 */
#ifndef XEN_EVENTS_H
#define XEN_EVENTS_H

#include "domain.h"

/* The ports a domain is born with. At start. */
void events_init(struct domain *domain);

/* The port is pending; its vCPU has an upcall, unless it is masked. */
void events_raise(struct domain *domain, size_t port);
/* What the vCPU has bound to VIRQ_TIMER, if anything. */
void events_raise_timer(const struct vcpu *vcpu);
void events_unmask(struct domain *domain, size_t port);
void events_clear(struct domain *domain, size_t port);
/* Domain 0's end of a channel tells the guest's, unless the guest has closed it. */
void events_raise_from_0(struct domain *domain, uint16_t port);
bool events_is_pending(const struct domain *domain, size_t port);

/*
 * vcpu_info lies there from now on, with everything pending (Xen: map_vcpu_info): in a page of the
 * guest's; or, where `info` is NULL, in shared_info again.
 */
void events_move_info(struct vcpu *vcpu, uint8_t *info, uint64_t mfn);
/* The frame is no longer the guest's to write to: no vCPU's info lies there. */
void events_leave(struct domain *domain, uint64_t mfn);

#endif
