/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Single steps. One instruction runs with lent entries (for an access that no entry can express,
 * and for holes), in another view, or for an event to the monitor. The step ends with the next
 * exit, whatever its reason.
 */
#ifndef CORE_STEP_H
#define CORE_STEP_H

#include "core/vendor.h"

/* Lend `to` with `rights` for `gfn` during the instruction at RIP. Adds to a step of the same
 * instruction. */
void step_begin(struct vcpu *vcpu, uint64_t gfn, struct altp2m_mapping to, unsigned int rights);
/* The same with the page that the view shows: let one access through, in addition to the view's own
 * rights. An instruction may fetch from the page that it reads or writes. */
void step_over(struct vcpu *vcpu, uint64_t gfn, unsigned int wants);
/* Execute the instruction at RIP in another view, and come back. If that view no longer exists, do
 * nothing. */
void step_in(struct vcpu *vcpu, uint16_t view);
/* Limits how often policies send one instruction from view to view. */
#define STEP_MAX_HOPS 4
/* Call it before the vCPU enters again: other vCPUs may have taken it off the copy of that view, or
 * off the EPT with nothing mapped (vcpu_load_nothing), or may have changed the view. */
void step_stay(struct vcpu *vcpu);
/* After a violation: if altview has raised an exception, its delivery comes first and is the
 * step. */
void step_heed_event(struct vcpu *vcpu);
/*
 * An exit has come during a step, and vendor_exit_precedes. True: it came before the instruction,
 * which has not used its loan yet. So the step goes on: altview must not ask the monitor again
 * because of an NMI.
 */
bool step_go_on(struct vcpu *vcpu);
/*
 * An exit has come during a step: restore the view and all entries, unless the exit is a violation
 * of the same instruction, which then needs another loan.
 */
void step_leave(struct vcpu *vcpu, bool violation);

/* The vCPU will not execute the instruction of the step any more. */
void step_give_up(struct vcpu *vcpu);

/* Step every instruction, until this is switched off. It begins before the next entry: the handler
 * of the current exit must find the vCPU's state unchanged. */
void step_every(struct vcpu *vcpu, bool on);
/* The step has not begun. */
bool step_every_is_wanted(const struct vcpu *vcpu);
/* At the end of an exit: has the vCPU executed the stepped instruction? Then step the next. */
bool step_every_is_done(const struct vcpu *vcpu);
void step_every_next(struct vcpu *vcpu);

/* altview has handled that exit. */
static inline void step_forget_exit(struct vcpu *vcpu)
{
    vcpu->step.was_away = vcpu->step.looked = vcpu->step.vmfunc_looked = false;
    vendor_step_forget_exit(vcpu);
}

#endif
