/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules of VM entry: SDM Vol. 3C 27.2 (controls and host state), 27.3 (guest state), 27.4 (the
 * checks of an MSR list that need no loading). For a CPU in 64-bit mode and outside SMM, as root
 * mode always is. Pure.
 */
#ifndef ENTRY_CHECK_VMX_CHECK_H
#define ENTRY_CHECK_VMX_CHECK_H

#include "entry_check/rule.h"
#include "entry_check/vmx_state.h"

/* The rules that do not depend on the guest: controls except the event to deliver, the host's
 * state, MSR lists. */
void vmx_check_frame(struct rule_walk *walk, const struct vmx_entry_state *state);
/* The rest: the event and the guest's state. */
void vmx_check_guest(struct rule_walk *walk, const struct vmx_entry_state *state);

#endif
