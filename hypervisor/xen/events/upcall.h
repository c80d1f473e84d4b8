/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telling a vCPU of events. The cause of an upcall notes it under the domain's lock. The vCPU's own
 * CPU delivers it before it enters the guest.
 */
#ifndef XEN_UPCALL_H
#define XEN_UPCALL_H

#include "core/handlers.h"

/* Events are pending (Xen: vcpu_mark_events_pending): set the byte in vcpu_info for that. The vCPU
 * gets an upcall, unless the byte was set. */
void upcall_mark(struct vcpu *vcpu);
/* An upcall in any case, by the vectors that the guest has set (Xen: hvm_assert_evtchn_irq). */
void upcall_want(struct vcpu *vcpu);

/* On its own CPU, with the lock: deliver this vCPU's pending upcalls. */
void upcall_deliver(struct vcpu *vcpu);
/* The same, or try an upcall again that the guest could not take before. */
void upcall_look(struct vcpu *vcpu);

/* Whether an upcall waits until the guest takes it. */
bool upcall_is_due(const struct vcpu *vcpu);

/* SCHEDOP_poll, at RIP, waits: the vCPU makes the call again, and the poll ends if an upcall comes
 * first. Or it no longer waits. */
void upcall_set_poll(struct vcpu *vcpu, bool waits);

/* Whether an upcall that waits for the guest's APIC, or for the guest, can be delivered now. */
void upcall_retry(struct vcpu *vcpu);

#endif
