/* SPDX-License-Identifier: BSD-2-Clause */
/* Single steps of several vCPUs, in any views, perhaps in the same one. Between the beginning of a
 * step and its end any other operation may happen, because other vCPUs run. */
#include "model/check.h"

#include "sim/fail.h"

#include <xen/errno.h>

static bool one_in(struct pair *p, unsigned int n)
{
    return sim_random_one_in(&p->random, n);
}

/* Often the gfn of the last step, as with breakpoints, and seldom more than fits. */
static void choose_begin(struct pair *p, struct operation *op)
{
    const struct step *step;

    operation_choose_gfn(p, op);
    step = &p->steps[op->vcpu];
    op->gfn = p->model.gfns->gfn[op->sample];
    operation_choose_mapping(p, op);
    if (step->last.rights && !one_in(p, 3)) {
        op->sample = step->last.sample;
        op->rights = step->last.rights;
        op->to = step->last.to;
    }
    op->view = p->model.vcpus[op->vcpu].view;
    op->gfn = p->model.gfns->gfn[op->sample];
    if (op->to.memtype == ALTP2M_MEMTYPE_TRAP)
        op->to.memtype = ALTP2M_MEMTYPE_WB; /* no entry can lend such a page */
    op->touched[0] = op->sample;
}

/* A VM exit has come. Then the vCPU runs on, under its loans if it has any. */
static struct answer engine_begin(struct pair *p, const struct operation *op)
{
    struct sim_machine *s = &p->machine;
    int rc;

    sim_machine_exit(s, op->vcpu);
    rc = altp2m_begin_step(&s->domain, &s->vcpus[op->vcpu], op->gfn, op->to, op->rights);
    if (!rc)
        sim_machine_step(s, op->vcpu);
    return (struct answer){rc, 0};
}

static bool same_translation(const struct altp2m_translation *a, const struct altp2m_translation *b)
{
    return a->to.mfn == b->to.mfn && a->to.type == b->to.type && a->to.memtype == b->to.memtype &&
           a->access == b->access && a->suppress_ve == b->suppress_ve &&
           a->overridden == b->overridden && a->remapped == b->remapped;
}

/* A loan ends when the view changes it. */
static void drop_void(const struct model *m, struct step *step)
{
    unsigned int kept = 0;

    for (unsigned int i = 0; i < step->count; i++) {
        struct altp2m_translation now = model_translate(m, step->view, step->loans[i].sample);

        if (same_translation(&now, &step->loans[i].seen))
            step->loans[kept++] = step->loans[i];
    }
    step->count = kept;
}

static void forget(struct step *step, unsigned int at)
{
    step->count--;
    for (; at < step->count; at++)
        step->loans[at] = step->loans[at + 1];
}

static void keep_what_holds(const struct model *m, struct step *step, unsigned int view)
{
    if (step->view != view)
        step->count = 0;
    step->view = view;
    drop_void(m, step);
}

static int model_begin(const struct model *m, struct step *step, const struct operation *op)
{
    struct step_loan loan = {.sample = op->sample, .rights = op->rights, .to = op->to};
    unsigned int at = 0;

    keep_what_holds(m, step, op->view);
    while (at < step->count && step->loans[at].sample != op->sample)
        at++;
    if (!model_may_lead_to(m, op->to, 1))
        return -XEN_EPERM;
    step->last = loan;
    loan.seen = model_translate(m, op->view, op->sample);
    if (at < step->count) {
        loan.rights |= step->loans[at].rights;
        forget(step, at);
    } else if (at == ALTP2M_STEP_MAX) {
        forget(step, 0);
    }
    step->loans[step->count++] = loan;
    return 0;
}

/* If several vCPUs have many loans, the engine drops the oldest loans of one, which keeps at least
 * ALTP2M_STEP_OWN. */
static void follow(struct pair *p, unsigned int vcpu)
{
    unsigned int lent = p->machine.vcpus[vcpu].step.count;
    struct step *step = &p->steps[vcpu];

    if (lent > step->count || (lent < step->count && lent < ALTP2M_STEP_OWN))
        sim_fail("vCPU %u is lent %u gfns, should be %u", vcpu, lent, step->count);
    while (step->count > lent)
        forget(step, 0);
}

static struct answer model_begin_op(struct pair *p, const struct operation *op)
{
    int rc = model_begin(&p->model, &p->steps[op->vcpu], op);

    follow(p, op->vcpu);
    for (unsigned int i = 0; !rc && i < p->model.gfns->count; i++)
        check_step(p, op->vcpu, i, true);
    return (struct answer){rc, 0};
}

/* The unchanged view, under the EPTP of steps. */
static struct answer engine_visit(struct pair *p, const struct operation *op)
{
    sim_machine_exit(&p->machine, op->vcpu);
    altp2m_begin_visit(&p->machine.domain, &p->machine.vcpus[op->vcpu]);
    sim_machine_step(&p->machine, op->vcpu);
    return (struct answer){0, 0};
}

static struct answer model_visit(struct pair *p, const struct operation *op)
{
    struct step *step = &p->steps[op->vcpu];

    keep_what_holds(&p->model, step, p->model.vcpus[op->vcpu].view);
    follow(p, op->vcpu);
    for (unsigned int i = 0; i < p->model.gfns->count; i++)
        check_step(p, op->vcpu, i, true);
    return (struct answer){0, 0};
}

static struct answer engine_end(struct pair *p, const struct operation *op)
{
    sim_machine_exit(&p->machine, op->vcpu);
    altp2m_end_step(&p->machine.domain, &p->machine.vcpus[op->vcpu]);
    return (struct answer){0, 0};
}

static struct answer model_end(struct pair *p, const struct operation *op)
{
    p->steps[op->vcpu].count = 0;
    return (struct answer){0, 0};
}

const struct operation_kind operation_step_kinds[] = {
    {"begin_step", 60, false, choose_begin, engine_begin, model_begin_op, NULL},
    {"begin_visit", 25, false, operation_choose_gfn, engine_visit, model_visit, NULL},
    {"end_step", 25, false, operation_choose_gfn, engine_end, model_end, NULL},
};

const size_t operation_step_count = sizeof(operation_step_kinds) / sizeof(operation_step_kinds[0]);
