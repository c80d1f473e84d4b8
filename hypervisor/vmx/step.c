/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/step.h"

#include "domain.h"
#include "vmx/blocking.h"
#include "vmx/event.h"
#include "vmx/report.h"
#include "vmx/timer.h"
#include "vmx/vmx.h"

/* Bochs 2.7 has no monitor trap flag, and with several CPUs its timer is imprecise. */
static bool steps_by_tf(const struct vcpu *vcpu)
{
    return !vcpu->step_by_flag && vcpu->domain->harbour.arrivals.came;
}

/* Exceptions of the instruction leave the guest, to be raised again: their frames would show TF. */
static void lend_tf(struct vcpu *vcpu)
{
    uint64_t rflags = vmread(VMCS_GUEST_RFLAGS);

    vcpu->step.tf_lent = !(rflags & RFLAGS_TF);
    vmwrite(VMCS_GUEST_RFLAGS, rflags | RFLAGS_TF);
    vmwrite(VMCS_EXCEPTION_BITMAP, EXCEPTIONS_ALL);
}

/* Bochs 2.7 leaves a trap pending for an instruction that was not executed. */
static void take_tf_back(struct vcpu *vcpu)
{
    vcpu->step.trap_is_ours = vcpu->step.tf_lent;
    if (vcpu->step.tf_lent) {
        vcpu->step.tf_lent = false;
        vmwrite(VMCS_GUEST_RFLAGS, vmread(VMCS_GUEST_RFLAGS) & ~RFLAGS_TF);
        vmwrite(VMCS_GUEST_PENDING_DEBUG, vmread(VMCS_GUEST_PENDING_DEBUG) & ~PENDING_DEBUG_STEP);
    }
    vmwrite(VMCS_EXCEPTION_BITMAP, EXCEPTIONS_EXITING);
}

/*
 * If what comes first is the delivery of an event, that is the step: a window for NMIs ends it,
 * and a TF would stand in the frame. There is none while NMIs are blocked: then the timer has to
 * do. It does for a vCPU that sleeps as well: TF takes a trap that would wake it.
 */
static void arm_tf(struct vcpu *vcpu, bool delivers)
{
    bool nmi = (vmread(VMCS_ENTRY_EVENT) & EVENT_TYPE) == EVENT_TYPE_NMI ||
               vmread(VMCS_GUEST_INTERRUPTIBILITY) & BLOCKED_BY_NMI;
    bool sleeps = vmread(VMCS_GUEST_ACTIVITY) == ACTIVITY_HLT;

    take_tf_back(vcpu);
    if (!delivers && !sleeps) {
        lend_tf(vcpu);
    } else if (nmi || sleeps) {
        timer_step();
    } else {
        vcpu->step.window = true;
        vmx_set_processor(vcpu, PROCESSOR_NMI_WINDOW, true);
    }
}

static void disarm_tf(struct vcpu *vcpu)
{
    take_tf_back(vcpu);
    timer_rest(vcpu);
    if (vcpu->step.window) {
        vcpu->step.window = false;
        vmx_set_processor(vcpu, PROCESSOR_NMI_WINDOW, vcpu->nmi_wanted);
    }
}

/* The monitor trap flag (SDM Vol. 3C 26.5.2), or what serves where that is dead. */
static void arm(struct vcpu *vcpu, bool delivers)
{
    if (vcpu->step_by_flag) {
        vmx_set_processor(vcpu, PROCESSOR_MONITOR_TF, true);
    } else if (steps_by_tf(vcpu)) {
        arm_tf(vcpu, delivers);
    } else {
        timer_step();
    }
}

static void disarm(struct vcpu *vcpu)
{
    if (vcpu->step_by_flag) {
        vmx_set_processor(vcpu, PROCESSOR_MONITOR_TF, false);
    } else if (steps_by_tf(vcpu)) {
        disarm_tf(vcpu);
    } else {
        timer_rest(vcpu);
    }
}

/* What an EPT entry can say: no write without read; execute-only taken as read and execute. */
static unsigned int expressible(unsigned int rights)
{
    return rights | ALTP2M_R;
}

