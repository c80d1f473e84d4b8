/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/step.h"

#include "core/domain.h"
#include "core/vcpu_view.h"
#include "core/vendor.h"

/* The rights that an EPT entry can express: no write without read; execute-only becomes read and
 * execute. */
static unsigned int expressible(unsigned int rights)
{
    return rights | ALTP2M_R;
}

/* Call it before the first part of the step, which may have begun already. A pending trap comes
 * before the instruction. After a violation of the instruction no trap is pending, although Bochs
 * 2.7 may leave one. */
static void start(struct vcpu *vcpu, bool keep_out)
{
    bool delivers = event_is_pending(vcpu) || (!keep_out && vendor_trap_is_due(vcpu));

    vcpu->calm = 1;
    if (!vcpu->step.active) {
        vcpu->step.active = true;
        vcpu->step.rip = guest_get(vcpu, GUEST_RIP);
    }
    vendor_step_on(vcpu, delivers, keep_out); /* again, if there is an event to deliver now */
}

void step_begin(struct vcpu *vcpu, uint64_t gfn, struct altp2m_mapping to, unsigned int rights)
{
    start(vcpu, true);
    if (altp2m_begin_step(&vcpu->domain->altp2m, vcpu->altp2m, gfn, to, expressible(rights))) {
        report_and_stop(vcpu, STATUS_STOPPED,
                        "an instruction was to be lent a page that is not the guest's");
    }
    vcpu_load_step(vcpu);
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
        return; /* the page was given back during the decision: the instruction finds the hole */
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
        vcpu_load_nothing(vcpu);
    } else if (vcpu->step.active && vcpu->altp2m->away) {
        altp2m_begin_visit(&vcpu->domain->altp2m, vcpu->altp2m);
        vcpu_load_step(vcpu);
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
    vendor_step_off(vcpu);
}

/* A step without a loan may end: monitor_step begins the next, for the same instruction. */
bool step_go_on(struct vcpu *vcpu)
{
    if (!vcpu_is_in_step(vcpu) || guest_get(vcpu, GUEST_RIP) != vcpu->step.rip ||
        vendor_step_has_ended(vcpu)) {
        return false;
    }
    vcpu->calm = 1;
    vendor_step_pause(vcpu);
    vendor_step_on(vcpu, false, true);
    return true;
}

void step_leave(struct vcpu *vcpu, bool violation)
{
    struct guest_step *step = &vcpu->step;

    vcpu_leave_step(vcpu);
    step->looked = step->looks;
    step->looks = false;
    vendor_step_pause(vcpu);
    if (violation && !step->looked && guest_get(vcpu, GUEST_RIP) == step->rip) {
        vcpu->calm = 1;
        vendor_step_on(vcpu, vendor_delivers(vcpu), true);
        return;
    }
    end(vcpu);
}

void step_give_up(struct vcpu *vcpu)
{
    vcpu->apic_access.active = false;
    if (vcpu->step.active) {
        step_leave(vcpu, false);
    }
}

void step_every(struct vcpu *vcpu, bool on)
{
    vcpu->step.every = on;
    vcpu->step.running = false;
    if (on) {
        vcpu->attention = true;
    }
}

/* An entry with nothing mapped that has begun ends with step_every_next. */
bool step_every_is_wanted(const struct vcpu *vcpu)
{
    return vcpu->step.every && !vcpu->step.running && !vcpu->step.looks;
}

bool step_every_is_done(const struct vcpu *vcpu)
{
    return vcpu->step.running && !vcpu->step.looked && vcpu->moment != vcpu->step.since &&
           (vendor_step_has_ended(vcpu) || guest_get(vcpu, GUEST_RIP) != vcpu->step.rip);
}

/* The vCPU may have moved or slept: the instruction is the one at its current RIP. */
static void look(struct vcpu *vcpu)
{
    vcpu->calm = 1;
    vcpu->step.active = true;
    vcpu->step.rip = guest_get(vcpu, GUEST_RIP);
    vcpu->step.looks = true;
    vcpu_load_nothing(vcpu);
}

void step_every_next(struct vcpu *vcpu)
{
    if (!vcpu->step.every || vcpu->step.looks) {
        return; /* looking has begun within this exit */
    }
    vcpu->step.running = true;
    vcpu->step.since = vcpu->moment;
    if (!vcpu->step.active && !event_is_pending(vcpu) && vendor_step_must_look(vcpu)) {
        look(vcpu);
    } else {
        start(vcpu, false);
    }
}
