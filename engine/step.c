/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries lent to one vCPU for one instruction. They are in the vCPU's own tables: a copy of its
 * view's root and of the tables on the path to each gfn. All other tables are the view's and the
 * base's. So no other vCPU in the view can use a loan.
 *
 * The tables outlive the step. They are a valid copy as long as the engine has written no entry
 * anywhere (altp2m_domain.writes). Then all that a CPU has cached under their EPTP is valid as well
 * (SDM Vol. 3C 29.4.2: it is tagged with that EPTP, under which no other vCPU runs). So the next
 * step over the same gfns needs no new tables. The engine flushes that EPTP whenever it changes the
 * tables.
 */
#include "engine.h"

/* The tables for so many gfns. Of a level, no more are needed than it has regions. */
static unsigned int tables_for(const struct altp2m_config *config, unsigned int gfns)
{
    unsigned int pages = 1;

    for (unsigned int level = 1; level <= LEVEL_ROOT; level++) {
        uint64_t last = ((UINT64_C(1) << config->gfn_bits) - 1) / level_pages(level);
        pages += last < gfns ? (unsigned int)last + 1 : gfns;
    }
    return pages;
}

static unsigned int spare_tables(const struct altp2m_config *config)
{
    return tables_for(config, ALTP2M_STEP_MAX) - tables_for(config, ALTP2M_STEP_OWN);
}

unsigned int step_pages(const struct altp2m_config *config)
{
    return 1 + tables_for(config, ALTP2M_STEP_OWN);
}

unsigned int spare_pages(const struct altp2m_config *config)
{
    return 1 + spare_tables(config);
}

void spare_init(struct altp2m_domain *d, struct reserve *r)
{
    _Static_assert(ALTP2M_STEP_PAGES(ALTP2M_STEP_MAX) <= ALTP2M_ENTRIES, "one page names them");
    d->spare = (struct altp2m_spare){.pages = reserve_take(r), .count = spare_tables(&d->config)};
    for (unsigned int i = 0; i < d->spare.count; i++)
        d->spare.pages[i] = reserve_take(r);
}

void spare_free(struct altp2m_domain *d)
{
    while (d->spare.count)
        page_free(d, d->spare.pages[--d->spare.count]);
    page_free(d, d->spare.pages);
}

void step_init(struct altp2m_domain *d, struct altp2m_step *s, struct reserve *r)
{
    _Static_assert(ALTP2M_STEP_MAX * sizeof(*s->loans) <= ALTP2M_PAGE_SIZE, "one page holds them");
    *s = (struct altp2m_step){.loans = reserve_take(r),
                              .page_count = tables_for(&d->config, ALTP2M_STEP_OWN)};
    for (unsigned int i = 0; i < s->page_count; i++)
        s->pages[i] = reserve_take(r);
}

void step_free(struct altp2m_domain *d, struct altp2m_step *s)
{
    while (s->page_count)
        page_free(d, s->pages[--s->page_count]);
    page_free(d, s->loans);
}

/* NULL if another vCPU's step has the next tables. */
static uint64_t *next_table(struct altp2m_domain *d, struct altp2m_step *s)
{
    struct altp2m_spare *spare = &d->spare;
    unsigned int at = s->used - s->page_count;

    if (s->used < s->page_count)
        return s->pages[s->used++];
    if (at == spare->count || (spare->user && spare->user != s))
        return NULL;
    spare->user = s;
    s->used++;
    return spare->pages[at];
}

/* After this the step's tables are no valid copy. */
static void give_spare_back(struct altp2m_domain *d, struct altp2m_step *s)
{
    if (d->spare.user == s) {
        d->spare.user = NULL;
        s->writes = 0;
    }
}

static bool is_copy(const struct altp2m_domain *d, const struct altp2m_step *s, unsigned int view)
{
    return s->view == view && s->writes == d->writes;
}

static void start_over(struct altp2m_domain *d, struct altp2m_step *s, unsigned int view)
{
    give_spare_back(d, s);
    table_copy(s->pages[0], d->views[view].root);
    s->used = 1;
    s->lent = 0;
    s->view = (uint16_t)view;
    s->writes = d->writes;
}

/*
 * The leaf's slot in the vCPU's own tables. Makes missing tables; NULL if there are too few.
 */
