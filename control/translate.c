/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The translation of a virtual address, for a monitor. The guest may have written anything into its
 * tables. So the walk reads each entry once, only in RAM of the guest's, and at most five.
 */
#include "control/paging.h"
#include "control/server.h"

#define PDPTE_LEVEL   3
#define PDPTE_SIZE    8
#define PDPTE_SHIFT   30
#define PAE_ROOT_MASK UINT64_C(0xffffffe0)
#define ROOT_32_MASK  UINT64_C(0xfffff000)

#define READ     1U
#define WRITE    2U
#define EXECUTE  4U
#define ALL      (READ | WRITE | EXECUTE | ALTVIEW_PAGE_USER)
#define NO_PAGES 32 /* page_shift without paging: the range of 32 bits */

struct walk {
    const struct control *c;
    struct altview_translation *to;
    const struct paging_format *format;
    uint64_t linear;
    uint64_t table; /* or the page, at the end */
    uint64_t reserved;
    unsigned int large_levels;
};

static enum altview_paging mode_of(const struct control_mode *r)
{
    if (!(r->cr0 & CR0_PG)) {
        return ALTVIEW_PAGING_NONE;
    }
    if (r->efer & EFER_LMA) {
        return r->cr4 & CR4_LA57 ? ALTVIEW_PAGING_5_LEVEL : ALTVIEW_PAGING_4_LEVEL;
    }
    if (r->cr4 & CR4_PAE) {
        return ALTVIEW_PAGING_PAE;
    }
    return r->cr4 & CR4_PSE ? ALTVIEW_PAGING_PSE : ALTVIEW_PAGING_32;
}

static const struct paging_format *format_of(unsigned int mode)
{
    static const struct paging_format *const formats[ALTVIEW_PAGINGS] = {
        [ALTVIEW_PAGING_32] = &paging_legacy,
        [ALTVIEW_PAGING_PSE] = &paging_legacy,
        [ALTVIEW_PAGING_PAE] = &paging_pae,
        [ALTVIEW_PAGING_4_LEVEL] = &paging_four_level,
        [ALTVIEW_PAGING_5_LEVEL] = &paging_five_level,
    };

    return formats[altp2m_clamp(mode, ALTVIEW_PAGINGS)];
}

static bool ends(struct walk *w, enum altview_walk_end why)
{
    w->to->end = why;
    return false;
}

/* Follow the entry at a guest physical address. Returns its step, or NULL where there is no RAM. */
static struct altview_translation_step *take_entry(struct walk *w, uint64_t address,
                                                   unsigned int level)
{
    struct altview_translation *to = w->to;
    struct altview_translation_step *step = &to->steps[to->step_count++ % ALTVIEW_WALK_MOST];
    const uint8_t *page = ram_page(w->c, to->view, address >> ALTP2M_PAGE_SHIFT, false);

    *step = (struct altview_translation_step){.address = address, .level = (uint8_t)level};
    if (!page) {
        ends(w, ALTVIEW_WALK_NO_TABLE);
        return NULL;
    }
    step->value = paging_read(w->format, page + address % ALTP2M_PAGE_SIZE);
    return step;
}

static bool can_follow(struct walk *w, uint64_t entry, uint64_t zeros)
{
    if (!(entry & PTE_PRESENT)) {
        return ends(w, ALTVIEW_WALK_NOT_PRESENT);
    }
    return entry & zeros ? ends(w, ALTVIEW_WALK_RESERVED) : true;
}

/* The four entries above the tables of PAE grant all rights (SDM Vol. 3A 4.4.1). */
static bool walk_pdpte(struct walk *w)
{
    uint64_t zeros = PAGING_PDPTE_RESERVED | w->format->reserved |
                     paging_reserved(w->c->host.physical_bits, false);
    struct altview_translation_step *step =
        take_entry(w, w->table + (w->linear >> PDPTE_SHIFT) * PDPTE_SIZE, PDPTE_LEVEL);

    if (!step || !can_follow(w, step->value, zeros)) {
        return false;
    }
    step->rights = ALL;
    w->table = step->value & PTE_ADDRESS;
    return true;
}

