/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * There are two kinds of upcall, as in Xen, and a vCPU that has both vectors gets both. A vCPU with
 * a vector of its own (HVMOP_set_evtchn_upcall_vector) has it from its local APIC, and ends it
 * there: a message from that APIC to itself. The vector of all vCPUs (HVM_PARAM_CALLBACK_IRQ) does
 * not use the APIC: VM entry injects it.
 */
#include "xen/events/upcall.h"

#include "core/domain.h"
#include "core/kick.h"
#include "core/timer.h"
#include "core/vendor.h"
#include "x86/apic.h"
#include "xen/hypercall.h"

#include <xen/sched.h>
#include <xen/xen.h>

#define PENDING 0 /* the byte of vcpu_info */

void upcall_want(struct vcpu *vcpu)
{
    vcpu->xen.upcall = true;
    if (vcpu == vcpu->domain->owner) {
        vcpu->attention = true;
    } else {
        kick_one(vcpu);
    }
}

void upcall_mark(struct vcpu *vcpu)
{
    if (!__atomic_exchange_n(&vcpu->xen.info[PENDING], 1, __ATOMIC_SEQ_CST)) {
        upcall_want(vcpu);
    }
}

static void set_window(struct vcpu *vcpu, bool on)
{
    if (vcpu->xen.window != on) {
        vcpu->xen.window = on;
        event_interrupt_window(vcpu, on);
    }
}

static bool is_still_pending(const struct vcpu *vcpu)
{
    return vcpu->xen.info && __atomic_load_n(&vcpu->xen.info[PENDING], __ATOMIC_SEQ_CST);
}

bool upcall_is_due(const struct vcpu *vcpu)
{
    return vcpu->xen.upcall || vcpu->xen.window;
}

void upcall_set_poll(struct vcpu *vcpu, bool waits)
{
    vcpu->xen.polls_at = waits ? guest_get(vcpu, GUEST_RIP) : 0;
}

/* A guest may make all its calls by one VMCALL, and make another call than the poll in an
 * interrupt. */
static bool is_at_poll(const struct vcpu *vcpu)
{
    const struct hypercall *call = &vcpu->hypercall;

    return vcpu->xen.polls_at && vcpu->xen.polls_at == guest_get(vcpu, GUEST_RIP) &&
           (vcpu->registers.rax & call->abi->mask) == __HYPERVISOR_sched_op &&
           (uint32_t)argument(call, 0) == SCHEDOP_poll;
}

/* The call at RIP would go on waiting for an event that the guest's handler will take. */
static void end_poll(struct vcpu *vcpu)
{
    if (is_at_poll(vcpu)) {
        vcpu->registers.rax = 0;
        event_skip(vcpu, HYPERCALL_LENGTH);
    }
    vcpu->xen.polls_at = 0;
}

static void inject_callback(struct vcpu *vcpu)
{
    bool wanted = vcpu->domain->xen.callback && is_still_pending(vcpu);

    if (wanted && event_takes_interrupt(vcpu)) {
        end_poll(vcpu);
        event_interrupt(vcpu, (uint8_t)vcpu->domain->xen.callback);
        wanted = false;
    }
    set_window(vcpu, wanted);
}

/* While the APIC is off the message would be lost. In Xen's APIC the request stays until it is
 * on. */
static void send_vector(struct vcpu *vcpu)
{
    vcpu->xen.apic_off = !apic_takes_interrupts();
    if (vcpu->xen.apic_off) {
        timer_rest(vcpu);
    } else {
        end_poll(vcpu);
        apic_send(0, APIC_SELF | APIC_ASSERT | vcpu->xen.vector);
    }
}

void upcall_deliver(struct vcpu *vcpu)
{
    vcpu->xen.upcall = false;
    if (vcpu->xen.vector) {
        send_vector(vcpu);
    }
    inject_callback(vcpu);
}

void upcall_window(struct vcpu *vcpu)
{
    set_window(vcpu, false);
    inject_callback(vcpu);
}

void upcall_look(struct vcpu *vcpu)
{
    if (vcpu->xen.upcall) {
        upcall_deliver(vcpu);
    } else if (vcpu->xen.window) {
        inject_callback(vcpu);
    }
}

void upcall_retry(struct vcpu *vcpu)
{
    if (vcpu->xen.apic_off) {
        send_vector(vcpu);
    }
    if (vcpu->xen.window) {
        inject_callback(vcpu);
    }
}
