/* SPDX-License-Identifier: BSD-2-Clause */
#include "xen/events/timer.h"

#include "core/timer.h"
#include "x86/x86.h"
#include "xen/events/events.h"
#include "xen/events/upcall.h"

void xen_timer_set(struct vcpu *vcpu, uint64_t deadline)
{
    vcpu->xen.deadline = deadline;
    timer_rest(vcpu);
}

bool xen_timer_is_due(const struct vcpu *vcpu)
{
    return vcpu->xen.deadline && rdtsc() >= vcpu->xen.deadline;
}

void xen_timer_look(struct vcpu *vcpu)
{
    if (xen_timer_is_due(vcpu)) {
        vcpu->xen.deadline = 0;
        events_raise_timer(vcpu);
    }
    upcall_retry(vcpu);
}

void xen_timer_keep(struct vcpu *vcpu)
{
    if (vcpu->xen.deadline && !vcpu->step.active) {
        xen_timer_look(vcpu);
        timer_rest(vcpu);
    }
}
