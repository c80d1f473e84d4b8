/* SPDX-License-Identifier: BSD-2-Clause */
/* A monitor's operations outside the guest, in addition to those that the guest has itself. */
#include "model/operation.h"

#include <string.h>

static uint64_t below(struct pair *p, uint64_t limit)
{
    return sim_random_below(&p->random, limit);
}

static struct answer engine_clone(struct pair *p, const struct operation *op)
{
    uint16_t view = 0;
    int rc = altp2m_view_clone(&p->machine.domain, op->view, &view);

    return (struct answer){rc, view};
}

static struct answer model_clone(struct pair *p, const struct operation *op)
{
    uint16_t view = 0;
    int rc = model_view_clone(&p->model, op->view, &view);

    return (struct answer){rc, view};
}

/* Few names, so that views compete for the same. */
static void choose_name(struct pair *p, struct operation *op)
{
    static const char *const names[] = {"",  "a",  "b", "Monitor-1.0_x", "fifteen.letters",
                                        "-", "a b"};

    operation_choose_gfn(p, op);
    memset(op->name, op->flag ? 0 : 'x', sizeof(op->name));
    strcpy(op->name, names[below(p, sizeof(names) / sizeof(names[0]))]);
    if (sim_random_one_in(&p->random, 50))
        memset(op->name, 'x', sizeof(op->name));
}

static struct answer engine_name(struct pair *p, const struct operation *op)
{
    return (struct answer){altp2m_view_set_name(&p->machine.domain, op->view, op->name), 0};
}

static struct answer model_name(struct pair *p, const struct operation *op)
{
    return (struct answer){model_set_name(&p->model, op->view, op->name), 0};
}

/* `target` is the policy's view, `access` the policy, which rarely does not exist. */
static void choose_policy(struct pair *p, struct operation *op)
{
    operation_choose_gfn(p, op);
    op->touched_count = 0;
    op->target = (uint16_t)pair_random_view(p);
    op->access = (uint16_t)(below(p, 20) ? below(p, 5) : 5 + below(p, 4));
}

static struct answer engine_policy(struct pair *p, const struct operation *op)
{
    enum altp2m_policy policy = (enum altp2m_policy)op->access;

    return (struct answer){altp2m_set_policy(&p->machine.domain, op->view, policy, op->target), 0};
}

static struct answer model_policy(struct pair *p, const struct operation *op)
{
    enum altp2m_policy policy = (enum altp2m_policy)op->access;

    return (struct answer){model_set_policy(&p->model, op->view, policy, op->target), 0};
}

static struct answer engine_enter(struct pair *p, const struct operation *op)
{
    struct altp2m_vcpu *vcpu = &p->machine.vcpus[op->vcpu];

    sim_machine_exit(&p->machine, op->vcpu);
    return (struct answer){altp2m_vcpu_enter(&p->machine.domain, vcpu, op->view), 0};
}

static struct answer model_enter(struct pair *p, const struct operation *op)
{
    return (struct answer){model_vcpu_enter(&p->model, op->vcpu, op->view), 0};
}

/* For one instruction, and back: between them other vCPUs and the monitor may do anything. */
static struct answer engine_go_away(struct pair *p, const struct operation *op)
{
    struct altp2m_vcpu *vcpu = &p->machine.vcpus[op->vcpu];

    sim_machine_exit(&p->machine, op->vcpu);
    return (struct answer){altp2m_vcpu_go_away(&p->machine.domain, vcpu, op->view), 0};
}

static struct answer model_go_away(struct pair *p, const struct operation *op)
{
    return (struct answer){model_vcpu_go_away(&p->model, op->vcpu, op->view), 0};
}

static struct answer engine_come_home(struct pair *p, const struct operation *op)
{
    sim_machine_exit(&p->machine, op->vcpu);
    altp2m_vcpu_come_home(&p->machine.domain, &p->machine.vcpus[op->vcpu]);
    return (struct answer){0, sim_machine_view(&p->machine, op->vcpu)};
}

static struct answer model_come_home(struct pair *p, const struct operation *op)
{
    model_vcpu_come_home(&p->model, op->vcpu);
    return (struct answer){0, p->model.vcpus[op->vcpu].view};
}

