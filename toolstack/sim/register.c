/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes of control registers and MSRs. */
#include "toolstack/sim/cpu.h"

/* DEFAULT: no monitor cares. */
static struct control_verdict ask(struct sim_vcpu *v, uint64_t value, uint64_t old)
{
    const struct sim_operation *o = &v->operation;
    struct control *c = &v->sim->control;

    if (o->which == ALTVIEW_EVENT_MSR && control_watches_msr(c, o->msr)) {
        v->exits[SIM_EXIT_WRMSR]++;
        return control_write_msr(c, v->id, o->msr, value, old);
    }
    if (o->which != ALTVIEW_EVENT_MSR && (value ^ old) & c->watched[o->which - ALTVIEW_EVENT_CR0]) {
        v->exits[SIM_EXIT_CONTROL_REGISTER]++;
        return control_write(c, v->id, o->which, value, old);
    }
    return (struct control_verdict){.action = ALTP2M_VERDICT_DEFAULT};
}

enum sim_progress sim_try_write(struct sim_vcpu *v)
{
    struct control_verdict verdict = ask(v, v->operation.address, *sim_register_of(v));

    return sim_cpu_obey(v, &verdict);
}
