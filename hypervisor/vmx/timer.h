/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VMX preemption timer (SDM Vol. 3C 26.5.1) takes the CPU from a guest that makes no exits, to
 * poll the control port. Where the monitor trap flag does not work, it ends steps as well
 * (timed_step.c).
 */
#ifndef VMX_TIMER_H
#define VMX_TIMER_H

#include "core/vendor.h"

/* Has fired when the guest is entered. */
void timer_step(void);

#endif
