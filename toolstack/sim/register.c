/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes of control registers. */
#include "toolstack/sim/cpu.h"

static uint64_t *register_of(struct sim_vcpu *v)
{
    switch (v->operation.which) {
    case ALTVIEW_EVENT_CR0:
        return &v->registers.cr0;
    case ALTVIEW_EVENT_CR3:
        return &v->registers.cr3;
    case ALTVIEW_EVENT_CR4:
        return &v->registers.cr4;
    default:
        return &v->xcr0;
    }
}

/* If the monitor has set RIP, the vCPU goes on there. */
enum sim_progress sim_pass_write(struct sim_vcpu *v)
{
    return v->registers.general.rip == v->operation.rip ? sim_cpu_retire(v, 0)
                                                        : sim_cpu_finish(v, 0);
}

enum sim_progress sim_do_write(struct sim_vcpu *v)
{
    *register_of(v) = v->operation.address;
    return sim_pass_write(v);
}

enum sim_progress sim_try_write(struct sim_vcpu *v)
{
    const struct control *c = &v->sim->control;
    uint64_t value = v->operation.address, old = *register_of(v);
    struct control_verdict verdict;

    if (!((value ^ old) & c->watched[v->operation.which - ALTVIEW_EVENT_CR0])) {
        return sim_do_write(v);
    }
    v->exits[SIM_EXIT_CONTROL_REGISTER]++;
    verdict = control_write(&v->sim->control, v->id, v->operation.which, value, old);
    return sim_cpu_obey(v, &verdict);
}