static uint8_t rights_of(uint64_t entry)
{
    return (uint8_t)(READ | (entry & PTE_WRITE ? WRITE : 0) | (entry & PTE_NX ? 0 : EXECUTE) |
                     (entry & PTE_USER ? ALTVIEW_PAGE_USER : 0));
}

/* One level. Leaves the next table in w->table, or the page. */
static bool walk_level(struct walk *w, unsigned int level)
{
    unsigned int shift = paging_shift(w->format, level), bits = w->c->host.physical_bits;
    struct altview_translation_step *step =
        take_entry(w, w->table + paging_offset(w->format, w->linear, level), level);
    bool leaf, large;

    if (!step) {
        return false;
    }
    leaf = paging_is_leaf(w->large_levels, step->value, level);
    large = leaf && level > 1;
    if (!can_follow(w, step->value,
                    paging_must_be_zero(w->format, w->reserved, level, large, bits))) {
        return false;
    }
    step->rights = rights_of(step->value);
    w->to->rights &= step->rights;
    w->to->page_shift = step->page_shift = leaf ? (uint8_t)shift : 0;
    w->table =
        large ? paging_large_address(w->format, step->value, shift) : step->value & PTE_ADDRESS;
    return true;
}

static bool walk_tables(struct walk *w)
{
    w->to->rights = ALL;
    if (w->format == &paging_pae && !walk_pdpte(w)) {
        return false;
    }
    for (unsigned int level = w->format->levels; level && !w->to->page_shift; level--) {
        if (!walk_level(w, level)) {
            return false;
        }
    }
    return true;
}

static bool is_in_reach(const struct walk *w)
{
    return w->to->mode >= ALTVIEW_PAGING_4_LEVEL ? paging_is_canonical(w->format, w->linear)
                                                 : !(w->linear >> NO_PAGES);
}

static uint64_t root_of(const struct altview_translation *to)
{
    return to->cr3 & (to->mode >= ALTVIEW_PAGING_4_LEVEL ? PTE_ADDRESS
                      : to->mode == ALTVIEW_PAGING_PAE   ? PAE_ROOT_MASK
                                                         : ROOT_32_MASK);
}

static unsigned int large_levels_of(const struct walk *w)
{
    if (w->to->mode == ALTVIEW_PAGING_32) {
        return 0;
    }
    return w->format->large_levels & ~(w->c->host.pages_1g ? 0 : 1U << 3);
}

/* `nx`: bit 63 forbids execution. */
static void walk(struct walk *w, bool nx)
{
    struct altview_translation *to = w->to;

    w->format = format_of(to->mode);
    if (!is_in_reach(w)) {
        ends(w, ALTVIEW_WALK_BAD_ADDRESS);
        return;
    }
    if (!w->format) {
        to->rights = ALL;
        to->page_shift = NO_PAGES;
        to->physical = w->linear;
        return;
    }
    w->table = root_of(to);
    w->large_levels = large_levels_of(w);
    w->reserved = w->format == &paging_legacy ? 0 : paging_reserved(w->c->host.physical_bits, nx);
    if (walk_tables(w)) {
        to->physical = w->table | (w->linear & ((UINT64_C(1) << to->page_shift) - 1));
    } else {
        to->rights = 0;
    }
}

int request_translate(struct control *c, struct exchange *x)
{
    const struct altview_translate *t = x->payload;
    struct walk w = {.c = c, .to = x->reply, .linear = t->address};
    bool has_cr3 = t->flags & ALTVIEW_TRANSLATE_CR3;
    struct control_mode now;
    unsigned int vcpu;

    if (!vcpu_named(c, t->vcpu, &vcpu) || !view_or_host(c, t->view) || t->mode >= ALTVIEW_PAGINGS ||
        t->flags & ~ALTVIEW_TRANSLATE_CR3 || (t->cr3 && !has_cr3)) {
        return -XEN_EINVAL;
    }
    c->host.get_mode(c->host.context, vcpu, &now);
    *w.to = (struct altview_translation){
        .cr3 = has_cr3 ? t->cr3 : now.cr3,
        .view = t->view,
        .mode = t->mode ? t->mode : (uint8_t)mode_of(&now),
    };
    walk(&w, t->mode || now.efer & EFER_NXE);
    x->reply_size = sizeof(*w.to);
    return 0;
}
