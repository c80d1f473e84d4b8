/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What keeps interrupts off for an instruction: blocking by STI and by MOV SS. And the trap of
 * RFLAGS.TF that goes with it: VM entry takes one only together with the other (SDM Vol. 3C
 * 27.3.1.5).
 */
#ifndef VMX_BLOCKING_H
#define VMX_BLOCKING_H

#include "core/vendor.h"

/*
 * The step's instruction comes next, or the delivery of an event if `delivers`. Interrupts stay out
 * if `keep_out`, and so does the window that ends the step, if one does. A second call adds to what
 * the first has done.
 */
void blocking_hold(struct vcpu *vcpu, bool delivers, bool keep_out);
/* After an exit: restore what was there, if the instruction has not been executed. */
void blocking_release(struct vcpu *vcpu);

#endif
