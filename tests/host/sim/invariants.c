/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine.h"

#include "sim/fail.h"

#include <string.h>
#include <xen/memory.h>

static unsigned int allows(unsigned int access)
{
    if (access == XENMEM_access_rx2rw)
        return ALTP2M_R | ALTP2M_X;
    return access == XENMEM_access_n2rwx ? 0 : access;
}

/* The machine's own frames appear only where they are shown as such. The CPUs check for the
 * others. */
static void check_kept(unsigned int view, uint64_t gfn, const struct altp2m_mapping *to)
{
    for (unsigned int i = 0; i < SIM_KEPT; i++)
        if (to->type != ALTP2M_TYPE_NONE && to->mfn >= sim_kept[i].first &&
            to->mfn < sim_kept[i].end && (!sim_kept[i].shared || to->type != ALTP2M_TYPE_SPECIAL))
            sim_fail("view %u gfn %#llx: leads to kept frame %#llx, type %u", view,
                     (unsigned long long)gfn, (unsigned long long)to->mfn, to->type);
}

/* The engine's answer: consistent in itself and with the host p2m. */
static void check_translation(const struct sim_machine *m, unsigned int view, uint64_t gfn,
                              const struct altp2m_translation *t)
{
    struct altp2m_mapping host = altp2m_host_lookup(&m->domain, gfn);

    check_kept(view, gfn, &t->to);
    if (t->access > XENMEM_access_n2rwx || (t->rights & ~allows(t->access)))
        sim_fail("view %u gfn %#llx: rights %u with access %u", view, (unsigned long long)gfn,
                 t->rights, t->access);
    if (t->to.type == ALTP2M_TYPE_NONE && (t->rights || t->to.mfn != ALTP2M_INVALID_MFN))
        sim_fail("view %u gfn %#llx: a hole with rights", view, (unsigned long long)gfn);
    if (!t->remapped && (t->to.mfn != host.mfn || t->to.type != host.type))
        sim_fail("view %u gfn %#llx: not remapped, but not the host's mapping", view,
                 (unsigned long long)gfn);
    if (!t->overridden && (t->remapped || !t->suppress_ve))
        sim_fail("view %u gfn %#llx: something is set, but not overridden", view,
                 (unsigned long long)gfn);
}

/* Hardware sees the engine's present answer, and no older one. */
static void check_hardware(struct sim_machine *m, unsigned int view, unsigned int sample,
                           const struct altp2m_translation *t)
{
    uint64_t eptp = altp2m_view_eptp(&m->domain, view);
    struct sim_walk walk = sim_tlb_walk(&m->tlb, eptp, sample);
    unsigned int rights = walk.present ? walk.rights : 0;

    if (rights != t->rights || (rights && walk.mfn != t->to.mfn))
        sim_fail("view %u sample %u: hardware grants %u to mfn %#llx, the engine says %u, %#llx",
                 view, sample, rights, (unsigned long long)walk.mfn, t->rights,
                 (unsigned long long)t->to.mfn);
    if (t->suppress_ve && !walk.suppress_ve)
        sim_fail("view %u sample %u: raises #VE although suppressed", view, sample);
    sim_tlb_check(&m->tlb, eptp, sample,
                  (struct sim_allowed){.mfn = t->to.mfn, .rights = t->rights});
}

static bool is_lent(const struct altp2m_step *step, uint64_t gfn)
{
    for (unsigned int i = 0; i < step->count; i++)
        if (step->loans[i].gfn == gfn)
            return true;
    return false;
}

/* A vCPU that steps can do no more than its view allows, except with its loans. */
static void check_step(struct sim_machine *m, unsigned int vcpu, unsigned int sample)
{
    const struct altp2m_vcpu *v = &m->vcpus[vcpu];
    struct altp2m_translation t = altp2m_translate(&m->domain, v->view, m->gfns.gfn[sample]);
    struct sim_allowed allowed = {.mfn = t.to.mfn, .rights = t.rights};

    if (is_lent(&v->step, m->gfns.gfn[sample]))
        allowed = (struct sim_allowed){.mfn = INVARIANTS_LENT_MFN, .rights = ALTP2M_RWX};
    sim_tlb_walk(&m->tlb, m->loaded_eptp[vcpu], sample);
    sim_tlb_check(&m->tlb, m->loaded_eptp[vcpu], sample, allowed);
}

void invariants_sample(struct sim_machine *m, unsigned int sample)
{
    uint64_t gfn = m->gfns.gfn[sample];

    for (unsigned int view = 0; view < m->domain.config.view_count; view++) {
        if (view && !altp2m_view_is_live(&m->domain, view))
            continue;
        struct altp2m_translation t = altp2m_translate(&m->domain, view, gfn);

        check_translation(m, view, gfn, &t);
        check_hardware(m, view, sample, &t);
    }
    for (unsigned int vcpu = 0; vcpu < SIM_VCPUS; vcpu++)
        if (sim_machine_steps(m, vcpu))
            check_step(m, vcpu, sample);
}

static void check_lists(const struct sim_machine *m, unsigned int view)
{
    bool live = altp2m_view_is_live(&m->domain, view);

    for (unsigned int i = 0; i < SIM_VCPUS; i++) {
        uint64_t slot = sim_machine_visible_list(m, i)[view];

        if (slot != ~UINT64_C(0) && (!live || slot != altp2m_view_eptp(&m->domain, view)))
            sim_fail("slot %u of vCPU %u's visible list has %#llx", view, i,
                     (unsigned long long)slot);
    }
}

