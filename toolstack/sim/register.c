/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes of control registers. */
#include "toolstack/sim/cpu.h"

enum sim_progress sim_try_write(struct sim_vcpu *v)
{
    const struct control *c = &v->sim->control;
    uint64_t value = v->operation.address, old = *sim_register_of(v);
    struct control_verdict verdict = {.action = ALTP2M_VERDICT_DEFAULT};

    if ((value ^ old) & c->watched[v->operation.which - ALTVIEW_EVENT_CR0]) {
        v->exits[SIM_EXIT_CONTROL_REGISTER]++;
        verdict = control_write(&v->sim->control, v->id, v->operation.which, value, old);
    }
    return sim_cpu_obey(v, &verdict);
}
