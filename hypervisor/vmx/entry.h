/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the end of an exit and the guest: what others want of the vCPU (smp/kick.h). */
#ifndef VMX_ENTRY_H
#define VMX_ENTRY_H

#include "vcpu.h"

/* Returns when the guest may be entered. Without the domain's lock. */
void entry_prepare(struct vcpu *vcpu);

/*
 * With the lock: do what is wanted; stand still while the vCPU does not run or a monitor holds it.
 * False if its registers have been set since its last exit: what that exit was about is void.
 */
bool entry_heed(struct vcpu *vcpu);

/* This CPU's first entry, or its next one after it has started again. */
__attribute__((noreturn)) void entry_first(struct vcpu *vcpu);

#endif
