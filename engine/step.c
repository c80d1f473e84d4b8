/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries lent to one vCPU for one instruction. They stand in tables of the vCPU's own: a copy of
 * its view's root and of the tables on the way to each gfn; all else is the view's and the base's.
 * So no other vCPU in the view can use what was lent.
 *
 * The tables outlive the step. They are a true copy as long as no entry has been written anywhere
 * (altp2m_domain.writes), and then whatever a CPU has cached under their EPTP is true as well
 * (SDM Vol. 3C 29.4.2: it is tagged with that EPTP, which nobody else runs under). So the next step
 * over the same gfns finds all in place. Whenever they are changed, that EPTP is flushed.
 */
#include "engine.h"

/* A table can't be needed more often than its level has regions. */
unsigned int step_pages(const struct altp2m_config *config)
{
    unsigned int pages = 1;

    for (unsigned int level = 1; level <= LEVEL_ROOT; level++) {
        uint64_t last = ((UINT64_C(1) << config->gfn_bits) - 1) / level_pages(level);
        pages += last < ALTP2M_STEP_MAX ? (unsigned int)last + 1 : ALTP2M_STEP_MAX;
    }
    return pages;
}

void step_init(struct altp2m_domain *d, struct altp2m_step *s, struct reserve *r)
{
    *s = (struct altp2m_step){.page_count = step_pages(&d->config)};
    for (unsigned int i = 0; i < s->page_count; i++)
        s->pages[i] = reserve_take(r);
}

void step_free(struct altp2m_domain *d, struct altp2m_step *s)
{
    while (s->page_count)
        page_free(d, s->pages[--s->page_count]);
}

static bool is_copy(const struct altp2m_domain *d, const struct altp2m_step *s, unsigned int view)
{
    return s->view == view && s->writes == d->writes;
}

static void start_over(struct altp2m_domain *d, struct altp2m_step *s, unsigned int view)
{
    const struct altp2m_view *v = &d->views[view];

    view_mirror_table(v, s->pages[0], v->root, 0);
    s->used = 1;
    s->lent = 0;
    s->view = (uint16_t)view;
    s->writes = d->writes;
}

/* The leaf's slot in tables of the vCPU's own, which are made; NULL if they don't suffice. */
static uint64_t *own_slot(struct altp2m_domain *d, struct altp2m_step *s, uint64_t gfn)
{
    uint64_t *slot = &s->pages[0][index_of(gfn, LEVEL_ROOT)];

    for (unsigned int level = LEVEL_ROOT; level; level--) {
        if (!(*slot & ENTRY_STEP)) {
            if (s->used == s->page_count)
                return NULL;
            uint64_t *table = s->pages[s->used++];
            table_fill(d, &d->views[s->view], table, *slot, level);
            *slot = entry_to_table(d, table) | ENTRY_STEP;
        }
        slot = &entry_table(d, *slot)[index_of(gfn, level - 1)];
    }
    return slot;
}

static bool lend(struct altp2m_domain *d, struct altp2m_step *s)
{
    for (; s->lent < s->count; s->lent++) {
        struct altp2m_loan *loan = &s->loans[s->lent];

        loan->slot = own_slot(d, s, loan->gfn);
        if (!loan->slot)
            return false;
        loan->own = *loan->slot;
        *loan->slot = loan->leaf;
    }
    return true;
}

static void take_back(struct altp2m_step *s)
{
    for (; s->lent; s->lent--)
        *s->loans[s->lent - 1].slot = s->loans[s->lent - 1].own;
}

/*
 * A loan holds for the gfn as the view had it. If that has changed in the middle of the instruction
 * (a page given back, an access revoked), it is void: the instruction comes again for it.
 */
static bool holds(const struct altp2m_domain *d, const struct altp2m_view *v,
                  const struct altp2m_loan *loan)
{
    uint64_t leaf = view_leaf(d, v, loan->gfn);

    return leaf == loan->seen && leaf_access(v, leaf) == loan->access;
}

