/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's own page tables: off, 32-bit, PAE, 4-level, 5-level (SDM Vol. 3A 4.3 to 4.5). */
#include "guestmem/access.h"

#include "control/paging.h"
#include "core/domain.h"
#include "core/state.h"
#include "guestmem/keys.h"
#include "x86/x86.h"

/* Shared by the steps of one walk. */
struct walk {
    struct vcpu *vcpu;
    const struct paging_format *format;
    struct guest_path *path;
    uint64_t linear, table;
    uint64_t reserved;
    unsigned int large_levels; /* those of the format that this CPU has */
    bool write, writable, user;
    bool looks;   /* for altview: changes nothing */
    bool anyhow;  /* regardless of view, SMAP and keys */
    bool fetches; /* to which SMAP and keys do not apply */
    bool written; /* the CPU has just made this access: guest_byte_written */
    bool program; /* in ring 3 */
};

void guest_learn(struct vcpu *vcpu)
{
    if (vcpu->paging.moment == vcpu->moment) {
        return;
    }
    vcpu->paging = (struct guest_paging){
        .moment = vcpu->moment,
        .cr0 = guest_get(vcpu, GUEST_CR0),
        .cr3 = guest_get(vcpu, GUEST_CR3),
        .cr4 = guest_get(vcpu, GUEST_CR4),
        .efer = guest_get(vcpu, GUEST_EFER),
    };
}

/* Whether SMAP keeps the supervisor off user pages now (SDM Vol. 3A 4.6.1). A program in ring 3
 * makes no hypercall. altview reads only its code, which it may read itself. */
static bool smap_forbids(const struct vcpu *vcpu)
{
    return vcpu->paging.cr4 & CR4_SMAP && !(guest_get(vcpu, GUEST_RFLAGS) & RFLAGS_AC) &&
           !guest_ring(vcpu);
}

static unsigned int physical_bits(const struct walk *w)
{
    return w->vcpu->domain->gfn_bits + ALTP2M_PAGE_SHIFT;
}

/* The CPU holds the top level in registers. */
static bool start_pae(struct walk *w)
{
    uint64_t pdpte = guest_pdpte(w->vcpu, w->linear >> 30 & 3);

    w->table = pdpte & PTE_ADDRESS;
    return pdpte & PTE_PRESENT && !(w->linear >> 32);
}

/* Sets format, root and reserved bits. False if there is no root. */
static bool start(struct walk *w)
{
    const struct guest_paging *p = &w->vcpu->paging;
    const struct paging_format *wide = p->cr4 & CR4_LA57 ? &paging_five_level : &paging_four_level;

    w->format = p->efer & EFER_LMA ? wide : p->cr4 & CR4_PAE ? &paging_pae : &paging_legacy;
    w->large_levels = w->format->large_levels;
    if (!w->vcpu->domain->boot->cpu.pages_1g) {
        w->large_levels &= ~(1U << 3);
    }
    if (w->format == &paging_legacy && !(p->cr4 & CR4_PSE)) {
        w->large_levels = 0;
    }
    w->table = p->cr3 & PTE_ADDRESS;
    if (w->format == &paging_legacy) {
        return !(w->linear >> 32);
    }
    w->reserved = paging_reserved(physical_bits(w), p->efer & EFER_NXE);
    return w->format == &paging_pae ? start_pae(w) : paging_is_canonical(w->format, w->linear);
}

static const uint8_t *table_of(const struct walk *w)
{
    if (w->written) {
        return guest_frame_reached(w->vcpu, PAGE_OF(w->table), ALTP2M_R);
    }
    return w->looks ? guest_frame_seen(w->vcpu, PAGE_OF(w->table), w->anyhow ? 0 : ALTP2M_R)
                    : guest_frame(w->vcpu, PAGE_OF(w->table), ALTP2M_R);
}

/*
 * Set flags as the CPU's page walk does: it is a write, so the view must allow it, and it changes
 * the entry only if that is still the value read. `changed`: another CPU has written it since.
 */
static bool set_flags(struct walk *w, unsigned int offset, uint64_t entry, uint64_t flags,
                      bool *changed)
{
    uint8_t *frame = guest_frame(w->vcpu, PAGE_OF(w->table), ALTP2M_R | ALTP2M_W);
    uint32_t low = (uint32_t)entry;

    *changed = frame && !__atomic_compare_exchange_n((uint32_t *)(frame + offset), &low,
                                                     low | (uint32_t)flags, false, __ATOMIC_SEQ_CST,
                                                     __ATOMIC_SEQ_CST);
    return frame && !*changed;
}

