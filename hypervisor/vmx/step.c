/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/step.h"

#include "core/domain.h"
#include "vmx/blocking.h"
#include "vmx/event.h"
#include "vmx/report.h"
#include "vmx/timed_step.h"
#include "vmx/vmx.h"

/* The monitor trap flag (SDM Vol. 3C 26.5.2), or what serves where that is dead. */
static void arm(struct vcpu *vcpu, bool delivers)
{
    if (vcpu->step_by_flag) {
        vmx_set_processor(vcpu, PROCESSOR_MONITOR_TF, true);
    } else {
        timed_step_begin(vcpu, delivers);
    }
}

/* What an EPT entry can say: no write without read; execute-only taken as read and execute. */
static unsigned int expressible(unsigned int rights)
{
    return rights | ALTP2M_R;
}

/* Before anything of the step is done: it may have begun already. A trap that is due comes before
 * the instruction; none is where the instruction has met a violation, whatever Bochs 2.7 leaves. */
static void start(struct vcpu *vcpu, bool keep_out)
{
    bool delivers = event_is_pending(vcpu) || (!keep_out && blocking_trap_is_due());

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
    if (vcpu->step.active && event_is_pending(vcpu)) {
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
    step_stay(vcpu);
}

void step_stay(struct vcpu *vcpu)
{
    if (vcpu->step.looks) {
        vmx_load_nothing(vcpu);
    } else if (vcpu->step.active && vcpu->altp2m->away) {
        altp2m_begin_visit(&vcpu->domain->altp2m, vcpu->altp2m);
        vmx_load_step(vcpu);
    }
}

static void come_home(struct vcpu *vcpu)
{
    vcpu->step.was_away = true;
    altp2m_vcpu_come_home(&vcpu->domain->altp2m, vcpu->altp2m);
}

static void end(struct vcpu *vcpu)
{
    altp2m_end_step(&vcpu->domain->altp2m, vcpu->altp2m);
    vcpu->step.hops = 0;
    vcpu->step.active = false;
    if (vcpu->altp2m->away) {
        come_home(vcpu);
    }
    if (vcpu->step_by_flag) {
        vmx_set_processor(vcpu, PROCESSOR_MONITOR_TF, false);
    }
}

void step_leave(struct vcpu *vcpu, bool violation)
{
    struct guest_step *step = &vcpu->step;

    vmx_leave_step(vcpu);
    step->looked = step->looks;
    step->looks = false;
    timed_step_end(vcpu);
    blocking_release(vcpu);
    if (violation && !step->looked && vmread(VMCS_GUEST_RIP) == step->rip) {
        bool delivers = vmread(VMCS_VECTORING_EVENT) & EVENT_VALID;

        vcpu->calm = 1;
        arm(vcpu, delivers);
        blocking_hold(vcpu, delivers, true);
        return;
    }
    end(vcpu);
}

/* From within an exit, perhaps one that does not end with step_every_next. */
void step_every(struct vcpu *vcpu, bool on)
{
    vcpu->step.every = on;
    vcpu->step.running = false;
    vcpu->calm = 1;
    step_every_next(vcpu);
}

/* An instruction may go on where it began: a jump to itself, one turn of REP. Where the timer
 * steps, it is at rest only while the vCPU looks. */
static bool has_trapped(const struct vcpu *vcpu)
{
    uint64_t reason = vmread(VMCS_EXIT_REASON);

    return reason == REASON_MONITOR_TRAP || (reason == REASON_TIMER && !vcpu->step_by_flag) ||
           (reason == REASON_EXCEPTION && event_is_trap());
}

bool step_every_is_done(const struct vcpu *vcpu)
{
    return vcpu->step.running && !vcpu->step.looked && vcpu->moment != vcpu->step.since &&
           (has_trapped(vcpu) || vmread(VMCS_GUEST_RIP) != vcpu->step.rip);
}

/* The vCPU may have been moved, or have slept: the instruction is the one that it finds now. */
static void look(struct vcpu *vcpu)
{
    vcpu->calm = 1;
    vcpu->step.active = true;
    vcpu->step.rip = vmread(VMCS_GUEST_RIP);
    timed_step_look(vcpu);
}

void step_every_next(struct vcpu *vcpu)
{
    if (!vcpu->step.every || vcpu->step.looks) {
        return; /* looking has begun within this exit */
    }
    vcpu->step.running = true;
    vcpu->step.since = vcpu->moment;
    if (!vcpu->step.active && !vcpu->step_by_flag && !event_is_pending(vcpu) &&
        timed_step_must_look(vcpu)) {
        look(vcpu);
    } else {
        start(vcpu, false);
    }
}
