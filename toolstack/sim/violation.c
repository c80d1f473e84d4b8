/* SPDX-License-Identifier: BSD-2-Clause */
/* EPT violations, as in the hypervisor (run/violation.c there). */
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

struct violation {
    struct control_access access;
    struct sim_vcpu *vcpu;
};

static bool can_notify(const struct control_access *access)
{
    return !ve_area(((const struct violation *)access)->vcpu)->busy;
}

static struct control_violation describe(const struct control_access *access)
{
    const struct sim_vcpu *v = ((const struct violation *)access)->vcpu;

    return (struct control_violation){
        .physical = v->operation.address,
        .gla = v->operation.address,
        .wants = access->wants,
        .flags = ALTVIEW_EVENT_GLA,
    };
}

enum sim_progress sim_violation(struct sim_vcpu *v, const struct altp2m_translation *t)
{
    const struct violation violation = {
        .access = {v->operation.address >> ALTP2M_PAGE_SHIFT, v->operation.rights, can_notify,
                   describe},
        .vcpu = v,
    };
    struct control_verdict verdict;

    v->exits[SIM_EXIT_VIOLATION]++;
    verdict = control_violation(&v->sim->control, v->altp2m, &violation.access);
    return verdict.action == ALTP2M_VERDICT_NOTIFY ? notify(v, t) : sim_cpu_obey(v, &verdict);
}
