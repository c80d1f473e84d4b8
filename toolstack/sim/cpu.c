/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/sim/cpu.h"

#include <errno.h>

#define RAX 0
#define RCX 1

static enum sim_progress try_access(struct sim_vcpu *v)
{
    const struct altp2m_translation t = altp2m_translate(&v->sim->altp2m, v->altp2m->view,
                                                         v->operation.address >> ALTP2M_PAGE_SHIFT);

    if (t.to.type == ALTP2M_TYPE_NONE || v->operation.rights & ~t.rights) {
        return sim_violation(v, &t);
    }
    return sim_cpu_transfer(v, t.to.mfn);
}

/* The view whose EPTP is in the CPU's list (SDM Vol. 3C 26.5.6.3), or ALTP2M_MAX_VIEWS. */
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
        return sim_cpu_raise(v, SIM_VECTOR_UD); /* no exit, so no listener gets an event */
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
    [SIM_OPERATION_WRITE] = sim_try_write,
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

    return run(v, skipped(v, progress) ? sim_cpu_finish(v, 0) : progress);
}