static void drop_void(const struct altp2m_domain *d, struct altp2m_step *s)
{
    unsigned int kept = 0;

    for (unsigned int i = 0; i < s->count; i++)
        if (holds(d, &d->views[s->view], &s->loans[i]))
            s->loans[kept++] = s->loans[i];
    s->count = kept;
}

static unsigned int find(const struct altp2m_step *s, uint64_t gfn)
{
    unsigned int i = 0;

    while (i < s->count && s->loans[i].gfn != gfn)
        i++;
    return i;
}

/* Apart: a step like the one before takes none of this. */
__attribute__((noinline)) static void arrange(struct altp2m_domain *d, struct altp2m_vcpu *vcpu)
{
    struct altp2m_step *s = &vcpu->step;

    if (is_copy(d, s, vcpu->view))
        take_back(s);
    else
        start_over(d, s, vcpu->view);
    while (!lend(d, s)) /* tables of earlier steps are in the way */
        start_over(d, s, vcpu->view);
    flush(d, altp2m_step_eptp(d, vcpu));
}

/* What is to hold of what the step was lent before. */
static void keep_what_holds(struct altp2m_domain *d, struct altp2m_vcpu *vcpu)
{
    struct altp2m_step *s = &vcpu->step;

    if (s->view != vcpu->view)
        altp2m_end_step(vcpu);
    else if (!is_copy(d, s, vcpu->view))
        drop_void(d, s);
}

void altp2m_begin_visit(struct altp2m_domain *d, struct altp2m_vcpu *vcpu)
{
    struct altp2m_step *s = &vcpu->step;

    keep_what_holds(d, vcpu);
    if (!is_copy(d, s, vcpu->view) || s->lent != s->count)
        arrange(d, vcpu);
}

int altp2m_begin_step(struct altp2m_domain *d, struct altp2m_vcpu *vcpu, uint64_t gfn,
                      struct altp2m_mapping to, unsigned int rights)
{
    struct altp2m_step *s = &vcpu->step;
    uint64_t page = entry_base_leaf(to, 0) & (ENTRY_ADDRESS | ENTRY_MEMTYPE | ENTRY_TYPE);
    uint64_t leaf = page | rights | ENTRY_SVE;

    if (!gfn_in_range(d, gfn) || to.type == ALTP2M_TYPE_NONE || to.memtype == ALTP2M_MEMTYPE_TRAP)
        return -XEN_EINVAL;
    keep_what_holds(d, vcpu);

    unsigned int at = find(s, gfn), count = at < s->count ? s->count : at + 1;
    if (at == ALTP2M_STEP_MAX)
        return -XEN_ENOSPC;

    struct altp2m_loan *loan = &s->loans[at];
    if (at < s->count)
        leaf |= loan->leaf & ENTRY_RIGHTS;
    bool same = is_copy(d, s, vcpu->view) && at < s->lent && loan->gfn == gfn && loan->leaf == leaf;
    if (same && s->lent == count) {
        s->count = count;
        return 0;
    }
    if (!frames_allow(d, to, 1))
        return -XEN_EPERM;
    s->count = count;
    loan->gfn = gfn;
    loan->leaf = leaf;
    loan->seen = view_leaf(d, &d->views[vcpu->view], gfn);
    loan->access = leaf_access(&d->views[vcpu->view], loan->seen);
    if (ENTRY_CHECKED && d->host.reached)
        d->host.reached(d->host.context, to);
    arrange(d, vcpu);
    return 0;
}

uint64_t altp2m_step_eptp(const struct altp2m_domain *d, const struct altp2m_vcpu *vcpu)
{
    return entry_eptp(d, vcpu->step.pages[0]);
}

void altp2m_end_step(struct altp2m_vcpu *vcpu)
{
    vcpu->step.count = 0;
}
