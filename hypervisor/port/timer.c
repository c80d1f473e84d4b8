/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/timer.h"

#include "core/domain.h"
#include "core/vendor.h"
#include "port/monitor.h"
#include "x86/x86.h"

/* How long the guest runs without an exit of the timer: less than a UART of 16 bytes takes to fill.
 * During a frame, no longer than one byte takes (Bochs keeps only one). */
#define TIMER_HZ    1000
#define TIMER_HASTE 12

/* One vCPU polls the port for all. Others check whether their upcall can be delivered. */
static bool has_to_look(const struct vcpu *vcpu)
{
    return vcpu->altp2m->id == 0 || vcpu->xen.window || vcpu->xen.apic_off;
}

static uint64_t usual(const struct vcpu *vcpu)
{
    uint64_t second = vcpu->domain->boot->tsc_hz;

    if (!has_to_look(vcpu)) {
        return second;
    }
    return second / TIMER_HZ / (port_is_busy(vcpu->domain) ? TIMER_HASTE : 1);
}

static uint64_t until_deadline(const struct vcpu *vcpu)
{
    uint64_t now = rdtsc(), deadline = vcpu->xen.deadline;

    return deadline > now ? deadline - now : 0;
}

void timer_rest(struct vcpu *vcpu)
{
    uint64_t ticks = usual(vcpu), left = vcpu->xen.deadline ? until_deadline(vcpu) : ticks;

    vendor_set_timer(vcpu, left < ticks ? left : ticks);
}
