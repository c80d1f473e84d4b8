/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a vCPU hears of events. The cause of an upcall notes it under the domain's
 * lock. The vCPU's own CPU delivers it before it enters the guest.
 */
#ifndef XEN_UPCALL_H
#define XEN_UPCALL_H

#include "core/handlers.h"

/* Events are pending (Xen: vcpu_mark_events_pending): set the byte in vcpu_info that says so. With
 * it goes an upcall, unless the byte was set. */
void upcall_mark(struct vcpu *vcpu);
/* An upcall in any case, as far as the guest has said how (Xen: hvm_assert_evtchn_irq). */
void upcall_want(struct vcpu *vcpu);

/* On its own CPU, with the lock: deliver what is due to this vCPU. */
void upcall_deliver(struct vcpu *vcpu);

/* Whether an upcall is to be delivered, as soon as the guest takes it. */
bool upcall_is_due(const struct vcpu *vcpu);

/* SCHEDOP_poll, at RIP, waits: the vCPU asks again, and the poll ends where an upcall comes first.
 * Or it waits no longer. */
void upcall_set_poll(struct vcpu *vcpu, bool waits);

/* Whether one that waits for the guest's APIC, or for the guest, can be delivered by now. */
void upcall_retry(struct vcpu *vcpu);

#endif
