/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The debug build looks at all that a VM entry looks at, before each, and panics with the rule that
 * is broken (entry_check/): emulators check less than CPUs do, and CPUs don't say which rule it
 * was. altview.elf has none of this. Nor does it run with wide windows: a check that takes as long
 * as many exits has no place between two stores that race.
 */
#ifndef VMX_ENTRY_VERIFY_H
#define VMX_ENTRY_VERIFY_H

#include "core/vcpu.h"

#include <stdbool.h>

#ifdef ALTVIEW_DEBUG
/* On the vCPU's own CPU, with its VMCS as it is to be entered. */
void entry_verify(struct vcpu *vcpu);
/* Check no more from now on: the caller wants what the CPU itself says of such an entry. */
void entry_verify_stop(void);
#else
static inline void entry_verify(struct vcpu *vcpu)
{
    (void)vcpu;
}
#endif

#endif
