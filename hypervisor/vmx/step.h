/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One instruction under a view entry that is not the view's own: for access no EPT entry can
 * express, and for holes. It ends with the next exit, whatever that is.
 */
#ifndef VMX_STEP_H
#define VMX_STEP_H

#include "vcpu.h"

/* `to` and `rights` for `gfn` during the instruction at RIP. Adds to a step of the same one. */
void step_begin(struct vcpu *vcpu, uint64_t gfn, struct altp2m_mapping to, unsigned int rights);

/*
 * An exit has come while a step was on: put back every replaced entry, but if it is a violation of
 * the very instruction, which then needs one more page.
 */
void step_leave(struct vcpu *vcpu, bool violation);

#endif
