/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/operation.h"

#include "sim/fail.h"

#include <stdio.h>
#include <xen/errno.h>

#define GIB_PAGES  UINT64_C(0x40000)
#define MIB2_PAGES UINT64_C(0x200)
#define GFN_LIMIT  (UINT64_C(1) << SIM_GFN_BITS)

/* Beyond this size only with superpages: 4 KiB entries would need too many tables. */
#define MOST_SMALL_PAGES UINT64_C(0x1000)

static uint64_t below(struct pair *p, uint64_t limit)
{
    return sim_random_below(&p->random, limit);
}

static bool one_in(struct pair *p, unsigned int n)
{
    return sim_random_one_in(&p->random, n);
}

static uint16_t pair_random_sample(struct pair *p)
{
    if (one_in(p, 4))
        return (uint16_t)below(p, p->model.gfns->count);
    return p->hot[below(p, sizeof(p->hot) / sizeof(p->hot[0]))];
}

unsigned int pair_random_view(struct pair *p)
{
    static const unsigned int strange[] = {511, 512, 513, 65535};
    unsigned int view = (unsigned int)below(p, p->model.config.view_count + 2);

    if (one_in(p, 100))
        return strange[below(p, 4)];
    /* A few tries to find an existing one. */
    for (unsigned int i = 0; i < 6 && !model_view_usable(&p->model, view); i++)
        view = (unsigned int)below(p, p->model.config.view_count + 2);
    return view;
}

static uint16_t any_access(struct pair *p, unsigned int view)
{
    if (one_in(p, 50))
        return (uint16_t)(11 + below(p, 0xfff0));
    /* Often the view's default, so that settings also go away. */
    if (one_in(p, 3) && model_view_usable(&p->model, view))
        return p->model.views[view].default_access;
    return (uint16_t)below(p, 11);
}

static unsigned int some_rights(struct pair *p)
{
    static const unsigned int rights[] = {ALTP2M_R, ALTP2M_R | ALTP2M_W, ALTP2M_R | ALTP2M_X,
                                          ALTP2M_RWX};

    return rights[below(p, 4)];
}

static void touch(struct operation *op, unsigned int sample)
{
    if (op->touched_count < SIM_MAX_TOUCHED)
        op->touched[op->touched_count++] = (uint16_t)sample;
}

/* Remaps that show pages of the range: they change with it. */
static void touch_followers(struct pair *p, struct operation *op)
{
    const struct model *m = &p->model;

    for (unsigned int view = 0; view < m->config.view_count; view++)
        for (unsigned int i = 0; model_view_usable(m, view) && i < m->gfns->count; i++) {
            const struct model_setting *set = &m->views[view].set[i];

            if (set->remapped && m->gfns->gfn[set->target] - op->gfn < op->nr)
                touch(op, i);
        }
}

static void touch_range(struct pair *p, struct operation *op)
{
    unsigned int first = sim_gfns_from(p->model.gfns, op->gfn);
    unsigned int end = sim_gfns_from(p->model.gfns, op->gfn + op->nr);

    if (first >= end)
        return;
    touch(op, first);
    touch(op, end - 1);
    touch(op, first + (unsigned int)below(p, end - first));
    touch_followers(p, op);
}

static void choose_range(struct pair *p, struct operation *op)
{
    uint64_t gfn = p->model.gfns->gfn[pair_random_sample(p)];

    op->gfn = gfn;
    op->nr = 1;
    switch (below(p, 16)) {
    case 0:
    case 1:
        op->gfn -= below(p, gfn < 600 ? gfn + 1 : 600);
        op->nr = 1 + below(p, 1200);
        break;
    case 2:
    case 3:
        op->gfn &= ~(MIB2_PAGES - 1);
        op->nr = MIB2_PAGES * (1 + below(p, 3));
        break;
    case 4:
        op->gfn &= ~(GIB_PAGES - 1);
        op->nr = GIB_PAGES * (1 + below(p, 2));
        break;
    case 5:
        op->gfn &= ~(MIB2_PAGES - 1);
        op->nr = MIB2_PAGES * (1 + below(p, 1500)) + below(p, MIB2_PAGES);
        break;
    default:
        break;
    }
    if (op->nr > GFN_LIMIT - op->gfn)
        op->nr = GFN_LIMIT - op->gfn;
}