/* Whether the walk can follow `entry`. */
static bool permits(struct walk *w, uint64_t entry, unsigned int level, bool large)
{
    uint64_t zeros = paging_must_be_zero(w->format, w->reserved, level, large, physical_bits(w));

    w->writable &= !!(entry & PTE_WRITE);
    w->user &= !!(entry & PTE_USER);
    return entry & PTE_PRESENT && !(entry & zeros);
}

static bool is_leaf(const struct walk *w, uint64_t entry, unsigned int level)
{
    return paging_is_leaf(w->large_levels, entry, level);
}

/* Whether an entry that is read-only forbids a write. */
static bool heeds_write(const struct walk *w)
{
    return w->program || w->vcpu->paging.cr0 & CR0_WP;
}

/* Protection keys (SDM Vol. 3A 4.6.2): for user pages they apply to all data accesses, but not to
 * fetches. */
static bool key_forbids(const struct walk *w, uint64_t entry)
{
    const struct guest_paging *p = &w->vcpu->paging;
    uint32_t rights;

    if (!(p->efer & EFER_LMA) || !(p->cr4 & (w->user ? CR4_PKE : CR4_PKS)) ||
        (guest_ring(w->vcpu) && !w->program)) {
        return false;
    }
    rights = guest_key_rights(w->user) >> 2 * PTE_KEY(entry);
    return rights & KEY_NO_ACCESS || (rights & KEY_NO_WRITE && w->write && heeds_write(w));
}

/* Rights that the entries of all levels give (SDM Vol. 3A 4.6.1). */
static bool tables_forbid(const struct walk *w)
{
    return (w->program && !w->user) || (w->write && !w->writable && heeds_write(w));
}

/* The flags to set in the entry, or false for a page fault. */
static bool check_entry(struct walk *w, uint64_t entry, unsigned int level, bool leaf,
                        uint64_t *flags)
{
    *flags = PTE_ACCESSED;
    if (!permits(w, entry, level, leaf && level > 1)) {
        return false;
    }
    if (!leaf) {
        return true;
    }
    *flags |= w->write ? PTE_DIRTY : 0;
    return !tables_forbid(w) && (w->anyhow || w->fetches ||
                                 (!(w->user && smap_forbids(w->vcpu)) && !key_forbids(w, entry)));
}

static void record(struct walk *w, const uint8_t *entry, uint64_t value)
{
    struct guest_path *path = w->path;

    if (path->levels < WALK_LEVELS) {
        path->entries[path->levels] = (const volatile uint64_t *)entry;
        path->values[path->levels] = value;
        path->levels++;
    }
}

enum outcome { FAULT, NEXT, LEAF };

/* Other CPUs may set flags meanwhile. If an entry changes more often than this, the walk faults. */
#define CHANGES_MAX 8

/* The entry, with the flags set that the access needs. False for a page fault. */
static bool take_entry(struct walk *w, unsigned int level, unsigned int offset, uint64_t *entry,
                       bool *leaf)
{
    const uint8_t *frame = table_of(w);
    bool writable = w->writable, user = w->user, changed = true;
    uint64_t flags;

    for (unsigned int i = 0; frame && changed && i < CHANGES_MAX; i++) {
        w->writable = writable;
        w->user = user;
        *entry = paging_read(w->format, frame + offset);
        *leaf = is_leaf(w, *entry, level);
        if (!check_entry(w, *entry, level, *leaf, &flags)) {
            return false;
        }
        if (w->looks || !(flags & ~*entry) || set_flags(w, offset, *entry, flags, &changed)) {
            record(w, frame + offset, *entry | flags);
            return true;
        }
    }
    return false;
}

/* One level. NEXT leaves the next table in w->table, LEAF the page. */
static enum outcome step(struct walk *w, unsigned int level)
{
    const struct paging_format *f = w->format;
    unsigned int shift = paging_shift(f, level);
    unsigned int offset = paging_offset(f, w->linear, level);
    uint64_t entry;
    bool leaf;

    if (!take_entry(w, level, offset, &entry, &leaf)) {
        return FAULT;
    }
    w->table = leaf && level > 1 ? paging_large_address(f, entry, shift) : entry & PTE_ADDRESS;
    if (leaf) {
        w->table |= w->linear & ((UINT64_C(1) << shift) - 1);
    }
    return leaf ? LEAF : NEXT;
}

