/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/step.h"

#include "base/log.h"
#include "vmx/event.h"
#include "vmx/report.h"
#include "vmx/vmx.h"

#define TIMER_ONE_INSTRUCTION 2 /* Bochs 2.7 */

/* The monitor trap flag (SDM Vol. 3C 26.5.2), or the preemption timer where that is dead. */
static void arm(struct vcpu *vcpu, bool on)
{
    if (vcpu->step_by_flag) {
        vmx_set_processor(vcpu, PROCESSOR_MONITOR_TF, on);
        return;
    }
    if (on) {
        vmwrite(VMCS_PREEMPTION_TIMER, TIMER_ONE_INSTRUCTION);
    }
    vmx_set_pin(vcpu, PIN_PREEMPTION_TIMER, on);
}

/*
 * Keep interrupts out for one instruction; without IF they are out already. Not together with an
 * event: an interrupt that is being injected excludes the block (SDM Vol. 3C 27.3.1.5).
 */
static void hold_interrupts(void)
{
    uint64_t blocked = vmread(VMCS_GUEST_INTERRUPTIBILITY);

    if (event_is_pending()) {
        vmwrite(VMCS_GUEST_INTERRUPTIBILITY, blocked & ~(uint64_t)BLOCKED_BY_STI);
    } else if (vmread(VMCS_GUEST_RFLAGS) & RFLAGS_IF && !(blocked & BLOCKED_BY_MOV_SS)) {
        vmwrite(VMCS_GUEST_INTERRUPTIBILITY, blocked | BLOCKED_BY_STI);
    }
}

/* What an EPT entry can say: no write without read; execute-only taken as read and execute. */
static unsigned int expressible(unsigned int rights)
{
    return rights | ALTP2M_R;
}

static unsigned int find(const struct guest_step *step, uint64_t gfn)
{
    unsigned int i = 0;

    while (i < step->count && step->gfns[i] != gfn) {
        i++;
    }
    return i;
}

static void start(struct vcpu *vcpu)
{
    vcpu->step.view = vcpu->altp2m->view;
    vcpu->step.rip = vmread(VMCS_GUEST_RIP);
    arm(vcpu, true);
}

void step_begin(struct vcpu *vcpu, uint64_t gfn, struct altp2m_mapping to, unsigned int rights)
{
    struct guest_step *step = &vcpu->step;
    unsigned int i = find(step, gfn);

    if (i == STEP_MAX) {
        report_and_stop(vcpu, STATUS_STOPPED, "an instruction touches too many restricted pages");
    }
    if (!step->count) {
        start(vcpu);
    }
    hold_interrupts();
    if (i == step->count) {
        step->count++;
        step->gfns[i] = gfn;
        step->rights[i] = 0;
    }
    step->rights[i] |= expressible(rights);
    if (altp2m_begin_step(&vcpu->domain->altp2m, step->view, gfn, to, step->rights[i])) {
        report_and_stop(vcpu, STATUS_STOPPED, "no page left for a single step's tables");
    }
}

void step_leave(struct vcpu *vcpu, bool violation)
{
    struct guest_step *step = &vcpu->step;

    if (violation && vmread(VMCS_GUEST_RIP) == step->rip) {
        return;
    }
    for (unsigned int i = 0; i < step->count; i++) {
        altp2m_end_step(&vcpu->domain->altp2m, step->view, step->gfns[i]);
    }
    step->count = 0;
    arm(vcpu, false);
}
