/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/check.h"

#include "sim/fail.h"

#include <string.h>
#include <xen/errno.h>
#include <xen/memory.h>

typedef unsigned long long ull;

static void check_translation(struct pair *p, unsigned int view, unsigned int sample,
                              const struct altp2m_translation *want)
{
    uint64_t gfn = p->model.gfns->gfn[sample];
    struct altp2m_translation is = altp2m_translate(&p->machine.domain, view, gfn);
    bool same_memtype = want->to.type == ALTP2M_TYPE_NONE || is.to.memtype == want->to.memtype;

    if (is.to.mfn != want->to.mfn || is.to.type != want->to.type || !same_memtype)
        sim_fail("view %u gfn %#llx is mfn %#llx type %u memtype %u, should be %#llx %u %u", view,
                 (ull)gfn, (ull)is.to.mfn, is.to.type, is.to.memtype, (ull)want->to.mfn,
                 want->to.type, want->to.memtype);
    if (is.access != want->access || is.rights != want->rights ||
        is.suppress_ve != want->suppress_ve)
        sim_fail("view %u gfn %#llx: access %u rights %u suppress_ve %d, should be %u %u %d", view,
                 (ull)gfn, is.access, is.rights, is.suppress_ve, want->access, want->rights,
                 want->suppress_ve);
    if (is.overridden != want->overridden || is.remapped != want->remapped)
        sim_fail("view %u gfn %#llx: overridden %d remapped %d, should be %d %d", view, (ull)gfn,
                 is.overridden, is.remapped, want->overridden, want->remapped);
}

static void check_walk(const struct pair *p, const struct sim_walk *walk, unsigned int view,
                       unsigned int sample, const struct altp2m_translation *want)
{
    ull gfn = p->model.gfns->gfn[sample];
    unsigned int rights = walk->present ? walk->rights : 0;
    unsigned int memtype = sim_tables_memtype(&p->machine.tables, want->to.memtype);

    if (rights != want->rights)
        sim_fail("view %u gfn %#llx: hardware grants %u (level %u), should be %u for access %u",
                 view, gfn, rights, walk->level, want->rights, want->access);
    if (rights && (walk->mfn != want->to.mfn || walk->memtype != memtype))
        sim_fail("view %u gfn %#llx: hardware goes to mfn %#llx memtype %u, should be %#llx %u",
                 view, gfn, (ull)walk->mfn, walk->memtype, (ull)want->to.mfn, memtype);
    if (walk->suppress_ve != model_hardware_suppress(&p->model, view, sample))
        sim_fail("view %u gfn %#llx: hardware suppress-#VE is %d (level %u)", view, gfn,
                 walk->suppress_ve, walk->level);
}

static void check_hardware(struct pair *p, unsigned int view, unsigned int sample,
                           const struct altp2m_translation *want)
{
    uint64_t eptp = altp2m_view_eptp(&p->machine.domain, view);
    struct sim_walk walk = sim_tlb_walk(&p->machine.tlb, eptp, sample);
    struct sim_allowed allowed = {.mfn = want->to.mfn, .rights = want->rights};

    check_walk(p, &walk, view, sample, want);
    sim_tlb_check(&p->machine.tlb, eptp, sample, allowed);
}

static const struct step_loan *loan_of(const struct step *step, unsigned int sample)
{
    for (unsigned int i = 0; i < step->count; i++)
        if (step->loans[i].sample == sample)
            return &step->loans[i];
    return NULL;
}

static void check_loan(const struct pair *p, const struct sim_walk *walk, unsigned int vcpu,
                       const struct step_loan *loan)
{
    if (!walk->present || walk->mfn != loan->to.mfn || walk->rights != loan->rights ||
        walk->memtype != sim_tables_memtype(&p->machine.tables, loan->to.memtype))
        sim_fail("vCPU %u was lent mfn %#llx with rights %u, and sees %#llx with %u", vcpu,
                 (ull)loan->to.mfn, loan->rights, (ull)walk->mfn, walk->rights);
}

