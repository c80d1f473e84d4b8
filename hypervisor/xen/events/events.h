/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels within one domain, in the form with two levels (Xen: xen/common/event_channel.c,
 * event_2l.c). altview's own memory has the state of a port. shared_info, where the guest writes as
 * well, says whether it is pending or masked.
 */
#ifndef XEN_EVENTS_H
#define XEN_EVENTS_H

#include "core/domain.h"

/* The ports that a domain has from the start. */
void events_init(struct domain *domain);

/* Make the port pending. Its vCPU gets an upcall, unless the port is masked. */
void events_raise(struct domain *domain, size_t port);
/* Raise the vCPU's port for VIRQ_TIMER, if there is one. */
void events_raise_timer(const struct vcpu *vcpu);
void events_unmask(struct domain *domain, size_t port);
void events_clear(struct domain *domain, size_t port);
/* Domain 0's end of a channel notifies the guest's end, unless the guest has closed it. */
void events_raise_from_0(struct domain *domain, uint16_t port);
bool events_is_pending(const struct domain *domain, size_t port);

/*
 * Put vcpu_info there from now on, with everything pending (Xen: map_vcpu_info): in a page of the
 * guest's; or, where `info` is NULL, in shared_info again.
 */
void events_move_info(struct vcpu *vcpu, uint8_t *info, uint64_t mfn);
/* The guest may no longer write to the frame: take every vCPU's info out of it. */
void events_leave(struct domain *domain, uint64_t mfn);

#endif