/* Ranges that no call accepts. */
static void spoil_range(struct pair *p, struct operation *op)
{
    static const struct {
        uint64_t gfn, nr;
    } bad[] = {{0x100, 0},        {GFN_LIMIT, 1},    {GFN_LIMIT - 1, 2}, {5, ~UINT64_C(0)},
               {~UINT64_C(0), 1}, {~UINT64_C(0), 2}, {0, GFN_LIMIT + 1}};
    unsigned int n = (unsigned int)below(p, sizeof(bad) / sizeof(bad[0]));

    op->gfn = bad[n].gfn;
    op->nr = bad[n].nr;
}

/* A frame that is not the guest's, one a little below, or the start of a large page with such a
 * frame. */
static uint64_t near_kept(struct pair *p, uint64_t align)
{
    uint64_t first = sim_kept[below(p, SIM_KEPT)].first;

    return one_in(p, 2) ? first - below(p, 4) : first & ~(align - 1);
}

/* Aligned to the gfn, so that superpages are possible, or not. */
void operation_choose_mapping(struct pair *p, struct operation *op)
{
    static const enum altp2m_type types[] = {ALTP2M_TYPE_RAM,     ALTP2M_TYPE_RAM, ALTP2M_TYPE_RAM,
                                             ALTP2M_TYPE_RAM,     ALTP2M_TYPE_RAM, ALTP2M_TYPE_RAM,
                                             ALTP2M_TYPE_SPECIAL, ALTP2M_TYPE_MMIO};
    static const enum altp2m_memtype memtypes[] = {
        ALTP2M_MEMTYPE_WB, ALTP2M_MEMTYPE_WB, ALTP2M_MEMTYPE_WB, ALTP2M_MEMTYPE_UC,
        ALTP2M_MEMTYPE_WC, ALTP2M_MEMTYPE_WT, ALTP2M_MEMTYPE_WP, ALTP2M_MEMTYPE_TRAP};
    uint64_t align = one_in(p, 3) ? MIB2_PAGES : GIB_PAGES;

    op->to.mfn = below(p, UINT64_C(1) << 20) * align + (op->gfn & (align - 1));
    op->to.type = types[below(p, 8)];
    op->to.memtype = memtypes[below(p, 8)];
    if (one_in(p, 8)) {
        op->to.mfn += 1 + below(p, 600);
        if (op->nr > MOST_SMALL_PAGES)
            op->nr = MOST_SMALL_PAGES;
    } else if (one_in(p, 8)) {
        op->to.mfn = near_kept(p, align) + (one_in(p, 2) ? 0 : op->gfn & (align - 1));
        if (op->nr > MOST_SMALL_PAGES)
            op->nr = MOST_SMALL_PAGES;
    }
}

static void choose_map(struct pair *p, struct operation *op)
{
    choose_range(p, op);
    if (!p->model.config.has_2m && op->nr > MOST_SMALL_PAGES)
        op->nr = MOST_SMALL_PAGES;
    operation_choose_mapping(p, op);
    touch_range(p, op);
    if (one_in(p, 60))
        spoil_range(p, op);
}

static struct answer engine_map(struct pair *p, const struct operation *op)
{
    return (struct answer){altp2m_host_map(&p->machine.domain, op->gfn, op->nr, op->to), 0};
}

static struct answer model_map_op(struct pair *p, const struct operation *op)
{
    return (struct answer){model_map(&p->model, op->gfn, op->nr, op->to), 0};
}

static void choose_unmap(struct pair *p, struct operation *op)
{
    choose_range(p, op);
    touch_range(p, op);
    if (one_in(p, 60))
        spoil_range(p, op);
}

static struct answer engine_unmap(struct pair *p, const struct operation *op)
{
    return (struct answer){altp2m_host_unmap(&p->machine.domain, op->gfn, op->nr), 0};
}

static struct answer model_unmap_op(struct pair *p, const struct operation *op)
{
    return (struct answer){model_unmap(&p->model, op->gfn, op->nr), 0};
}

