/* SPDX-License-Identifier: BSD-2-Clause */
/* When a guest that never leaves by itself is taken off the CPU next, to look at the control port
 * or for its own timer. */
#ifndef CORE_TIMER_H
#define CORE_TIMER_H

#include "core/vcpu.h"

/* After the usual time; of vCPUs that don't look at the port, once a second. Or when the guest's
 * own timer is due, if that comes first (xen/events/timer.c). */
void timer_rest(struct vcpu *vcpu);

#endif