void check_step(struct pair *p, unsigned int vcpu, unsigned int sample, bool exact)
{
    const struct step *step = &p->steps[vcpu];
    const struct step_loan *loan = loan_of(step, sample);
    struct altp2m_translation want = model_translate(&p->model, step->view, sample);
    struct sim_allowed allowed = {.mfn = want.to.mfn, .rights = want.rights};
    struct sim_machine *s = &p->machine;
    uint64_t eptp = altp2m_step_eptp(&s->domain, &s->vcpus[vcpu]);
    struct sim_walk walk = sim_tlb_walk(&s->tlb, eptp, sample);

    if (loan) {
        allowed = (struct sim_allowed){.mfn = loan->to.mfn, .rights = loan->rights};
        check_loan(p, &walk, vcpu, loan);
    } else if (exact) {
        check_walk(p, &walk, step->view, sample, &want);
    }
    /* The present translation is among the cached ones. */
    sim_tlb_check(&s->tlb, eptp, sample, allowed);
}

static void check_getters(struct pair *p, unsigned int view, unsigned int sample)
{
    const struct altp2m_domain *d = &p->machine.domain;
    uint64_t gfn = p->model.gfns->gfn[sample];
    uint16_t access = 99, want_access = 99;
    bool suppress = false, want_suppress = false;
    int rc = altp2m_get_access(d, view, gfn, &access);
    int want = model_get_access(&p->model, view, sample, &want_access);

    if (rc != want || access != want_access)
        sim_fail("view %u gfn %#llx: get_access answers %d access %u, should be %d %u", view,
                 (ull)gfn, rc, access, want, want_access);
    rc = altp2m_get_suppress_ve(d, view, gfn, &suppress);
    want = model_get_suppress_ve(&p->model, view, sample, &want_suppress);
    if (rc != want || suppress != want_suppress)
        sim_fail("view %u gfn %#llx: get_suppress_ve answers %d %d, should be %d %d", view,
                 (ull)gfn, rc, suppress, want, want_suppress);
}

/* This decides whether the guest may exchange the page. */
static void check_restricts(struct pair *p, unsigned int view, unsigned int sample,
                            const struct altp2m_translation *want)
{
    uint64_t gfn = p->model.gfns->gfn[sample];
    bool restricts = want->access != XENMEM_access_rwx || want->remapped;

    if (altp2m_restricts(&p->machine.domain, view, gfn) != restricts)
        sim_fail("view %u gfn %#llx: restricts answers %d", view, (ull)gfn, !restricts);
}

/* The guest in that view, or in any. */
static void check_may_change(struct pair *p, unsigned int view, unsigned int sample)
{
    uint64_t gfn = p->model.gfns->gfn[sample];
    bool want = model_guest_may_change(&p->model, view, sample);

    if (altp2m_guest_may_change(&p->machine.domain, view, gfn) != want)
        sim_fail("view %u gfn %#llx: guest_may_change answers %d", view, (ull)gfn, !want);
}

void check_gfn(struct pair *p, unsigned int view, unsigned int sample)
{
    struct altp2m_translation want = model_translate(&p->model, view, sample);

    check_translation(p, view, sample, &want);
    check_hardware(p, view, sample, &want);
    check_getters(p, view, sample);
    check_restricts(p, view, sample, &want);
}

static void check_host(struct pair *p, unsigned int sample)
{
    uint64_t gfn = p->model.gfns->gfn[sample];
    struct altp2m_mapping is = altp2m_host_lookup(&p->machine.domain, gfn);
    struct altp2m_mapping want = p->model.host[sample];

    if (is.mfn != want.mfn || is.type != want.type)
        sim_fail("host gfn %#llx is mfn %#llx type %u, should be %#llx %u", (ull)gfn, (ull)is.mfn,
                 is.type, (ull)want.mfn, want.type);
}