void operation_choose_gfn(struct pair *p, struct operation *op)
{
    op->view = pair_random_view(p);
    op->sample = pair_random_sample(p);
    op->target = pair_random_sample(p);
    op->access = any_access(p, op->view);
    op->vcpu = (unsigned int)below(p, SIM_VCPUS);
    op->flag = one_in(p, 2);
    op->rights = some_rights(p);
    touch(op, op->sample);
    touch(op, op->target);
}

static struct answer engine_create(struct pair *p, const struct operation *op)
{
    uint16_t view = 0;
    int rc = altp2m_view_create(&p->machine.domain, op->access, &view);

    return (struct answer){rc, rc ? 0 : view};
}

static struct answer model_create(struct pair *p, const struct operation *op)
{
    uint16_t view = 0;
    int rc = model_view_create(&p->model, op->access, &view);

    return (struct answer){rc, rc ? 0 : view};
}

/* The guest asks, and changes memory, while the engine gives a removed view back. */
static void between_batches(struct pair *p)
{
    struct altp2m_domain *d = &p->machine.domain;
    uint64_t gfn = p->model.gfns->gfn[pair_random_sample(p)];
    struct altp2m_mapping same = altp2m_host_lookup(d, gfn);

    for (unsigned int i = 0; i < p->model.gfns->count; i++)
        altp2m_guest_may_change(d, 0, p->model.gfns->gfn[i]);
    /* It may need a table when none is free. */
    if (same.type != ALTP2M_TYPE_NONE)
        altp2m_host_map(d, gfn, 1, same);
}

static struct answer engine_destroy(struct pair *p, const struct operation *op)
{
    int rc;

    while ((rc = altp2m_view_destroy(&p->machine.domain, op->view)) == -ALTP2M_ERESTART)
        between_batches(p);
    return (struct answer){rc, 0};
}

static struct answer model_destroy(struct pair *p, const struct operation *op)
{
    return (struct answer){model_view_destroy(&p->model, op->view), 0};
}

static struct answer engine_switch(struct pair *p, const struct operation *op)
{
    return (struct answer){altp2m_switch_all(&p->machine.domain, op->view), 0};
}

static struct answer model_switch(struct pair *p, const struct operation *op)
{
    return (struct answer){model_switch_all(&p->model, op->view), 0};
}

/* The guest runs VMFUNC with any index. The CPU refuses one that the visible list does not have. */
static struct answer engine_vmfunc(struct pair *p, const struct operation *op)
{
    if (!sim_machine_vmfunc(&p->machine, op->vcpu, op->view))
        return (struct answer){-1, 0};
    return (struct answer){0, sim_machine_view(&p->machine, op->vcpu)};
}

static struct answer model_vmfunc(struct pair *p, const struct operation *op)
{
    struct model *m = &p->model;

    if (op->view >= ALTP2M_MAX_VIEWS || !m->views[op->view].visible[op->vcpu])
        return (struct answer){-1, 0};
    m->vcpus[op->vcpu].view = op->view;
    m->vcpus[op->vcpu].away = false;
    return (struct answer){0, op->view};
}

static struct answer engine_visibility(struct pair *p, const struct operation *op)
{
    return (struct answer){altp2m_set_visibility(&p->machine.domain, op->view, op->flag), 0};
}

static struct answer model_visibility(struct pair *p, const struct operation *op)
{
    return (struct answer){model_set_visibility(&p->model, op->view, op->flag), 0};
}

static uint64_t gfn_of(const struct pair *p, unsigned int sample)
{
    return p->model.gfns->gfn[sample];
}

static struct answer engine_set_access(struct pair *p, const struct operation *op)
{
    return (struct answer){
        altp2m_set_access(&p->machine.domain, op->view, gfn_of(p, op->sample), op->access), 0};
}

static struct answer model_set_access_op(struct pair *p, const struct operation *op)
{
    return (struct answer){model_set_access(&p->model, op->view, op->sample, op->access), 0};
}

static struct answer engine_default_access(struct pair *p, const struct operation *op)
{
    return (struct answer){
        altp2m_set_access(&p->machine.domain, op->view, ALTP2M_INVALID_GFN, op->access), 0};
}

static struct answer model_default_access(struct pair *p, const struct operation *op)
{
    return (struct answer){model_set_default_access(&p->model, op->view, op->access), 0};
}

