/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's own page tables: off, 32-bit, PAE and 4-level (SDM Vol. 3A 4.3 to 4.5). */
#include "access/access.h"

#include "cpu/x86.h"
#include "domain.h"
#include "vmx/instructions.h"

#define PTE_PRESENT  (UINT64_C(1) << 0)
#define PTE_WRITE    (UINT64_C(1) << 1)
#define PTE_USER     (UINT64_C(1) << 2)
#define PTE_ACCESSED (UINT64_C(1) << 5)
#define PTE_DIRTY    (UINT64_C(1) << 6)
#define PTE_LARGE    (UINT64_C(1) << 7)
#define PTE_NX       (UINT64_C(1) << 63)
#define PTE_ADDRESS  UINT64_C(0x000ffffffffff000)

#define CR4_SMAP (1UL << 21)

/* One way to page. Level 1 is the last. */
struct format {
    unsigned int levels, index_bits, entry_size;
    unsigned int large_levels; /* bit l: an entry of level l can map a large page */
    uint64_t reserved;         /* whatever the physical width */
};

static const struct format legacy = {2, 10, 4, 1U << 2, 0};
static const struct format pae = {2, 9, 8, 1U << 2, UINT64_C(0x7ff) << 52};
static const struct format four_level = {4, 9, 8, 1U << 2 | 1U << 3, 0};

/* What is common to the steps of one walk. */
struct walk {
    struct vcpu *vcpu;
    const struct format *format;
    uint64_t linear, table;
    uint64_t reserved;
    bool write, writable, user;
};

static void learn_paging(struct vcpu *vcpu)
{
    vcpu->paging.cr0 = vmread(VMCS_GUEST_CR0);
    vcpu->paging.cr3 = vmread(VMCS_GUEST_CR3);
    vcpu->paging.cr4 = vmread(VMCS_GUEST_CR4);
    vcpu->paging.efer = vmread(VMCS_GUEST_EFER);
    vcpu->paging.smap_off = !(vcpu->paging.cr4 & CR4_SMAP) || vmread(VMCS_GUEST_RFLAGS) & RFLAGS_AC;
    vcpu->paging.known = true;
}

/* Sets format, root and reserved bits. False if there is no root. */
static bool start(struct walk *w)
{
    const struct guest_paging *p = &w->vcpu->paging;
    uint64_t pdpte;

    w->reserved = PTE_ADDRESS & ~((UINT64_C(1) << (w->vcpu->domain->gfn_bits + 12)) - 1);
    w->reserved |= p->efer & EFER_NXE ? 0 : PTE_NX;
    w->table = p->cr3 & PTE_ADDRESS;
    if (p->efer & EFER_LMA) {
        w->format = &four_level;
        return !(p->cr4 & CR4_LA57) && (int64_t)(w->linear << 16) >> 16 == (int64_t)w->linear;
    }
    if (w->linear >> 32) {
        return false;
    }
    if (!(p->cr4 & CR4_PAE)) {
        w->format = &legacy;
        w->reserved = 0;
        return true;
    }
    w->format = &pae; /* the CPU holds the top level in registers */
    pdpte = vmread((enum vmcs_field)(VMCS_GUEST_PDPTE0 + 2 * (w->linear >> 30)));
    w->table = pdpte & PTE_ADDRESS;
    return pdpte & PTE_PRESENT;
}

static unsigned int shift_of(const struct format *f, unsigned int level)
{
    return ALTP2M_PAGE_SHIFT + (level - 1) * f->index_bits;
}

/* Set flags as the CPU's page walk does: a write, so the view must allow one. */
static bool set_flags(struct walk *w, unsigned int offset, uint64_t flags)
{
    uint8_t *frame = guest_frame(w->vcpu, PAGE_OF(w->table), ALTP2M_R | ALTP2M_W);

    if (frame) {
        __atomic_fetch_or((uint32_t *)(frame + offset), (uint32_t)flags, __ATOMIC_RELAXED);
    }
    return frame;
}

/* Whether `entry` can be followed. */
static bool permits(struct walk *w, uint64_t entry, unsigned int level, bool large)
{
    uint64_t reserved = w->reserved | w->format->reserved;

    if (large && w->format != &legacy) {
        reserved |= (UINT64_C(1) << shift_of(w->format, level)) - (UINT64_C(1) << 13);
    }
    if (w->format == &four_level && level == 4) {
        reserved |= PTE_LARGE;
    }
    w->writable &= !!(entry & PTE_WRITE);
    w->user &= !!(entry & PTE_USER);
    return entry & PTE_PRESENT && !(entry & reserved);
}

static uint64_t large_address(const struct format *f, uint64_t entry, unsigned int shift)
{
    uint64_t address = entry & PTE_ADDRESS & ~((UINT64_C(1) << shift) - 1);

    return f == &legacy ? address | (entry >> 13 & 0xff) << 32 : address; /* PSE-36 */
}

static bool is_large(const struct walk *w, uint64_t entry, unsigned int level)
{
    bool allowed = w->format != &legacy || w->vcpu->paging.cr4 & CR4_PSE;

    return entry & PTE_LARGE && w->format->large_levels & 1U << level && allowed;
}

/* One level: 0 to go on with w->table, 1 for a leaf, with *physical set, -1 for a page fault. */
static int step(struct walk *w, unsigned int level, uint64_t *physical)
{
    const struct format *f = w->format;
    unsigned int shift = shift_of(f, level);
    unsigned int offset =
        (unsigned int)(w->linear >> shift & ((1U << f->index_bits) - 1)) * f->entry_size;
    uint8_t *frame = guest_frame(w->vcpu, PAGE_OF(w->table), ALTP2M_R);
    uint64_t entry, flags = PTE_ACCESSED;
    bool leaf;

    if (!frame) {
        return -1;
    }
    entry = f->entry_size == 8 ? *(volatile uint64_t *)(frame + offset)
                               : *(volatile uint32_t *)(frame + offset);
    leaf = level == 1 || is_large(w, entry, level);
    if (!permits(w, entry, level, leaf && level > 1)) {
        return -1;
    }
    if (leaf) {
        bool denied = (w->write && !w->writable && w->vcpu->paging.cr0 & CR0_WP) ||
                      (w->user && !w->vcpu->paging.smap_off);

        if (denied) {
            return -1;
        }
        flags |= w->write ? PTE_DIRTY : 0;
    }
    if (flags & ~entry && !set_flags(w, offset, flags)) {
        return -1;
    }
    w->table = leaf && level > 1 ? large_address(f, entry, shift) : entry & PTE_ADDRESS;
    *physical = w->table | (w->linear & ((UINT64_C(1) << shift) - 1));
    return leaf;
}

bool guest_walk(struct vcpu *vcpu, uint64_t linear, unsigned int wants, uint64_t *physical)
{
    struct walk w = {
        .vcpu = vcpu, .linear = linear, .write = wants & ALTP2M_W, .writable = true, .user = true};
    int done = 0;

    if (!vcpu->paging.known) {
        learn_paging(vcpu);
    }
    if (!(vcpu->paging.cr0 & CR0_PG)) {
        *physical = linear;
        return !(linear >> 32);
    }
    if (!start(&w)) {
        return false;
    }
    for (unsigned int level = w.format->levels; level && !done; level--) {
        done = step(&w, level, physical);
    }
    return done == 1;
}