static bool walk_tables(struct walk *w)
{
    enum outcome outcome = NEXT;

    if (!start(w)) {
        return false;
    }
    for (unsigned int level = w->format->levels; level && outcome == NEXT; level--) {
        outcome = step(w, level);
    }
    return outcome == LEAF;
}

/*
 * altview can use the path again if a comparison of registers and at most four 8-byte entries is
 * enough, and a flush will come when the view changes. For a guest with five levels altview walks
 * anew. For user pages the path depends on RFLAGS and PKRU as well. A walk for writing is also
 * valid for reading.
 */
static void finish_path(const struct walk *w, uint8_t *host, unsigned int wants)
{
    struct vcpu *vcpu = w->vcpu;
    struct guest_path *path = w->path;
    uint64_t more = w->user ? CR4_SMAP | CR4_PKE | CR4_PKS : CR4_PKS;

    if (w->format != &paging_four_level || (vcpu->paging.cr4 & more && !w->fetches) ||
        !guest_kept(vcpu, w->table & PTE_ADDRESS, wants)) {
        path->levels = 0;
    }
    path->cr0 = vcpu->paging.cr0;
    path->cr3 = vcpu->paging.cr3;
    path->cr4 = vcpu->paging.cr4;
    path->efer = vcpu->paging.efer;
    path->stamp = vcpu->cache.stamp;
    path->untried = ~wants;
    if (wants == ALTP2M_W && guest_kept(vcpu, w->table & PTE_ADDRESS, ALTP2M_R)) {
        path->untried = ~(unsigned int)(ALTP2M_R | ALTP2M_W);
    }
    path->host = host;
}

static struct walk new_walk(struct vcpu *vcpu, uint64_t linear, unsigned int wants,
                            struct guest_path *path)
{
    path->levels = 0;
    return (struct walk){.vcpu = vcpu,
                         .path = path,
                         .linear = linear,
                         .table = linear,
                         .write = wants & ALTP2M_W,
                         .writable = true,
                         .user = true};
}

static bool arrives(struct walk *w)
{
    return w->vcpu->paging.cr0 & CR0_PG ? walk_tables(w) : !(w->linear >> 32);
}

const uint8_t *guest_page_seen(struct vcpu *vcpu, uint64_t page, unsigned int wants)
{
    struct guest_path path;
    struct walk w = new_walk(vcpu, page, wants, &path);

    guest_learn(vcpu);
    w.looks = true;
    w.anyhow = !wants;
    w.fetches = wants == ALTP2M_X;
    return arrives(&w) ? guest_frame_seen(vcpu, PAGE_OF(w.table), wants) : NULL;
}

uint8_t *guest_walk(struct vcpu *vcpu, uint64_t linear, unsigned int wants, struct guest_path *path)
{
    struct walk w = new_walk(vcpu, linear, wants, path);
    uint8_t *host;

    if (!arrives(&w)) {
        return NULL;
    }
    host = guest_frame(vcpu, PAGE_OF(w.table), wants);
    if (host) {
        finish_path(&w, host, wants);
    }
    return host;
}

uint8_t *guest_byte_written(struct vcpu *vcpu, uint64_t linear)
{
    uint64_t page = linear & ~(uint64_t)(ALTP2M_PAGE_SIZE - 1);
    struct guest_path path;
    struct walk w = new_walk(vcpu, page, ALTP2M_W, &path);
    uint8_t *host;

    guest_learn(vcpu);
    w.looks = w.written = true;
    w.program = guest_is_user(vcpu);
    host = arrives(&w) ? guest_frame_reached(vcpu, PAGE_OF(w.table), ALTP2M_W) : NULL;
    return host ? host + (linear - page) : NULL;
}

uint8_t *guest_walk_fetch(struct vcpu *vcpu, uint64_t linear, struct guest_path *path)
{
    struct walk w = new_walk(vcpu, linear, ALTP2M_X, path);
    uint8_t *host;

    w.looks = w.fetches = true;
    if (!arrives(&w)) {
        return NULL;
    }
    host = guest_frame_seen(vcpu, PAGE_OF(w.table), ALTP2M_X);
    if (host) {
        finish_path(&w, host, ALTP2M_X);
    }
    return host;
}
