/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine on which no vCPU can ever run again: each has halted with interrupts off, has shut down
 * after a triple fault, or waits for another to start it. Only an NMI could wake one, and there is
 * no CPU left to send it. The run ends as after a triple fault of the last vCPU.
 */
#ifndef CORE_STILL_H
#define CORE_STILL_H

#include "core/domain.h"

/* On the vCPU's own CPU, when its timer has expired: note whether it has halted with interrupts
 * off. */
void still_note(struct vcpu *vcpu);
/* On the first vCPU's CPU, from time to time, with the domain's lock: ends the machine if no vCPU
 * can run again. */
void still_look(struct vcpu *first);

#endif
