/* SPDX-License-Identifier: BSD-2-Clause */
/* The time at which altview next takes a guest that makes no exits off the CPU, to poll the control
 * port or for the guest's timer. */
#ifndef CORE_TIMER_H
#define CORE_TIMER_H

#include "core/vcpu.h"

/* After the usual time; for vCPUs that don't poll the port, once a second. Or when the guest's own
 * timer expires, if that is earlier (xen/events/timer.c). */
void timer_rest(struct vcpu *vcpu);

#endif