/* Mostly neighbours, as in real lists; now and then an element that the call skips, or that ends
 * the list. */
static void choose_list(struct pair *p, struct operation *op)
{
    unsigned int count = p->model.gfns->count;
    unsigned int at = pair_random_sample(p);

    operation_choose_gfn(p, op);
    op->list_count = (unsigned int)below(p, OPERATION_MAX_LIST + 1);
    for (unsigned int i = 0; i < op->list_count; i++) {
        at = one_in(p, 6) ? pair_random_sample(p) : (at + 1) % count;
        op->list[i] = one_in(p, 60) ? OPERATION_NO_GFN : (uint16_t)at;
        op->list_access[i] = (uint8_t)any_access(p, op->view);
        if (op->list[i] != OPERATION_NO_GFN)
            touch(op, at);
    }
}

#define LIST_GFNS     SIM_GUEST_BASE
#define LIST_ACCESSES (SIM_GUEST_BASE + 8 * OPERATION_MAX_LIST)

static struct answer engine_list(struct pair *p, const struct operation *op)
{
    struct altp2m_caller caller = sim_machine_caller(&p->machine);
    struct sim_guest *guest = &p->machine.guest;
    uint64_t done = 0;
    int rc;

    for (unsigned int i = 0; i < op->list_count; i++) {
        uint64_t gfn = op->list[i] == OPERATION_NO_GFN ? GFN_LIMIT : gfn_of(p, op->list[i]);

        sim_guest_write(guest, LIST_GFNS + 8 * (uint64_t)i, &gfn, sizeof(gfn));
        sim_guest_write(guest, LIST_ACCESSES + i, &op->list_access[i], 1);
    }
    do
        rc = altp2m_set_access_list(&p->machine.domain, &caller, op->view, LIST_GFNS, LIST_ACCESSES,
                                    op->list_count, &done);
    while (rc == -ALTP2M_ERESTART);
    return (struct answer){rc, done};
}

/* Xen: p2m_set_mem_access_multi. It stops at the first error, and skips what is not RAM. */
static struct answer model_list_until(struct pair *p, const struct operation *op, uint64_t end)
{
    int rc = model_view_usable(&p->model, op->view) ? 0 : -XEN_EINVAL;
    uint64_t done = 0;

    for (; !rc && done < end; done++) {
        if (op->list_access[done] > 10)
            rc = -XEN_EINVAL;
        else if (op->list[done] == OPERATION_NO_GFN)
            rc = op->view ? 0 : -XEN_EINVAL;
        else
            model_set_access(&p->model, op->view, op->list[done], op->list_access[done]);
        if (rc)
            break;
    }
    return (struct answer){rc, done};
}

static struct answer model_list(struct pair *p, const struct operation *op)
{
    return model_list_until(p, op, op->list_count);
}

static void model_list_partly(struct pair *p, const struct operation *op, uint64_t done)
{
    model_list_until(p, op, done);
}

static struct answer engine_suppress(struct pair *p, const struct operation *op)
{
    return (struct answer){
        altp2m_set_suppress_ve(&p->machine.domain, op->view, gfn_of(p, op->sample), op->flag), 0};
}

static struct answer model_suppress(struct pair *p, const struct operation *op)
{
    return (struct answer){model_set_suppress_ve(&p->model, op->view, op->sample, op->flag), 0};
}

static struct answer engine_remap(struct pair *p, const struct operation *op)
{
    return (struct answer){altp2m_remap(&p->machine.domain, op->view, gfn_of(p, op->sample),
                                        gfn_of(p, op->target), op->flag),
                           0};
}

static struct answer model_remap_op(struct pair *p, const struct operation *op)
{
    return (struct answer){model_remap(&p->model, op->view, op->sample, op->target, op->flag), 0};
}

static struct answer engine_undo(struct pair *p, const struct operation *op)
{
    return (struct answer){altp2m_remap(&p->machine.domain, op->view, gfn_of(p, op->sample),
                                        ALTP2M_INVALID_GFN, op->flag),
                           0};
}

static struct answer model_undo_op(struct pair *p, const struct operation *op)
{
    return (struct answer){model_undo(&p->model, op->view, op->sample), 0};
}

