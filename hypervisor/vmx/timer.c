/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/timer.h"

#include "core/domain.h"
#include "vmx/vmx.h"

#define MISC_RATE 31 /* IA32_VMX_MISC: the timer counts down at TSC >> rate */

bool vendor_has_timer(const struct vcpu *vcpu)
{
    return vcpu->vmx.controls.initial[CONTROL_PIN] & PIN_PREEMPTION_TIMER;
}

void vendor_set_timer(struct vcpu *vcpu, uint64_t ticks)
{
    if (vendor_has_timer(vcpu) && !vcpu->vmx.step.timed) {
        ticks = (ticks >> (vcpu->domain->boot->cpu.vmx.misc & MISC_RATE)) + 1;
        vmwrite(VMCS_PREEMPTION_TIMER, ticks < UINT32_MAX ? ticks : UINT32_MAX);
    }
}

void timer_step(void)
{
    vmwrite(VMCS_PREEMPTION_TIMER, 0);
}
