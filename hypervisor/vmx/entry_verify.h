/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The debug build looks at all that a VM entry looks at, before each, and panics with the rule that
 * is broken (entry_check/): emulators check less than CPUs do, and CPUs don't say which rule it
 * was. In the other build there is nothing of this. Nor is there with wide windows: what takes as
 * long as many exits has no place between two that race.
 */
#ifndef VMX_ENTRY_VERIFY_H
#define VMX_ENTRY_VERIFY_H

#include "vcpu.h"

#include <stdbool.h>

#ifdef ALTVIEW_DEBUG
/* On the vCPU's own CPU, with its VMCS as it is to be entered. */
void entry_verify(struct vcpu *vcpu);
/* From now on, not: what the CPU itself says of such an entry is wanted. */
void entry_verify_stop(void);
#else
static inline void entry_verify(struct vcpu *vcpu)
{
    (void)vcpu;
}
#endif

#endif