static void check_slot(const struct sim_machine *m, unsigned int view)
{
    bool live = altp2m_view_is_live(&m->domain, view);

    check_lists(m, view);
    if (live && altp2m_view_by_eptp(&m->domain, altp2m_view_eptp(&m->domain, view)) != view)
        sim_fail("view %u is not found by its EPTP", view);
    if (live && !m->domain.active)
        sim_fail("view %u is live while altp2m is off", view);
}

static bool same_name_elsewhere(const struct altp2m_domain *d, unsigned int view)
{
    for (unsigned int i = 0; i < view; i++)
        if (d->views[view].name[0] && !strcmp(d->views[i].name, d->views[view].name))
            return true;
    return false;
}

static void check_description(const struct sim_machine *m, unsigned int view)
{
    const struct altp2m_view *v = &m->domain.views[view];
    bool live = altp2m_view_is_live(&m->domain, view);
    bool named = altp2m_policy_names_view(v->policy);

    if (!live && (v->name[0] || v->policy || v->violations > (view ? 0 : UINT64_MAX)))
        sim_fail("view %u is not live and has a name, a policy or a count", view);
    if (v->policy > ALTP2M_POLICY_SWITCH)
        sim_fail("view %u has policy %u", view, v->policy);
    if (named && (v->policy_view == view || !altp2m_view_is_live(&m->domain, v->policy_view)))
        sim_fail("the policy of view %u names view %u", view, v->policy_view);
    if (memchr(v->name, 0, sizeof(v->name)) == NULL || same_name_elsewhere(&m->domain, view))
        sim_fail("view %u has no name of its own", view);
}

static void check_piece(const struct sim_machine *m, unsigned int view,
                        const struct altp2m_override *piece)
{
    const uint64_t step = piece->nr > 1 ? piece->nr - 1 : 1; /* to the last */

    for (uint64_t i = 0; i < piece->nr; i += step) {
        uint64_t gfn = piece->gfn + i;
        struct altp2m_translation t = altp2m_translate(&m->domain, view, gfn);

        if (!t.overridden || t.access != piece->access || t.rights != piece->rights ||
            t.suppress_ve != piece->suppress_ve ||
            t.remapped != (piece->target != ALTP2M_INVALID_GFN))
            sim_fail("view %u lists gfn %#llx with other settings than it has", view,
                     (unsigned long long)gfn);
    }
}

static void check_listing(const struct sim_machine *m, unsigned int view)
{
    const struct altp2m_view *v = &m->domain.views[view];
    uint64_t from = 0, before = 0, overrides = 0, remaps = 0;
    struct altp2m_override piece;

    for (; altp2m_next_override(&m->domain, view, &from, &piece); before = from) {
        if (from <= before || (piece.nr && piece.gfn < before))
            sim_fail("the listing of view %u does not get on", view);
        check_piece(m, view, &piece);
        overrides += piece.nr;
        remaps += piece.target != ALTP2M_INVALID_GFN ? piece.nr : 0;
    }
    if (overrides != v->overrides || remaps != v->remaps)
        sim_fail("view %u lists %llu overrides, %llu remaps; it has %u, %u", view,
                 (unsigned long long)overrides, (unsigned long long)remaps, v->overrides,
                 v->remaps);
}

void invariants_listings(struct sim_machine *m)
{
    for (unsigned int view = 0; view < m->domain.config.view_count; view++)
        if (!view || altp2m_view_is_live(&m->domain, view))
            check_listing(m, view);
}

/* These views do not exist. */
static void check_slots_behind(const struct sim_machine *m)
{
    for (unsigned int i = 0; i < SIM_VCPUS; i++) {
        const uint64_t *list = sim_machine_visible_list(m, i);

        for (unsigned int view = m->domain.config.view_count; view < ALTP2M_MAX_VIEWS; view++)
            if (list[view] != ~UINT64_C(0))
                sim_fail("slot %u of vCPU %u's visible list has %#llx", view, i,
                         (unsigned long long)list[view]);
    }
}

/* The view to which a vCPU will come back exists. */
static void check_home(const struct sim_machine *m, const struct altp2m_vcpu *vcpu)
{
    if (vcpu->away && vcpu->home && !altp2m_view_is_live(&m->domain, vcpu->home))
        sim_fail("vCPU %u will come back to view %u, which is not there", vcpu->id, vcpu->home);
}

void invariants_domain(struct sim_machine *m)
{
    for (unsigned int view = 0; view < m->domain.config.view_count; view++) {
        check_slot(m, view);
        check_description(m, view);
    }
    check_slots_behind(m);
    for (unsigned int i = 0; i < SIM_VCPUS; i++)
        check_home(m, &m->vcpus[i]);
    for (unsigned int i = 0; i < SIM_VCPUS; i++)
        if (sim_machine_view(m, i) && !altp2m_view_is_live(&m->domain, sim_machine_view(m, i)))
            sim_fail("vCPU %u is in a view that does not exist", i);
    sim_machine_check_vcpus(m);
    sim_machine_check_pages(m);
}
