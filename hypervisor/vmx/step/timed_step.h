/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One instruction where the monitor trap flag is dead (Bochs 2.7): the preemption timer has expired
 * before the entry, and what blocks its exit for one instruction (blocking.c) has it come behind
 * that. Nothing says that other CPUs' timers heed blocking. The guest sees nothing of it, as it
 * would of RFLAGS.TF; and unlike NMIs' window it serves in an NMI's handler.
 * What the instruction itself does to blocking and to IF is made good afterwards.
 */
#ifndef VMX_TIMED_STEP_H
#define VMX_TIMED_STEP_H

#include "core/vcpu.h"

/* Before an entry that executes one instruction, or delivers the event that is pending. */
void timed_step_begin(struct vcpu *vcpu, bool delivers);
/* After the exit. Once for each that has begun, or none has. */
void timed_step_end(struct vcpu *vcpu);

/*
 * Neither an interrupt nor an NMI is taken while one step follows the other. So whoever steps all
 * the time looks first whether one is due: by an entry that can do nothing else, since nothing is
 * mapped. It ends when an interrupt has been taken, to be delivered at the next entry, in NMIs'
 * window, or with the fetch of an instruction.
 */
bool timed_step_must_look(const struct vcpu *vcpu);

#endif
