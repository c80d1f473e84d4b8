/* SPDX-License-Identifier: BSD-2-Clause */
/* Executing one instruction. */
#include "toolstack/sim/cpu.h"

#include <errno.h>
#include <string.h>

#define RAX 0

#define STATUS_STOPPED 71 /* as the hypervisor ends a run under access_required */
#define HOPS_MAX       4

#define INT3 0xcc

/* As Xen without a device model: reads see ones, writes vanish. */
enum sim_progress sim_touch_hole(struct sim_vcpu *v)
{
    if (v->operation.rights & ALTP2M_X) {
        return sim_cpu_raise(v, SIM_VECTOR_UD);
    }
    if (v->operation.rights & ALTP2M_R) {
        v->registers.general.gpr[RAX] = UINT64_MAX >> (64 - 8 * v->operation.size);
    }
    return sim_cpu_retire(v, -ENXIO);
}

enum sim_progress sim_let_through(struct sim_vcpu *v)
{
    struct altp2m_translation t;

    if (v->operation.kind != SIM_OPERATION_ACCESS) {
        return SIM_AGAIN;
    }
    t = altp2m_translate(&v->sim->altp2m, v->altp2m->view,
                         v->operation.address >> ALTP2M_PAGE_SHIFT);
    return t.to.type == ALTP2M_TYPE_NONE ? sim_touch_hole(v) : sim_cpu_transfer(v, t.to.mfn);
}

/*
 * A step in another view. A policy there may name a third view and so on, perhaps in a circle:
 * after some hops the access is let through.
 */
static enum sim_progress step_in(struct sim_vcpu *v, unsigned int view)
{
    if (v->hops == HOPS_MAX) {
        return sim_let_through(v);
    }
    /* If the view no longer exists, the vCPU's own view refuses the access again. */
    if (!altp2m_vcpu_go_away(&v->sim->altp2m, v->altp2m, view)) {
        v->hops++;
    }
    return SIM_AGAIN;
}

static void step_out(struct sim_vcpu *v)
{
    altp2m_vcpu_come_home(&v->sim->altp2m, v->altp2m);
    v->hops = 0;
}

enum sim_progress sim_cpu_finish(struct sim_vcpu *v, int result)
{
    if (!v->operation.executed) {
        v->operation.executed = true;
        v->operation.result = result;
    }
    step_out(v);
    return SIM_FINISHED;
}

enum sim_progress sim_cpu_raise(struct sim_vcpu *v, unsigned int vector)
{
    v->exception = vector;
    return sim_cpu_finish(v, -EFAULT);
}

enum sim_progress sim_cpu_stop(struct sim_vcpu *v)
{
    v->sim->ended = true;
    control_shutdown(&v->sim->control, STATUS_STOPPED);
    return sim_cpu_finish(v, -ECANCELED);
}

static enum sim_progress inject(struct sim_vcpu *v, const struct control_verdict *verdict)
{
    if (verdict->vector == SIM_VECTOR_PF) {
        v->registers.cr2 = verdict->cr2;
    }
    return sim_cpu_raise(v, verdict->vector);
}

/* After the instruction most of it is about the next one, and that comes with the next call. */
static enum sim_progress unless_executed(const struct sim_vcpu *v, enum sim_progress progress)
{
    return v->operation.executed && progress == SIM_AGAIN ? SIM_FINISHED : progress;
}

uint64_t *sim_register_of(struct sim_vcpu *v)
{
    switch (v->operation.which) {
    case ALTVIEW_EVENT_CR0:
        return &v->registers.cr0;
    case ALTVIEW_EVENT_CR3:
        return &v->registers.cr3;
    case ALTVIEW_EVENT_CR4:
        return &v->registers.cr4;
    case ALTVIEW_EVENT_MSR:
        return sim_msr(v, v->operation.msr);
    default:
        return &v->xcr0;
    }
}

/* If the monitor has set RIP, the vCPU goes on there. */
static enum sim_progress pass_write(struct sim_vcpu *v)
{
    return v->registers.general.rip == v->operation.rip ? sim_cpu_retire(v, 0)
                                                        : sim_cpu_finish(v, 0);
}

static enum sim_progress do_write(struct sim_vcpu *v)
{
    *sim_register_of(v) = v->operation.address;
    return pass_write(v);
}

enum sim_progress sim_cpu_obey(struct sim_vcpu *v, const struct control_verdict *verdict)
{
    switch (verdict->action) {
    case ALTP2M_VERDICT_RUN:
        return unless_executed(v, SIM_AGAIN);
    case ALTP2M_VERDICT_WAIT:
        return SIM_WAITS;
    case ALTP2M_VERDICT_STEP:
    case ALTP2M_VERDICT_NOMEM:
        return sim_let_through(v);
    case ALTP2M_VERDICT_STEP_IN:
        return unless_executed(v, step_in(v, verdict->view));
    case ALTP2M_VERDICT_INJECT:
        return inject(v, verdict);
    case ALTP2M_VERDICT_STOP:
    case ALTP2M_VERDICT_GIVE_UP:
        return sim_cpu_stop(v);
    case ALTP2M_VERDICT_HOLE:
        return sim_touch_hole(v);
    case ALTP2M_VERDICT_SKIP:
        return pass_write(v);
    default:
        break;
    }
    if (v->operation.kind == SIM_OPERATION_WRITE) {
        return do_write(v);
    }
    return sim_cpu_raise(v,
                         v->operation.kind == SIM_OPERATION_VMFUNC ? SIM_VECTOR_UD : SIM_VECTOR_BP);
}

enum sim_progress sim_cpu_retire(struct sim_vcpu *v, int result)
{
    bool fetch = v->operation.rights & ALTP2M_X;
    struct control_verdict verdict;

    v->registers.general.rip += fetch ? v->operation.size : 1;
    sim_cpu_finish(v, result);
    if (!v->stepping) {
        return SIM_FINISHED;
    }
    v->exits[SIM_EXIT_STEP]++;
    verdict = control_done(&v->sim->control, v->id, ALTVIEW_EVENT_SINGLE_STEP);
    return sim_cpu_obey(v, &verdict);
}

/* In a step in another view it is the guest's own. */
static enum sim_progress breakpoint(struct sim_vcpu *v)
{
    struct control_verdict verdict;

    if (v->hops) {
        return sim_cpu_raise(v, SIM_VECTOR_BP);
    }
    v->exits[SIM_EXIT_EXCEPTION]++;
    verdict = control_breakpoint(&v->sim->control, v->id, v->operation.address);
    return sim_cpu_obey(v, &verdict);
}

/* A read loads RAX, a write stores it; both together exchange. */
enum sim_progress sim_cpu_transfer(struct sim_vcpu *v, uint64_t mfn)
{
    const struct sim_operation *o = &v->operation;
    uint64_t *rax = &v->registers.general.gpr[RAX];
    uint64_t old = 0;
    uint8_t *memory = sim_memory_at(&v->sim->memory, (mfn << ALTP2M_PAGE_SHIFT) +
                                                         (o->address & (ALTP2M_PAGE_SIZE - 1)));

    if (o->rights & ALTP2M_X && *memory == INT3) {
        return breakpoint(v);
    }
    memcpy(&old, memory, o->size);
    if (o->rights & ALTP2M_W) {
        memcpy(memory, rax, o->size);
    }
    if (o->rights & ALTP2M_R) {
        *rax = old;
    }
    return sim_cpu_retire(v, 0);
}
