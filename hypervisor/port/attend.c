/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitor's decisions about a vCPU, and carrying them out. */
#include "base/log.h"
#include "core/control_registers.h"
#include "core/kick.h"
#include "core/step.h"
#include "guestmem/code.h"
#include "port/monitor.h"
#include "x86/x86.h"

struct control_verdict monitor_settle(struct vcpu *vcpu, struct control_verdict verdict)
{
    while (verdict.action == ALTP2M_VERDICT_WAIT) {
        monitor_hold(vcpu);
        verdict = control_resume(vcpu->domain->control, vcpu->altp2m->id);
    }
    return verdict;
}

/*
 * The vCPU leaves HLT: in it the CPU takes few exceptions from a VM entry (SDM Vol. 3C 27.3.1.5).
 */
static void inject(struct vcpu *vcpu, const struct control_verdict *verdict)
{
    guest_wake(vcpu);
    if (verdict->vector == VECTOR_UD) {
        event_raise(vcpu, VECTOR_UD);
        return;
    }
    if (verdict->vector == VECTOR_BP) {
        event_raise_again(vcpu);
        return;
    }
    if (verdict->vector == VECTOR_PF) {
        guest_set_cr2(vcpu, verdict->cr2);
    }
    event_raise_error(vcpu, verdict->vector, verdict->error_code);
}

__attribute__((noreturn)) static void stop(struct vcpu *vcpu)
{
    report_and_stop(vcpu, STATUS_STOPPED,
                    "access to a restricted page, and nobody listens (access_required)");
}

bool monitor_carry_out(struct vcpu *vcpu, const struct control_verdict *verdict)
{
    switch (verdict->action) {
    case ALTP2M_VERDICT_STEP_IN:
        step_in(vcpu, verdict->view);
        return true;
    case ALTP2M_VERDICT_INJECT:
        inject(vcpu, verdict);
        return true;
    case ALTP2M_VERDICT_STOP:
        stop(vcpu);
    case ALTP2M_VERDICT_GIVE_UP:
        report_and_stop(vcpu, STATUS_STOPPED,
                        "its monitor does not answer, and has left no way on");
    default:
        return verdict->action == ALTP2M_VERDICT_RUN;
    }
}

bool monitor_decides_vmfunc(struct vcpu *vcpu, uint32_t function)
{
    struct control_verdict verdict =
        monitor_settle(vcpu, control_vmfunc_refused(vcpu->domain->control, vcpu->altp2m->id,
                                                    function, (uint32_t)vcpu->registers.rcx));

    return monitor_carry_out(vcpu, &verdict);
}

void monitor_vmfunc_refused(struct vcpu *vcpu)
{
    if (!monitor_decides_vmfunc(vcpu, (uint32_t)vcpu->registers.rax)) {
        event_raise(vcpu, VECTOR_UD);
    }
}

void monitor_breakpoint(struct vcpu *vcpu)
{
    struct control_verdict verdict = monitor_settle(
        vcpu, control_breakpoint(vcpu->domain->control, vcpu->altp2m->id, guest_rip(vcpu)));

    if (!monitor_carry_out(vcpu, &verdict)) {
        event_raise_again(vcpu);
    }
}

static enum write_decision decide(struct vcpu *vcpu, struct control_verdict verdict)
{
    verdict = monitor_settle(vcpu, verdict);
    if (verdict.action == ALTP2M_VERDICT_SKIP) {
        return WRITE_DENIED;
    }
    return monitor_carry_out(vcpu, &verdict) ? WRITE_ENDED : WRITE_ALLOWED;
}

enum write_decision monitor_decides_write(struct vcpu *vcpu, enum altview_event_type type,
                                          uint64_t value, uint64_t old)
{
    return decide(vcpu, control_write(vcpu->domain->control, vcpu->altp2m->id, type, value, old));
}

enum write_decision monitor_decides_msr(struct vcpu *vcpu, uint32_t msr, uint64_t value,
                                        uint64_t old)
{
    return decide(vcpu,
                  control_write_msr(vcpu->domain->control, vcpu->altp2m->id, msr, value, old));
}

void monitor_done(struct vcpu *vcpu, enum altview_event_type type)
{
    struct control_verdict verdict =
        monitor_settle(vcpu, control_done(vcpu->domain->control, vcpu->altp2m->id, type));

    monitor_carry_out(vcpu, &verdict);
}

void monitor_step(struct vcpu *vcpu)
{
    if (step_every_is_done(vcpu)) {
        monitor_done(vcpu, ALTVIEW_EVENT_SINGLE_STEP);
    }
}
