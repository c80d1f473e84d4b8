/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of a step.
 *
 * timed_step.c: one instruction where the monitor trap flag is dead (Bochs 2.7): the preemption
 * timer has expired before the entry, and what blocks its exit for one instruction (blocking.c) has
 * it come behind that. Nothing says that other CPUs' timers heed blocking. The guest sees nothing
 * of it, as it would of RFLAGS.TF; and unlike NMIs' window it serves in an NMI's handler. What the
 * instruction itself does to blocking and to IF is made good afterwards.
 */
#ifndef VMX_STEP_H
#define VMX_STEP_H

#include "core/vendor.h"

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

/*
 * blocking.c: what keeps interrupts off for an instruction: blocking by STI and by MOV SS. And the
 * trap of RFLAGS.TF that goes with it: VM entry takes one only together with the other (SDM Vol. 3C
 * 27.3.1.5).
 */

/*
 * The step's instruction comes next, or the delivery of an event if `delivers`. Interrupts stay out
 * if `keep_out`, and so does the window that ends the step, if one does. A second call adds to what
 * the first has done.
 */
void blocking_hold(struct vcpu *vcpu, bool delivers, bool keep_out);
/* After an exit: restore what was there, if the instruction has not been executed. */
void blocking_release(struct vcpu *vcpu);

#endif