static struct answer engine_notify(struct pair *p, const struct operation *op)
{
    return (struct answer){altp2m_enable_notify(&p->machine.domain, &p->machine.vcpus[op->vcpu],
                                                gfn_of(p, op->sample)),
                           0};
}

static struct answer model_notify(struct pair *p, const struct operation *op)
{
    return (struct answer){model_enable_notify(&p->model, op->vcpu, op->sample), 0};
}

static struct answer engine_notify_off(struct pair *p, const struct operation *op)
{
    altp2m_disable_notify(&p->machine.domain, &p->machine.vcpus[op->vcpu]);
    return (struct answer){0, 0};
}

static struct answer model_notify_off(struct pair *p, const struct operation *op)
{
    model_disable_notify(&p->model, op->vcpu);
    return (struct answer){0, 0};
}

static struct answer engine_vmfunc_on(struct pair *p, const struct operation *op)
{
    altp2m_set_vmfunc(&p->machine.domain, &p->machine.vcpus[op->vcpu], op->flag);
    return (struct answer){0, 0};
}

static struct answer model_vmfunc_on(struct pair *p, const struct operation *op)
{
    p->model.vcpus[op->vcpu].vmfunc = op->flag;
    return (struct answer){0, 0};
}

static void choose_violation(struct pair *p, struct operation *op)
{
    operation_choose_gfn(p, op);
    op->rights = 1 + (unsigned int)below(p, 7);
}

/* In a verdict NOMEM means -ENOMEM. */
static struct answer answer_of(enum altp2m_verdict verdict)
{
    return (struct answer){verdict == ALTP2M_VERDICT_NOMEM ? -XEN_ENOMEM : (long)verdict, 0};
}

static struct altp2m_vcpu *exiting_vcpu(struct pair *p, const struct operation *op)
{
    sim_machine_exit(&p->machine, op->vcpu);
    return &p->machine.vcpus[op->vcpu];
}

static struct answer engine_violation(struct pair *p, const struct operation *op)
{
    return answer_of(altp2m_violation(&p->machine.domain, exiting_vcpu(p, op),
                                      gfn_of(p, op->sample), op->rights));
}

static struct answer model_violation_op(struct pair *p, const struct operation *op)
{
    return answer_of(model_violation(&p->model, op->vcpu, op->sample, op->rights));
}

/* Without the page that it needed, it has still counted. */
static void violation_partly(struct pair *p, const struct operation *op, uint64_t done)
{
    (void)done;
    p->model.views[p->model.vcpus[op->vcpu].view].violations++;
}

static struct answer engine_unnotified(struct pair *p, const struct operation *op)
{
    return answer_of(altp2m_unnotified(&p->machine.domain, exiting_vcpu(p, op),
                                       gfn_of(p, op->sample), op->rights));
}

static struct answer model_unnotified_op(struct pair *p, const struct operation *op)
{
    return answer_of(model_unnotified(&p->model, op->vcpu, op->sample, op->rights));
}

static struct answer engine_unheard(struct pair *p, const struct operation *op)
{
    return answer_of(
        altp2m_unheard(&p->machine.domain, exiting_vcpu(p, op), gfn_of(p, op->sample)));
}

static struct answer model_unheard_op(struct pair *p, const struct operation *op)
{
    return answer_of(model_unheard(&p->model, op->vcpu, op->sample));
}

static struct answer engine_lift(struct pair *p, const struct operation *op)
{
    return (struct answer){altp2m_lift(&p->machine.domain, op->view, gfn_of(p, op->sample)), 0};
}

static struct answer model_lift_op(struct pair *p, const struct operation *op)
{
    return (struct answer){model_lift(&p->model, op->view, op->sample), 0};
}

/* Off is rare, because it removes everything that the other operations built. */
static void choose_active(struct pair *p, struct operation *op)
{
    operation_choose_gfn(p, op);
    op->flag = !p->model.active || !one_in(p, 4);
}

static struct answer engine_active(struct pair *p, const struct operation *op)
{
    while (altp2m_set_active(&p->machine.domain, op->flag))
        between_batches(p);
    return (struct answer){0, 0};
}