/* Before anything of the step is done: it may have begun already. */
static void start(struct vcpu *vcpu, bool keep_out)
{
    bool delivers = event_is_pending();

    vcpu->calm = 1;
    if (!vcpu->step.active) {
        vcpu->step.active = true;
        vcpu->step.rip = vmread(VMCS_GUEST_RIP);
    }
    arm(vcpu, delivers); /* again, if there is an event to deliver by now */
    blocking_hold(vcpu, delivers, keep_out);
}

void step_begin(struct vcpu *vcpu, uint64_t gfn, struct altp2m_mapping to, unsigned int rights)
{
    start(vcpu, true);
    if (altp2m_begin_step(&vcpu->domain->altp2m, vcpu->altp2m, gfn, to, expressible(rights))) {
        report_and_stop(vcpu, STATUS_STOPPED,
                        "an instruction was to be lent a page that is not the guest's");
    }
    vmx_load_step(vcpu);
}

void step_heed_event(struct vcpu *vcpu)
{
    if (vcpu->step.active && event_is_pending()) {
        start(vcpu, false);
    }
}

void step_over(struct vcpu *vcpu, uint64_t gfn, unsigned int wants)
{
    struct altp2m_translation t = altp2m_translate(&vcpu->domain->altp2m, vcpu->altp2m->view, gfn);

    if (t.to.type == ALTP2M_TYPE_NONE) {
        return; /* given back while somebody decided: the instruction meets the hole */
    }
    step_begin(vcpu, gfn, t.to, wants | t.rights);
}

void step_in(struct vcpu *vcpu, uint16_t view)
{
    if (altp2m_vcpu_go_away(&vcpu->domain->altp2m, vcpu->altp2m, view)) {
        return;
    }
    start(vcpu, true);
    vcpu->step.hops++;
    step_stay_away(vcpu);
}

void step_stay_away(struct vcpu *vcpu)
{
    if (vcpu->step.active && vcpu->altp2m->away) {
        altp2m_begin_visit(&vcpu->domain->altp2m, vcpu->altp2m);
        vmx_load_step(vcpu);
    }
}

static void come_home(struct vcpu *vcpu)
{
    vcpu->step.was_away = true;
    altp2m_vcpu_come_home(&vcpu->domain->altp2m, vcpu->altp2m);
}

void step_leave(struct vcpu *vcpu, bool violation)
{
    struct guest_step *step = &vcpu->step;

    vmx_leave_step(vcpu);
    blocking_release(vcpu);
    if (violation && vmread(VMCS_GUEST_RIP) == step->rip) {
        bool delivers = vmread(VMCS_VECTORING_EVENT) & EVENT_VALID;

        vcpu->calm = 1;
        arm(vcpu, delivers); /* anew: what the timer has saved is not the whole instruction's */
        blocking_hold(vcpu, delivers, true);
        return;
    }
    altp2m_end_step(&vcpu->domain->altp2m, vcpu->altp2m);
    step->hops = 0;
    step->active = false;
    if (vcpu->altp2m->away) {
        come_home(vcpu);
    }
    disarm(vcpu);
}

/* From within an exit, perhaps one that does not end with step_every_next. */
void step_every(struct vcpu *vcpu, bool on)
{
    vcpu->step.every = on;
    vcpu->step.running = false;
    vcpu->calm = 1;
    step_every_next(vcpu);
}

/* An instruction may go on where it began: a jump to itself, one turn of REP. */
static bool has_trapped(const struct vcpu *vcpu)
{
    uint64_t reason = vmread(VMCS_EXIT_REASON);

    return reason == REASON_MONITOR_TRAP || reason == REASON_TIMER ||
           (reason == REASON_EXCEPTION && vcpu->step.trap_is_ours && event_is_trap());
}

bool step_every_is_done(const struct vcpu *vcpu)
{
    return vcpu->step.running && vcpu->moment != vcpu->step.since &&
           (has_trapped(vcpu) || vmread(VMCS_GUEST_RIP) != vcpu->step.rip);
}

void step_every_next(struct vcpu *vcpu)
{
    if (vcpu->step.every) {
        vcpu->step.running = true;
        vcpu->step.since = vcpu->moment;
        start(vcpu, false);
    }
}