/* `target` is the destination view; with `flag` the move is of all vCPUs. */
static void choose_evict(struct pair *p, struct operation *op)
{
    operation_choose_gfn(p, op);
    op->touched_count = 0;
    op->target = (uint16_t)pair_random_view(p);
}

static struct answer engine_evict(struct pair *p, const struct operation *op)
{
    struct altp2m_vcpu *vcpu = op->flag ? NULL : &p->machine.vcpus[op->vcpu];

    return (struct answer){altp2m_evict(&p->machine.domain, vcpu, op->view, op->target), 0};
}

static struct answer model_evict_op(struct pair *p, const struct operation *op)
{
    unsigned int vcpu = op->flag ? MODEL_MAX_VCPUS : op->vcpu;

    return (struct answer){model_evict(&p->model, vcpu, op->view, op->target), 0};
}

static struct answer engine_visibility_for(struct pair *p, const struct operation *op)
{
    struct altp2m_vcpu *vcpu = &p->machine.vcpus[op->vcpu];

    return (struct answer){altp2m_set_visibility_for(&p->machine.domain, vcpu, op->view, op->flag),
                           0};
}

static struct answer model_visibility_for(struct pair *p, const struct operation *op)
{
    return (struct answer){model_set_visibility_for(&p->model, op->vcpu, op->view, op->flag), 0};
}

/* Neighbours that are all samples; now and then an invalid range. */
static void choose_range(struct pair *p, struct operation *op)
{
    const struct sim_gfns *gfns = p->model.gfns;
    unsigned int last;

    operation_choose_gfn(p, op);
    last = op->sample;
    while (last + 1 < gfns->count && gfns->gfn[last + 1] == gfns->gfn[last] + 1 && below(p, 16)) {
        last++;
        if (op->touched_count < SIM_MAX_TOUCHED)
            op->touched[op->touched_count++] = (uint16_t)last;
    }
    op->gfn = gfns->gfn[op->sample];
    op->nr = last - op->sample + 1;
    if (sim_random_one_in(&p->random, 40))
        op->nr = below(p, 2) ? 0 : ~UINT64_C(0) - below(p, 3);
    if (sim_random_one_in(&p->random, 80))
        op->gfn |= UINT64_C(1) << (SIM_GFN_BITS + below(p, 3));
}

static struct answer engine_range(struct pair *p, const struct operation *op)
{
    uint64_t done = 0;
    int rc;

    do {
        rc = altp2m_set_access_range(&p->machine.domain, op->view, op->gfn, op->nr, op->access,
                                     &done);
    } while (rc == -ALTP2M_ERESTART);
    return (struct answer){rc, done};
}

static struct answer model_range(struct pair *p, const struct operation *op)
{
    uint64_t done = 0;
    int rc = model_set_access_range(&p->model, op->view, op->gfn, op->nr, op->access, &done);

    return (struct answer){rc, done};
}

static void range_partly(struct pair *p, const struct operation *op, uint64_t done)
{
    uint64_t from = 0;

    model_set_access_range(&p->model, op->view, op->gfn, done, op->access, &from);
}

const struct operation_kind operation_monitor_kinds[] = {
    {"clone", 14, true, operation_choose_gfn, engine_clone, model_clone, NULL},
    {"set_name", 15, false, choose_name, engine_name, model_name, NULL},
    {"set_policy", 15, false, choose_policy, engine_policy, model_policy, NULL},
    {"visibility_for", 20, true, operation_choose_gfn, engine_visibility_for, model_visibility_for,
     NULL},
    {"evict", 15, true, choose_evict, engine_evict, model_evict_op, NULL},
    {"vcpu_enter", 10, false, operation_choose_gfn, engine_enter, model_enter, NULL},
    {"go_away", 20, false, operation_choose_gfn, engine_go_away, model_go_away, NULL},
    {"come_home", 15, false, operation_choose_gfn, engine_come_home, model_come_home, NULL},
    {"access_range", 30, false, choose_range, engine_range, model_range, range_partly},
};

const size_t operation_monitor_count =
    sizeof(operation_monitor_kinds) / sizeof(operation_monitor_kinds[0]);
