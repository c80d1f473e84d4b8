/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/sim/cpu.h"

#include <errno.h>
#include <string.h>

#define RAX 0
#define RCX 1

#define STATUS_STOPPED 71 /* as the hypervisor ends a run under access_required */
#define HOPS_MAX       4

#define INT3 0xcc

/*
 * A step in another view. A policy there may name a third view and so on, perhaps in a circle:
 * after some hops the access is let through.
 */
static enum sim_progress step_in(struct sim_vcpu *v, unsigned int view)
{
    if (v->hops == HOPS_MAX) {
        return sim_let_through(v);
    }
    /* If the view has gone meanwhile: refused again, where the vCPU is. */
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

static enum sim_progress finish(struct sim_vcpu *v, int result)
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
    return finish(v, -EFAULT);
}

enum sim_progress sim_cpu_stop(struct sim_vcpu *v)
{
    v->sim->ended = true;
    control_shutdown(&v->sim->control, STATUS_STOPPED);
    return finish(v, -ECANCELED);
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

enum sim_progress sim_cpu_obey(struct sim_vcpu *v, const struct control_verdict *verdict)
{
    switch (verdict->action) {
    case CONTROL_RUN:
        return unless_executed(v, SIM_AGAIN);
    case CONTROL_WAIT:
        return SIM_WAITS;
    case CONTROL_STEP:
    case CONTROL_NOMEM:
        return sim_let_through(v);
    case CONTROL_STEP_IN:
        return unless_executed(v, step_in(v, verdict->view));
    case CONTROL_INJECT:
        return inject(v, verdict);
    case CONTROL_STOP:
    case CONTROL_GIVE_UP:
        return sim_cpu_stop(v);
    case CONTROL_DEFAULT:
        break;
    }
    return sim_cpu_raise(v,
                         v->operation.kind == SIM_OPERATION_VMFUNC ? SIM_VECTOR_UD : SIM_VECTOR_BP);
}

enum sim_progress sim_cpu_retire(struct sim_vcpu *v, int result)
{
    bool fetch = v->operation.rights & ALTP2M_X;
    struct control_verdict verdict;

    v->registers.general.rip += fetch ? v->operation.size : 1;
    finish(v, result);
    if (!v->stepping) {
        return SIM_FINISHED;
    }
    v->exits[SIM_EXIT_STEP]++;
    verdict = control_stepped(&v->sim->control, v->id);
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

/* A read ends up in RAX, a write comes from there; both together exchange. */
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

static enum sim_progress try_access(struct sim_vcpu *v)
{
    const struct altp2m_translation t = altp2m_translate(&v->sim->altp2m, v->altp2m->view,
                                                         v->operation.address >> ALTP2M_PAGE_SHIFT);

    if (t.to.type == ALTP2M_TYPE_NONE || v->operation.rights & ~t.rights) {
        return sim_violation(v, &t);
    }
    return sim_cpu_transfer(v, t.to.mfn);
}

/* The view whose EPTP the CPU finds in the list (SDM Vol. 3C 26.5.6.3), or ALTP2M_MAX_VIEWS. */
static unsigned int listed_view(const struct sim_vcpu *v, uint32_t index)
{
    const struct altp2m_domain *altp2m = &v->sim->altp2m;
    const uint64_t *list = (const uint64_t *)sim_memory_at(
        &v->sim->memory, altp2m_visible_list_address(altp2m, v->altp2m));

    return index < ALTP2M_ENTRIES ? altp2m_view_by_eptp(altp2m, list[index]) : ALTP2M_MAX_VIEWS;
}

static enum sim_progress try_vmfunc(struct sim_vcpu *v)
{
    uint32_t function = (uint32_t)v->registers.general.gpr[RAX];
    uint32_t index = (uint32_t)v->registers.general.gpr[RCX];
    unsigned int view = function ? ALTP2M_MAX_VIEWS : listed_view(v, index);
    struct control_verdict verdict;

    if (!v->altp2m->vmfunc) {
        return sim_cpu_raise(v, SIM_VECTOR_UD); /* no exit: nobody hears of it */
    }
    if (view < ALTP2M_MAX_VIEWS) {
        v->altp2m->view = (uint16_t)view;
        return sim_cpu_retire(v, 0);
    }
    v->exits[SIM_EXIT_VMFUNC]++;
    verdict = control_vmfunc_refused(&v->sim->control, v->id, function, index);
    return sim_cpu_obey(v, &verdict);
}

static enum sim_progress try_nothing(struct sim_vcpu *v)
{
    return sim_cpu_retire(v, 0);
}

static enum sim_progress (*const try_kind[SIM_OPERATION_KINDS])(struct sim_vcpu *v) = {
    [SIM_OPERATION_ACCESS] = try_access,
    [SIM_OPERATION_VMFUNC] = try_vmfunc,
    [SIM_OPERATION_NOTHING] = try_nothing,
};

static int run(struct sim_vcpu *v, enum sim_progress progress)
{
    while (progress == SIM_AGAIN) {
        progress = try_kind[v->operation.kind](v);
    }
    if (progress == SIM_WAITS) {
        return -EINPROGRESS;
    }
    v->operation.kind = SIM_OPERATION_NONE;
    return v->operation.result;
}

int sim_cpu_start(struct sim_vcpu *v, const struct sim_operation *operation)
{
    v->operation = *operation;
    if (operation->rights & ALTP2M_X) {
        v->registers.general.rip = operation->address; /* the guest has jumped there */
    }
    v->operation.rip = v->registers.general.rip;
    return run(v, SIM_AGAIN);
}

/* Has the monitor done the instruction's work itself, and moved RIP past it? */
static bool skipped(const struct sim_vcpu *v, enum sim_progress progress)
{
    return progress == SIM_AGAIN && v->registers.general.rip != v->operation.rip;
}

int sim_cpu_resume(struct sim_vcpu *v)
{
    struct control_verdict verdict = control_resume(&v->sim->control, v->id);
    enum sim_progress progress = sim_cpu_obey(v, &verdict);

    return run(v, skipped(v, progress) ? finish(v, 0) : progress);
}