void check_sample(struct pair *p, unsigned int sample)
{
    check_host(p, sample);
    for (unsigned int view = 0; view < p->model.config.view_count; view++)
        if (model_view_usable(&p->model, view))
            check_gfn(p, view, sample);
    check_may_change(p, 0, sample);
    for (unsigned int vcpu = 0; vcpu < SIM_VCPUS; vcpu++)
        if (sim_machine_steps(&p->machine, vcpu))
            check_step(p, vcpu, sample, false);
}

/* A vCPU's list: its slot, and the query's answer. */
static void check_visible(const struct pair *p, unsigned int view, unsigned int vcpu)
{
    const struct altp2m_domain *d = &p->machine.domain;
    uint64_t slot = sim_machine_visible_list(&p->machine, vcpu)[view];
    bool visible = altp2m_view_is_visible_to(d, &p->machine.vcpus[vcpu], view);
    bool want = p->model.views[view].visible[vcpu];

    if (visible != want || slot != (want ? altp2m_view_eptp(d, view) : ~UINT64_C(0)))
        sim_fail("view %u: visible to vCPU %u %d, should be %d; its list has %#llx", view, vcpu,
                 visible, want, (ull)slot);
}

/* All lists: every slot, and the queries' answers. */
static void check_slot(struct pair *p, unsigned int view)
{
    const struct altp2m_domain *d = &p->machine.domain;
    const struct model_view *want = &p->model.views[view];
    bool visible = model_is_visible(&p->model, view);

    if (altp2m_view_is_live(d, view) != want->live || altp2m_view_is_visible(d, view) != visible)
        sim_fail("view %u: live %d visible %d, should be %d %d", view, altp2m_view_is_live(d, view),
                 altp2m_view_is_visible(d, view), want->live, visible);
    for (unsigned int i = 0; i < p->model.config.vcpu_count; i++)
        check_visible(p, view, i);
    if (want->live && altp2m_view_by_eptp(d, altp2m_view_eptp(d, view)) != view)
        sim_fail("view %u is not found by its EPTP", view);
}

static void check_counters(struct pair *p, unsigned int view)
{
    const struct altp2m_view *is = &p->machine.domain.views[view];
    struct model_counts want = model_count(&p->model, view);

    if (is->overrides != want.overrides || is->remaps != want.remaps ||
        is->table_pages != want.table_pages)
        sim_fail("view %u: %u overrides, %u remaps, %u pages; should be %u, %u, %u", view,
                 is->overrides, is->remaps, is->table_pages, want.overrides, want.remaps,
                 want.table_pages);
}

static void check_description(const struct pair *p, unsigned int view)
{
    const struct altp2m_view *is = &p->machine.domain.views[view];
    const struct model_view *want = &p->model.views[view];

    if (is->violations != want->violations)
        sim_fail("view %u: %llu violations, should be %llu", view, (ull)is->violations,
                 (ull)want->violations);
    if (memcmp(is->name, want->name, sizeof(is->name)) != 0)
        sim_fail("view %u: its name is %.16s, should be %.16s", view, is->name, want->name);
    if (is->policy != want->policy || is->policy_view != want->policy_view)
        sim_fail("view %u: policy %u in view %u, should be %u in %u", view, is->policy,
                 is->policy_view, want->policy, want->policy_view);
}

static unsigned int next_override(const struct pair *p, unsigned int view, unsigned int sample)
{
    while (sample < p->model.gfns->count && !model_translate(&p->model, view, sample).overridden)
        sample++;
    return sample;
}

static bool is_listed_right(const struct pair *p, unsigned int view, unsigned int sample,
                            const struct altp2m_override *piece)
{
    struct altp2m_translation want = model_translate(&p->model, view, sample);
    const uint64_t *gfns = p->model.gfns->gfn;
    uint64_t target = ALTP2M_INVALID_GFN;

    if (want.remapped)
        target = gfns[p->model.views[view].set[sample].target] - (gfns[sample] - piece->gfn);
    return piece->target == target && piece->access == want.access &&
           piece->rights == want.rights && piece->suppress_ve == want.suppress_ve;
}

