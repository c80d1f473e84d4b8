/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/exit.h"

#include "core/domain.h"
#include "core/life.h"
#include "core/step.h"
#include "core/timer.h"
#include "port/monitor.h"
#include "run/bell.h"
#include "run/entry.h"
#include "run/still.h"
#include "run/vmfunc.h"
#include "run/watch.h"
#include "x86/x86.h"
#include "xen/events/timer.h"
#include "xen/events/upcall.h"
#include "xen/face.h"

/* The exit of an entry in which the guest could execute nothing (vendor_step_must_look). */
static void looked(struct vcpu *vcpu)
{
    blocking_forget_trap(vcpu);
    event_recover(vcpu, guest_get(vcpu, GUEST_QUALIFICATION));
}

static void end_step(struct vcpu *vcpu, uint64_t reason)
{
    if (vendor_exit_precedes(vcpu, reason) && step_go_on(vcpu)) {
        return;
    }
    if (vendor_exit_is_ud(vcpu, reason)) {
        vmfunc_look(vcpu);
    }
    step_leave(vcpu, vendor_exit_is_violation(reason));
    if (vcpu->apic_access.active && !vcpu->step.active) {
        watch_done(vcpu);
    }
}

/* Drop an exit whose vCPU has got other registers since. The event that it interrupted is still
 * pending. */
static void drop(struct vcpu *vcpu)
{
    if (vcpu->rewritten != RESTARTED) {
        event_recover(vcpu, 0);
    }
}

/* An NMI has come. It counts also if other state has changed. */
static bool is_void(const struct vcpu *vcpu, uint64_t reason)
{
    return vcpu->rewritten && !vendor_exit_is_nmi(vcpu, reason);
}

/* The slow path: another vCPU has a demand, the vCPU steps, or it is time for the monitor. With the
 * lock. */
static void handle_with_care(struct vcpu *vcpu, uint64_t reason, exit_handler *handle)
{
    bool due = !vcpu->calm;

    if (due) {
        vcpu->calm = monitor_exits();
    }
    if (due && vcpu->step.active) {
        end_step(vcpu, reason);
    }
    if (vcpu->attention) {
        entry_heed(vcpu);
    }
    if (is_void(vcpu, reason)) {
        drop(vcpu);
    } else if (vcpu->step.looked && vendor_exit_is_violation(reason)) {
        looked(vcpu);
    } else {
        handle(vcpu);
    }
    if (due) {
        xen_timer_keep(vcpu);
        monitor_attend(vcpu);
        bell_look(vcpu);
    }
    if (due && vcpu->step.every) {
        monitor_step(vcpu);
        upcall_look(vcpu); /* in steps Bochs 2.7 with AMD-V does not tell when it can come */
        step_every_next(vcpu);
    }
    step_stay(vcpu);
    step_forget_exit(vcpu);
}

static inline void leave_lock(struct vcpu *vcpu)
{
    domain_unlock(vcpu);
    entry_prepare(vcpu);
}

/* The path with the lock, when the lock is not free. */
__attribute__((noinline)) static void serve_later(struct vcpu *vcpu, uint64_t reason,
                                                  exit_handler *handle, uint32_t ticket)
{
    domain_wait(vcpu, ticket);
    vcpu->domain->owner = vcpu;
    if (!--vcpu->calm || vcpu->attention) {
        handle_with_care(vcpu, reason, handle);
    } else {
        handle(vcpu);
    }
    leave_lock(vcpu);
}

__attribute__((noinline)) static void serve_with_care(struct vcpu *vcpu, uint64_t reason,
                                                      exit_handler *handle)
{
    handle_with_care(vcpu, reason, handle);
    leave_lock(vcpu);
}

/* The rare case is a separate function, so that the common exit needs no frame. */
static inline __attribute__((always_inline)) void
serve_with_lock(struct vcpu *vcpu, uint64_t reason, exit_handler *handle)
{
    struct domain *domain = vcpu->domain;
    uint32_t ticket = domain_queue(domain);

    if (!domain_is_free(domain, vcpu, ticket)) {
        serve_later(vcpu, reason, handle, ticket);
        return;
    }
    if (!--vcpu->calm || vcpu->attention) {
        serve_with_care(vcpu, reason, handle);
        return;
    }
    handle(vcpu);
    leave_lock(vcpu);
}

void exit_serve_with_lock(struct vcpu *vcpu, uint64_t reason, exit_handler *handle)
{
    serve_with_lock(vcpu, reason, handle);
}

__attribute__((noinline)) static void serve_switch(struct vcpu *vcpu)
{
    if (!vmfunc_try_call(vcpu)) {
        exit_serve_with_lock(vcpu, REASON_VMCALL, vmfunc_serve_call);
    }
}

/* Xen's hypercalls have their own path: the check costs them one branch. */
void exit_serve_hypercall(struct vcpu *vcpu, uint64_t reason, exit_handler *handle)
{
    (void)handle;
    if (vmfunc_is_call(vcpu)) {
        serve_switch(vcpu);
    } else {
        serve_with_lock(vcpu, reason, xen_handle_hypercall);
    }
}

void exit_hypercall(struct vcpu *vcpu)
{
    if (vmfunc_is_call(vcpu)) {
        vmfunc_serve_call(vcpu);
    } else {
        xen_handle_hypercall(vcpu);
    }
}

void exit_serve_ud(struct vcpu *vcpu, uint64_t reason, exit_handler *handle)
{
    if (!vmfunc_try(vcpu)) {
        exit_serve_with_lock(vcpu, reason, handle);
    }
}

void exit_serve_alone(struct vcpu *vcpu, uint64_t reason, exit_handler *handle)
{
    if (vcpu->calm <= 1) {
        exit_serve_with_lock(vcpu, reason, handle);
        return;
    }
    vcpu->calm--;
    handle(vcpu);
    entry_prepare(vcpu);
}

void exit_no_such_instruction(struct vcpu *vcpu)
{
    event_raise(vcpu, VECTOR_UD);
}

/* INVD would drop the hypervisor's dirty lines with the guest's. */
void exit_invd(struct vcpu *vcpu)
{
    wbinvd();
    event_skip_instruction(vcpu);
}

void exit_stepped(struct vcpu *vcpu)
{
    (void)vcpu;
}

void exit_timer(struct vcpu *vcpu)
{
    xen_timer_look(vcpu);
    timer_rest(vcpu);
    vcpu->next_poll = 0;
    monitor_attend(vcpu);
    still_note(vcpu);
    if (vcpu->altp2m->id == 0) {
        still_look(vcpu);
    }
}

void exit_init(struct vcpu *vcpu)
{
    life_init(vcpu);
    kept_init_take(vcpu);
    life_wait(vcpu);
}
