/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of a step.
 *
 * timed_step.c: one instruction where the monitor trap flag does not work (Bochs 2.7). The
 * preemption timer has expired before the entry, and blocking (blocking.c) delays its exit for one
 * instruction. No manual says that other CPUs' timers obey blocking. The guest can't see the step,
 * as it could see RFLAGS.TF. Unlike the NMI window it works in an NMI's handler. altview corrects
 * the instruction's own effect on blocking and IF afterwards.
 */
#ifndef VMX_STEP_H
#define VMX_STEP_H

#include "core/vendor.h"

/* Before an entry that executes one instruction, or delivers the event that is pending. */
void timed_step_begin(struct vcpu *vcpu, bool delivers);
/* After the exit. Once for each that has begun, or none has. */
void timed_step_end(struct vcpu *vcpu);

/*
 * The vCPU takes neither an interrupt nor an NMI while one step follows another. So before a step
 * altview checks whether one is pending, by an entry with nothing mapped, which can do nothing
 * else. That entry ends when the CPU has taken an interrupt, which the next entry delivers, in the
 * NMI window, or with the fetch of an instruction.
 */
bool timed_step_must_look(const struct vcpu *vcpu);

/*
 * blocking.c: blocking by STI and by MOV SS, which keeps interrupts off for an instruction. It also
 * handles the trap of RFLAGS.TF: VM entry accepts one only together with the other (SDM Vol. 3C
 * 27.3.1.5).
 */

/*
 * The step's instruction comes next, or the delivery of an event if `delivers`. `keep_out` blocks
 * interrupts, and the window that ends the step, if one does. A second call adds to the first.
 */
void blocking_hold(struct vcpu *vcpu, bool delivers, bool keep_out);
/* After an exit: restore the blocking from before, if the vCPU has not executed the instruction. */
void blocking_release(struct vcpu *vcpu);

#endif
