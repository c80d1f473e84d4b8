/* SPDX-License-Identifier: BSD-2-Clause */
/* As the hypervisor does about EPT violations (core/violation.c there). */
#include "toolstack/sim/cpu.h"

#include <errno.h>

/* Exit qualification (SDM Vol. 3C, table 29-7): rights wanted, rights granted, a linear address. */
#define QUALIFICATION_GRANTED_SHIFT 3
#define QUALIFICATION_LINEAR        0x180

#define VE_BUSY 0xffffffffU

/* Virtualization-exception information area (SDM Vol. 3C 26.5.7.2). */
struct ve_information {
    uint32_t reason;
    uint32_t busy;
    uint64_t qualification;
    uint64_t linear, physical;
    uint16_t eptp_index;
};

static struct ve_information *ve_area(const struct sim_vcpu *v)
{
    return (struct ve_information *)sim_memory_at(&v->sim->memory,
                                                  v->altp2m->notify_mfn << ALTP2M_PAGE_SHIFT);
}

static uint64_t gfn_of(const struct sim_vcpu *v)
{
    return v->operation.address >> ALTP2M_PAGE_SHIFT;
}

static enum sim_progress notify(struct sim_vcpu *v, const struct altp2m_translation *t)
{
    *ve_area(v) = (struct ve_information){
        .reason = SIM_EXIT_VIOLATION,
        .busy = VE_BUSY,
        .qualification = v->operation.rights | (uint64_t)t->rights << QUALIFICATION_GRANTED_SHIFT |
                         QUALIFICATION_LINEAR,
        .linear = v->operation.address,
        .physical = v->operation.address,
        .eptp_index = v->altp2m->view,
    };
    return sim_cpu_raise(v, SIM_VECTOR_VE);
}

static enum altp2m_verdict decide(struct sim_vcpu *v)
{
    struct altp2m_domain *altp2m = &v->sim->altp2m;
    unsigned int wants = v->operation.rights;
    enum altp2m_verdict verdict = altp2m_violation(altp2m, v->altp2m, gfn_of(v), wants);

    if (verdict == ALTP2M_VERDICT_NOTIFY && ve_area(v)->busy) {
        return altp2m_unnotified(altp2m, v->altp2m, gfn_of(v), wants);
    }
    return verdict;
}

static struct control_violation told(const struct sim_vcpu *v)
{
    return (struct control_violation){
        .physical = v->operation.address,
        .gla = v->operation.address,
        .wants = v->operation.rights,
        .flags = ALTVIEW_EVENT_GLA,
    };
}

static enum sim_progress restricted(struct sim_vcpu *v)
{
    const struct control_violation violation = told(v);
    const struct control_verdict verdict = control_restricted(&v->sim->control, v->id, &violation);

    return sim_cpu_obey(v, &verdict);
}

static enum sim_progress converted(struct sim_vcpu *v)
{
    const struct control_violation violation = told(v);

    control_converted(&v->sim->control, v->id, &violation);
    return SIM_AGAIN;
}

enum sim_progress sim_violation(struct sim_vcpu *v, const struct altp2m_translation *t)
{
    v->exits[SIM_EXIT_VIOLATION]++;
    switch (decide(v)) {
    case ALTP2M_VERDICT_RETRY:
        return SIM_AGAIN;
    case ALTP2M_VERDICT_CONVERTED:
        return converted(v);
    case ALTP2M_VERDICT_STEP:
    case ALTP2M_VERDICT_NOMEM:
        return sim_let_through(v);
    case ALTP2M_VERDICT_HOLE:
        return sim_touch_hole(v);
    case ALTP2M_VERDICT_NOTIFY:
        return notify(v, t);
    case ALTP2M_VERDICT_RESTRICTED:
        return restricted(v);
    case ALTP2M_VERDICT_STOP:
        break;
    }
    return sim_cpu_stop(v);
}