static struct answer model_active(struct pair *p, const struct operation *op)
{
    model_set_active(&p->model, op->flag);
    return (struct answer){0, 0};
}

static const struct operation_kind kinds[] = {
    {"map", 40, false, choose_map, engine_map, model_map_op, NULL},
    {"unmap", 20, false, choose_unmap, engine_unmap, model_unmap_op, NULL},
    {"create", 16, true, operation_choose_gfn, engine_create, model_create, NULL},
    {"destroy", 12, true, operation_choose_gfn, engine_destroy, model_destroy, NULL},
    {"switch", 8, true, operation_choose_gfn, engine_switch, model_switch, NULL},
    {"vmfunc", 16, true, operation_choose_gfn, engine_vmfunc, model_vmfunc, NULL},
    {"visibility", 20, true, operation_choose_gfn, engine_visibility, model_visibility, NULL},
    {"set_access", 100, false, operation_choose_gfn, engine_set_access, model_set_access_op, NULL},
    {"access_list", 30, false, choose_list, engine_list, model_list, model_list_partly},
    {"default_access", 3, false, operation_choose_gfn, engine_default_access, model_default_access,
     NULL},
    {"suppress_ve", 40, false, operation_choose_gfn, engine_suppress, model_suppress, NULL},
    {"remap", 50, true, operation_choose_gfn, engine_remap, model_remap_op, NULL},
    {"undo", 40, true, operation_choose_gfn, engine_undo, model_undo_op, NULL},
    {"enable_notify", 8, true, operation_choose_gfn, engine_notify, model_notify, NULL},
    {"disable_notify", 5, true, operation_choose_gfn, engine_notify_off, model_notify_off, NULL},
    {"set_vmfunc", 4, true, operation_choose_gfn, engine_vmfunc_on, model_vmfunc_on, NULL},
    {"violation", 40, false, choose_violation, engine_violation, model_violation_op,
     violation_partly},
    {"unnotified", 15, false, choose_violation, engine_unnotified, model_unnotified_op, NULL},
    {"unheard", 15, false, operation_choose_gfn, engine_unheard, model_unheard_op, NULL},
    {"lift", 15, false, operation_choose_gfn, engine_lift, model_lift_op, NULL},
    {"set_active", 4, false, choose_active, engine_active, model_active, NULL},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct operation_kind *kind_at(size_t n)
{
    if (n < COUNT(kinds))
        return &kinds[n];
    n -= COUNT(kinds);
    return n < operation_step_count ? &operation_step_kinds[n]
                                    : &operation_monitor_kinds[n - operation_step_count];
}

static const struct operation_kind *any_kind(struct pair *p)
{
    size_t count = COUNT(kinds) + operation_step_count + operation_monitor_count;
    unsigned int total = 0;
    uint64_t at;
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        total += kind_at(i)->weight;
    if (!total)
        sim_fail("there is nothing to do");
    for (at = below(p, total); at >= kind_at(n)->weight; n++)
        at -= kind_at(n)->weight;
    return kind_at(n);
}

struct operation operation_choose(struct pair *p)
{
    struct operation op = {.kind = any_kind(p)};

    while (op.kind->only_active && !p->model.active)
        op.kind = any_kind(p);
    op.kind->choose(p, &op);
    return op;
}

bool operation_gave_up(const struct operation *op, const struct answer *answer)
{
    bool converts = op->kind->engine == engine_violation || op->kind->engine == engine_unnotified;

    /* n2rwx that can't be converted is a restriction like others. */
    return answer->rc == -XEN_ENOMEM || (converts && answer->rc == ALTP2M_VERDICT_RESTRICTED);
}

const char *operation_text(const struct operation *op)
{
    static char text[256];

    snprintf(
        text, sizeof(text),
        "%s view %u vcpu %u sample %u target %u access %u flag %d rights %u gfn %#llx nr %#llx "
        "mfn %#llx type %u memtype %u name %.*s",
        op->kind->name, op->view, op->vcpu, op->sample, op->target, op->access, op->flag,
        op->rights, (unsigned long long)op->gfn, (unsigned long long)op->nr,
        (unsigned long long)op->to.mfn, op->to.type, op->to.memtype, ALTP2M_NAME_SIZE, op->name);
    return text;
}
