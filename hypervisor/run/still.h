/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine that stands still for good: each vCPU has halted with interrupts off, has shut down
 * after a triple fault, or waits for another to start it. Only an NMI could wake it, and there is
 * no CPU left to send one. That is an end like the triple fault of the last vCPU.
 */
#ifndef CORE_STILL_H
#define CORE_STILL_H

#include "core/domain.h"

/* On the vCPU's own CPU, when its timer has expired: note whether it has halted so. */
void still_note(struct vcpu *vcpu);
/* On the first vCPU's CPU, from time to time, with the domain's lock: ends the machine if it is
 * due. */
void still_look(struct vcpu *first);

#endif