/* One piece of the listing: it begins at the sample, and each of its gfns agrees with the model.
 * Returns the sample after it. */
static unsigned int check_piece(const struct pair *p, unsigned int view, unsigned int sample,
                                const struct altp2m_override *piece)
{
    for (uint64_t i = 0; i < piece->nr; i++, sample = next_override(p, view, sample + 1)) {
        uint64_t gfn = piece->gfn + i;

        if (sample >= p->model.gfns->count || p->model.gfns->gfn[sample] != gfn)
            sim_fail("view %u: gfn %#llx is listed, not what comes next", view, (ull)gfn);
        if (!is_listed_right(p, view, sample, piece))
            sim_fail("view %u: gfn %#llx is listed with other settings", view, (ull)gfn);
    }
    return sample;
}

void check_listing(struct pair *p, unsigned int view)
{
    struct altp2m_override piece;
    unsigned int sample;
    uint64_t from = 0;

    if (view >= p->model.config.view_count || !model_view_usable(&p->model, view))
        return;
    sample = next_override(p, view, 0);
    while (altp2m_next_override(&p->machine.domain, view, &from, &piece))
        sample = check_piece(p, view, sample, &piece);
    if (sample < p->model.gfns->count)
        sim_fail("view %u: gfn %#llx is not listed", view, (ull)p->model.gfns->gfn[sample]);
}

static void check_vcpu(const struct pair *p, unsigned int n)
{
    const struct altp2m_vcpu *is = &p->machine.vcpus[n];
    const struct model_vcpu *want = &p->model.vcpus[n];
    unsigned int view = p->machine.strayed[n] ? sim_machine_view(&p->machine, n) : is->view;

    if (view != want->view || is->vmfunc != want->vmfunc || is->notify_gfn != want->notify_gfn ||
        is->notify_mfn != want->notify_mfn)
        sim_fail(
            "vCPU %u: view %u vmfunc %d notify gfn %#llx mfn %#llx, should be %u %d %#llx %#llx", n,
            view, is->vmfunc, (ull)is->notify_gfn, (ull)is->notify_mfn, want->view, want->vmfunc,
            (ull)want->notify_gfn, (ull)want->notify_mfn);
}

void check_domain(struct pair *p)
{
    if (p->machine.domain.active != p->model.active)
        sim_fail("active is %d", p->machine.domain.active);
    for (unsigned int view = 0; view < p->model.config.view_count; view++) {
        check_slot(p, view);
        if (model_view_usable(&p->model, view)) {
            check_counters(p, view);
            check_description(p, view);
        }
    }
    for (unsigned int i = 0; i < p->model.config.vcpu_count; i++)
        check_vcpu(p, i);
    sim_machine_check_vcpus(&p->machine);
    sim_machine_check_pages(&p->machine);
}

/* Slots beyond the domain's number of views stay invalid. */
static void check_unused_slots(const struct pair *p, unsigned int vcpu)
{
    const uint64_t *visible = sim_machine_visible_list(&p->machine, vcpu);

    for (unsigned int i = p->model.config.view_count; i < ALTP2M_MAX_VIEWS; i++)
        if (visible[i] != ~UINT64_C(0))
            sim_fail("slot %u of vCPU %u's visible list is not invalid", i, vcpu);
}

void check_all(struct pair *p)
{
    check_domain(p);
    for (unsigned int i = 0; i < p->model.config.vcpu_count; i++)
        check_unused_slots(p, i);
    for (unsigned int view = 0; view < p->model.config.view_count; view++)
        check_listing(p, view);
    for (unsigned int i = 0; i < p->model.gfns->count; i++)
        check_sample(p, i);
}
