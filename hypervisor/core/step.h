/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One instruction on its own: with view entries that are not the view's own (for access no entry
 * can express, and for holes), in another view, or just to tell of it. It ends with the next exit,
 * whatever that is.
 */
#ifndef CORE_STEP_H
#define CORE_STEP_H

#include "core/vendor.h"

/* `to` and `rights` for `gfn` during the instruction at RIP. Adds to a step of the same one. */
void step_begin(struct vcpu *vcpu, uint64_t gfn, struct altp2m_mapping to, unsigned int rights);
/* The same with the page that the view shows: let one access through, beside what the view lets
 * through by itself. An instruction may fetch from the page that it reads or writes. */
void step_over(struct vcpu *vcpu, uint64_t gfn, unsigned int wants);
/* Execute the instruction at RIP in another view, and come back. If that view is gone: nothing. */
void step_in(struct vcpu *vcpu, uint16_t view);
/* Policies that send each other an instruction must come to an end. */
#define STEP_MAX_HOPS 4
/* Before the vCPU is entered again: others may have taken it off the copy of that view, or changed
 * the view; or off what is no view at all (vcpu_load_nothing). */
void step_stay(struct vcpu *vcpu);
/* After a violation: if an exception has been raised, its delivery comes first, and is the step. */
void step_heed_event(struct vcpu *vcpu);
/*
 * An NMI has come while a step was on. True: it came before the instruction, which has been lent
 * what it has not used yet. So the step goes on: whoever decided about it is not to be asked again
 * because of an NMI.
 */
bool step_go_on(struct vcpu *vcpu);
/*
 * An exit has come while a step was on: put back every replaced entry and the view, but if it is a
 * violation of the very instruction, which then needs more.
 */
void step_leave(struct vcpu *vcpu, bool violation);

/* The instruction that a step was begun for is not to be executed any more. */
void step_give_up(struct vcpu *vcpu);

/* Every instruction on its own, until it is switched off. That begins before the next entry: an
 * exit may be under way, whose handler is to find the vCPU as it left the guest. */
void step_every(struct vcpu *vcpu, bool on);
/* It has not begun. */
bool step_every_is_wanted(const struct vcpu *vcpu);
/* At the end of an exit: has the instruction that was let run been executed? Then the next. */
bool step_every_is_done(const struct vcpu *vcpu);
void step_every_next(struct vcpu *vcpu);

/* That exit has been handled. */
static inline void step_forget_exit(struct vcpu *vcpu)
{
    vcpu->step.was_away = vcpu->step.looked = vcpu->step.vmfunc_looked = false;
    vendor_step_forget_exit(vcpu);
}

#endif
