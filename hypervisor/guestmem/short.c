/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The common walk: four levels without protection keys, no flag to be set, no page of 1 GiB,
 * nothing refused. In any other case the full walk (walk.c) decides. Changes no state of the guest.
 */
#include "guestmem/path.h"

#include "control/paging.h"
#include "core/domain.h"
#include "x86/x86.h"

#define LARGE_PAGE     ((UINT64_C(1) << 21) - 1)
#define LARGE_RESERVED UINT64_C(0x1fe000) /* bits 20:13 (SDM Vol. 3A table 4-18) */

/* `refused`: bits that lead to the full walk. */
struct short_walk {
    struct vcpu *vcpu;
    struct guest_path *path;
    uint64_t linear, refused;
    uint64_t entry, all; /* the last entry; bits that all entries had */
};

static inline bool suits(const struct guest_path *path, uint64_t linear)
{
    return path->cr0 & CR0_PG && path->efer & EFER_LMA &&
           !(path->cr4 & (CR4_LA57 | CR4_PKE | CR4_PKS)) &&
           (int64_t)(linear << 16) >> 16 == (int64_t)linear;
}

/* One level: number `n` from the root, whose index begins at bit `shift`. */
static inline bool follow(struct short_walk *w, unsigned int n, unsigned int shift,
                          uint64_t refused)
{
    uint64_t address = w->entry & PTE_ADDRESS;
    const struct guest_frame_slot *slot = guest_slot_of(w->vcpu, address);
    const volatile uint64_t *at;

    if (__builtin_expect(!guest_slot_serves(w->vcpu, slot, address, ALTP2M_R), 0) &&
        !guest_frame_find(w->vcpu, PAGE_OF(address), ALTP2M_R)) {
        return false;
    }
    at = (const volatile uint64_t *)(slot->host + (w->linear >> (shift - 3) & 0xff8));
    w->entry = *at;
    w->path->entries[n] = at;
    w->path->values[n] = w->entry;
    w->all &= w->entry;
    return (w->entry & (refused | PTE_PRESENT | PTE_ACCESSED)) == (PTE_PRESENT | PTE_ACCESSED);
}

/* Leaves the page's address in *page. */
static inline bool follow_all(struct short_walk *w, uint64_t *page)
{
    if (!follow(w, 0, 39, w->refused | PTE_LARGE) || !follow(w, 1, 30, w->refused | PTE_LARGE) ||
        !follow(w, 2, 21, w->refused)) {
        return false;
    }
    if (w->entry & PTE_LARGE) {
        w->path->entries[3] = &w->path->values[3]; /* none: compares equal to itself */
        *page = (w->entry & PTE_ADDRESS & ~LARGE_PAGE) | (w->linear & LARGE_PAGE);
        return !(w->entry & LARGE_RESERVED);
    }
    if (!follow(w, 3, 12, w->refused)) {
        return false;
    }
    *page = w->entry & PTE_ADDRESS;
    return true;
}

/* Whether SMAP may refuse the access, by a simple check. */
static inline bool smap_forbids(const struct short_walk *w)
{
    return w->all & PTE_USER && w->path->cr4 & CR4_SMAP &&
           !(guest_get(w->vcpu, GUEST_RFLAGS) & RFLAGS_AC);
}

/* Keep the path, if a flush will come when the view's mapping of the page at `at` changes. */
static inline void keep(const struct short_walk *w, uint64_t page, uint64_t at, bool writable)
{
    struct vcpu *vcpu = w->vcpu;
    struct guest_path *path = w->path;
    const struct guest_frame_slot *slot = guest_slot_of(vcpu, at);
    bool by_flag = w->all & PTE_USER && path->cr4 & CR4_SMAP; /* RFLAGS.AC is not compared */

    if (by_flag || slot->address != at || slot->stamp != vcpu->cache.stamp) {
        return;
    }
    path->page = page;
    path->stamp = vcpu->cache.stamp;
    path->moment = vcpu->moment;
    path->untried = ~(unsigned int)(slot->rights & (writable ? ALTP2M_R | ALTP2M_W : ALTP2M_R));
}

static inline uint8_t *walk_short(struct vcpu *vcpu, uint64_t page, unsigned int wants,
                                  struct guest_path *path)
{
    struct short_walk w = {
        .vcpu = vcpu,
        .path = path,
        .linear = page,
        .refused = vcpu->address_reserved,
        .all = ~UINT64_C(0),
    };
    uint64_t at;
    bool writable;

    guest_path_read_registers(vcpu, path);
    w.refused |= path->efer & EFER_NXE ? 0 : PTE_NX;
    w.entry = path->cr3;
    if (!suits(path, page) || !follow_all(&w, &at) || smap_forbids(&w)) {
        return NULL;
    }
    writable = w.all & PTE_WRITE && w.entry & PTE_DIRTY;
    path->host = wants & ALTP2M_W && !writable ? NULL : guest_frame(vcpu, PAGE_OF(at), wants);
    if (!path->host) {
        return NULL;
    }
    keep(&w, page, at, writable);
    return path->host;
}

uint8_t *guest_page_walk(struct vcpu *vcpu, uint64_t page, unsigned int wants,
                         struct guest_path *path)
{
    uint8_t *host;

    path->page = GUEST_PATH_NONE;
    host = walk_short(vcpu, page, wants, path);
    return host ? host : guest_page_walk_long(vcpu, page, wants, path);
}
