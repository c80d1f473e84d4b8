/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/timer.h"

#include "core/domain.h"
#include "port/monitor.h"
#include "vmx/vmx.h"
#include "x86/x86.h"

#define MISC_RATE 31 /* IA32_VMX_MISC: the timer counts down at TSC >> rate */

void timer_init(struct vcpu *vcpu)
{
    const struct boot_info *boot = vcpu->domain->boot;
    uint64_t ticks = (boot->tsc_hz / TIMER_HZ) >> (boot->cpu.vmx.misc & MISC_RATE);

    if (vcpu->vmx.controls.initial[CONTROL_PIN] & PIN_PREEMPTION_TIMER) {
        vcpu->vmx.timer_ticks = ticks < UINT32_MAX ? (uint32_t)ticks + 1 : UINT32_MAX;
        vmwrite(VMCS_PREEMPTION_TIMER, UINT32_MAX);
    }
}

/* The guest's own timer, if that comes first (xen/upcall.c). */
static uint64_t until_deadline(const struct vcpu *vcpu, uint64_t ticks)
{
    uint64_t now = rdtsc(), deadline = vcpu->xen.deadline;
    uint64_t left = deadline > now ? deadline - now : 0;

    left = (left >> (vcpu->domain->boot->cpu.vmx.misc & MISC_RATE)) + 1;
    return left < ticks ? left : ticks;
}

/* One vCPU looks at the port for all; others look for what their upcall waits for. */
static bool has_to_look(const struct vcpu *vcpu)
{
    return vcpu->altp2m->id == 0 || vcpu->xen.window || vcpu->xen.apic_off;
}

void timer_rest(struct vcpu *vcpu)
{
    uint64_t ticks = vcpu->vmx.timer_ticks;

    if (vcpu->vmx.step.timed) {
        return; /* a step needs it; it is called again at the step's end */
    }
    if (!has_to_look(vcpu)) {
        ticks = ticks * TIMER_HZ;
    } else if (port_is_busy(vcpu->domain)) {
        ticks = ticks / TIMER_HASTE + !!ticks;
    }
    if (ticks && vcpu->xen.deadline) {
        ticks = until_deadline(vcpu, ticks);
    }
    if (ticks) {
        vmwrite(VMCS_PREEMPTION_TIMER, ticks < UINT32_MAX ? ticks : UINT32_MAX);
    }
}

void timer_step(void)
{
    vmwrite(VMCS_PREEMPTION_TIMER, 0);
}
