/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VMX preemption timer (SDM Vol. 3C 26.5.1) takes the CPU from a guest that never leaves by
 * itself, to look at the control port. Where the monitor trap flag is dead it ends steps as well
 * (timed_step.c).
 */
#ifndef VMX_TIMER_H
#define VMX_TIMER_H

#include "core/vendor.h"

/* How long the guest runs undisturbed: less than it takes to fill a UART of 16 bytes. While a frame
 * is under way, no longer than one byte takes (Bochs keeps no more than one). */
#define TIMER_HZ    1000
#define TIMER_HASTE 12

/* Has fired when the guest is entered. */
void timer_step(void);

#endif