static uint64_t *own_slot(struct altp2m_domain *d, struct altp2m_step *s, uint64_t gfn)
{
    uint64_t *slot = &s->pages[0][index_of(gfn, LEVEL_ROOT)];

    for (unsigned int level = LEVEL_ROOT; level; level--) {
        if (!(*slot & ENTRY_STEP)) {
            uint64_t *table = next_table(d, s);
            if (!table)
                return NULL;
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
        *loan->slot = loan->leaf;
    }
    return true;
}

static void take_back(struct altp2m_step *s)
{
    for (; s->lent; s->lent--)
        *s->loans[s->lent - 1].slot = s->loans[s->lent - 1].seen;
}

/*
 * A loan holds for the gfn as the view had it. If the view's entry has changed during the
 * instruction (a page given back, an access revoked), the loan ends, and the instruction faults on
 * the gfn again.
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

static void remove(struct altp2m_step *s, unsigned int at)
{
    s->count--;
    for (struct altp2m_loan *loan = &s->loans[at]; loan < &s->loans[s->count]; loan++)
        *loan = loan[1];
}

/*
 * A separate function: a step like the one before needs none of this. If there are too few tables,
 * the engine frees those of earlier steps first, then the loan that was wanted longest ago. If
 * there are tables for all gfns that the instruction needs at once, it faults on each at most three
 * times, and then the gfn stays. So the instruction makes progress.
 */
__attribute__((noinline)) static void arrange(struct altp2m_domain *d, struct altp2m_vcpu *vcpu)
{
    struct altp2m_step *s = &vcpu->step;
    bool anew = !is_copy(d, s, vcpu->view);

    if (anew)
        start_over(d, s, vcpu->view);
    else
        take_back(s);
    while (!lend(d, s)) {
        if (anew)
            remove(s, 0);
        start_over(d, s, vcpu->view);
        anew = true;
    }
    flush(d, altp2m_step_eptp(d, vcpu));
}

/* Keep the step's earlier loans that are still valid. */
static void keep_what_holds(struct altp2m_domain *d, struct altp2m_vcpu *vcpu)
{
    struct altp2m_step *s = &vcpu->step;

    if (s->view != vcpu->view)
        altp2m_end_step(d, vcpu);
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

/* Make it the last loan, which is kept longest. `at` is its old place, if it was lent before. */
static void add(struct altp2m_domain *d, struct altp2m_vcpu *vcpu, unsigned int at,
                struct altp2m_loan loan)
{
    const struct altp2m_view *v = &d->views[vcpu->view];
    struct altp2m_step *s = &vcpu->step;

    if (is_copy(d, s, vcpu->view))
        take_back(s);
    if (at < s->count)
        remove(s, at);
    else if (s->count == ALTP2M_STEP_MAX)
        remove(s, 0);
    loan.seen = view_leaf(d, v, loan.gfn);
    loan.access = leaf_access(v, loan.seen);
    s->loans[s->count++] = loan;
}

int altp2m_begin_step(struct altp2m_domain *d, struct altp2m_vcpu *vcpu, uint64_t gfn,
                      struct altp2m_mapping to, unsigned int rights)
{
    struct altp2m_step *s = &vcpu->step;

    if (!gfn_in_range(d, gfn) || to.type == ALTP2M_TYPE_NONE || to.memtype == ALTP2M_MEMTYPE_TRAP)
        return -XEN_EINVAL;
    keep_what_holds(d, vcpu);

    unsigned int at = find(s, gfn), count = at < s->count ? s->count : at + 1;
    if (at < s->count)
        rights |= entry_rights(d, s->loans[at].leaf);

    uint64_t leaf = entry_restrict(d, entry_base_leaf(d, to, 0), rights & ALTP2M_RWX);
    if (is_copy(d, s, vcpu->view) && at < s->lent && s->lent == count && s->loans[at].gfn == gfn &&
        s->loans[at].leaf == leaf) {
        s->count = count;
        return 0;
    }
    if (!frames_allow(d, to, 1))
        return -XEN_EPERM;
    if (ENTRY_CHECKED && d->host.reached)
        d->host.reached(d->host.context, to);
    add(d, vcpu, at, (struct altp2m_loan){.gfn = gfn, .leaf = leaf});
    arrange(d, vcpu);
    return 0;
}

uint64_t altp2m_step_eptp(const struct altp2m_domain *d, const struct altp2m_vcpu *vcpu)
{
    return entry_root(d, vcpu->step.pages[0]);
}

void altp2m_end_step(struct altp2m_domain *d, struct altp2m_vcpu *vcpu)
{
    vcpu->step.count = 0;
    give_spare_back(d, &vcpu->step);
}
