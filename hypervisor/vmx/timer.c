/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/timer.h"

#include "domain.h"
#include "monitor/monitor.h"
#include "vmx/vmx.h"

#define ONE_INSTRUCTION 2
#define MISC_RATE       31 /* IA32_VMX_MISC: the timer counts down at TSC >> rate */

void timer_init(struct vcpu *vcpu)
{
    const struct boot_info *boot = vcpu->domain->boot;
    uint64_t ticks = (boot->tsc_hz / TIMER_HZ) >> (boot->cpu.vmx.misc & MISC_RATE);

    if (vcpu->controls.initial[CONTROL_PIN] & PIN_PREEMPTION_TIMER) {
        vcpu->timer_ticks = ticks < UINT32_MAX ? (uint32_t)ticks + 1 : UINT32_MAX;
        vmwrite(VMCS_PREEMPTION_TIMER, UINT32_MAX);
    }
}

void timer_rest(struct vcpu *vcpu)
{
    uint64_t ticks = vcpu->timer_ticks;

    if (vcpu->altp2m->id != 0) {
        ticks = ticks * TIMER_HZ; /* one looks at the port for all */
    } else if (port_is_busy(vcpu->domain)) {
        ticks = ticks / TIMER_HASTE + !!ticks;
    }
    if (ticks) {
        vmwrite(VMCS_PREEMPTION_TIMER, ticks < UINT32_MAX ? ticks : UINT32_MAX);
    }
}

void timer_step(void)
{
    vmwrite(VMCS_PREEMPTION_TIMER, ONE_INSTRUCTION);
}
