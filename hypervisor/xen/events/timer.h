/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU's timer: VIRQ_TIMER when the TSC reaches a value. Call it on its own CPU, with the
 * lock. */
#ifndef XEN_TIMER_H
#define XEN_TIMER_H

#include "core/vcpu.h"

/* 0: never. */
void xen_timer_set(struct vcpu *vcpu, uint64_t deadline);
/* The CPU's own timer has expired: check whether this one has, and whether an upcall waits. */
void xen_timer_look(struct vcpu *vcpu);
bool xen_timer_is_due(const struct vcpu *vcpu);
/* Call it once in this many exits, because the CPU's timer may count only in the guest. */
void xen_timer_keep(struct vcpu *vcpu);

#endif
