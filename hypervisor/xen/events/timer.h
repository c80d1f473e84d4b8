/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU's timer: VIRQ_TIMER when the TSC has come that far. On its own CPU, with the lock. */
#ifndef XEN_TIMER_H
#define XEN_TIMER_H

#include "core/vcpu.h"

/* 0: never. */
void xen_timer_set(struct vcpu *vcpu, uint64_t deadline);
/* The CPU's own timer has expired: see whether this one has, or an upcall waits. */
void xen_timer_look(struct vcpu *vcpu);
bool xen_timer_is_due(const struct vcpu *vcpu);
/* Once in so many exits: the CPU's timer may count in the guest only. */
void xen_timer_keep(struct vcpu *vcpu);

#endif
