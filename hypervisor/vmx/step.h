/* SPDX-License-Identifier: BSD-2-Clause */
/* Single steps: core/vendor.h has what others ask for. */
#ifndef VMX_STEP_H
#define VMX_STEP_H

#include "core/vendor.h"

/* That exit has been handled. */
static inline void step_forget_exit(struct vcpu *vcpu)
{
    vcpu->step.was_away = vcpu->step.trap_waits = vcpu->step.looked = false;
}

#endif
