/* SPDX-License-Identifier: BSD-2-Clause */
/* Between an exit and the next entry: the vCPU polls the port, and stops while the monitor holds
 * it. */
#include "core/kick.h"
#include "core/vendor.h"
#include "port/monitor.h"
#include "x86/x86.h"

void monitor_poll(struct vcpu *vcpu)
{
    port_poll(vcpu->domain);
}

/* The reason to poll before the entry is over, unless more bytes are expected and no timer would
 * serve them. Bytes that come from here on ring again. The entry leaves unsent bytes to the first
 * vCPU. */
static void release(struct vcpu *vcpu)
{
    bool rung = vcpu->rung || !vendor_has_timer(vcpu);

    vcpu->rung = false;
    port_release(vcpu->domain);
    if (rung && port_is_expected(vcpu->domain)) {
        vcpu->rung = true;
    }
    if (vcpu->rung || domain_has_unsent(vcpu->domain)) {
        vcpu->attention = true;
    }
}

static void hold(struct vcpu *vcpu)
{
    port_hold(vcpu->domain);
    while (control_holds(vcpu->domain->control, vcpu->altp2m->id)) {
        port_poll(vcpu->domain);
        domain_unlock(vcpu);
        cpu_relax();
        domain_lock(vcpu);
        kick_catch_up(vcpu);
    }
    release(vcpu);
}

void monitor_hold(struct vcpu *vcpu)
{
    while (control_holds(vcpu->domain->control, vcpu->altp2m->id)) {
        hold(vcpu);
    }
}

void monitor_attend(struct vcpu *vcpu)
{
    if (vcpu->altp2m->id == 0 && vcpu->moment >= vcpu->next_poll) {
        vcpu->next_poll = vcpu->moment + monitor_exits();
        port_poll(vcpu->domain);
    }
    monitor_hold(vcpu);
}
