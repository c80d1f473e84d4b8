/* SPDX-License-Identifier: BSD-2-Clause */
/* Earlier walks, which altview tries before a new one. Inline: most hypercalls use this, some
 * twice. */
#ifndef GUESTMEM_PATH_H
#define GUESTMEM_PATH_H

#include "core/state.h"
#include "guestmem/access.h"

/*
 * Compare with the current registers. It reads no others: an earlier walk depends on no more.
 */
static inline bool guest_path_same_registers(const struct vcpu *vcpu, const struct guest_path *path)
{
    return guest_get(vcpu, GUEST_CR3) == path->cr3 && guest_get(vcpu, GUEST_CR0) == path->cr0 &&
           guest_get(vcpu, GUEST_CR4) == path->cr4 && guest_get(vcpu, GUEST_EFER) == path->efer;
}

static inline void guest_path_read_registers(const struct vcpu *vcpu, struct guest_path *path)
{
    path->cr3 = guest_get(vcpu, GUEST_CR3);
    path->cr0 = guest_get(vcpu, GUEST_CR0);
    path->cr4 = guest_get(vcpu, GUEST_CR4);
    path->efer = guest_get(vcpu, GUEST_EFER);
}

/* Levels that the walk did not need compare a value with itself. */
static inline bool guest_path_same_entries(const struct guest_path *path)
{
    _Static_assert(WALK_LEVELS == 4, "each level is compared");
    return *path->entries[0] == path->values[0] && *path->entries[1] == path->values[1] &&
           *path->entries[2] == path->values[2] && *path->entries[3] == path->values[3];
}

/* Whether a walk from here would take the same path. */
static inline bool guest_path_holds(const struct vcpu *vcpu, const struct guest_path *path)
{
    return path->stamp == vcpu->cache.stamp && guest_path_same_registers(vcpu, path) &&
           guest_path_same_entries(path);
}

/* Whether the path leads to the page. While vcpu->moment is unchanged, only altview changes the
 * guest's state, so one check is enough. */
static inline bool guest_path_serves(const struct vcpu *vcpu, struct guest_path *path,
                                     uint64_t page, unsigned int wants)
{
    if (path->page != page || wants & path->untried) {
        return false;
    }
    if (path->moment == vcpu->moment) {
        return true;
    }
    if (!guest_path_holds(vcpu, path)) {
        return false;
    }
    path->moment = vcpu->moment;
    return true;
}

/* Walk, and keep the path: the page in the direct map, or NULL. */
uint8_t *guest_page_walk(struct vcpu *vcpu, uint64_t page, unsigned int wants,
                         struct guest_path *path);
/* The same where the short walk (short.c) is not enough. */
uint8_t *guest_page_walk_long(struct vcpu *vcpu, uint64_t page, unsigned int wants,
                              struct guest_path *path);

/* Walk for a fetch, and keep the path: the page in the direct map, or NULL where the guest's tables
 * or its view refuse it. Changes no state of the guest. */
const uint8_t *guest_page_fetch(struct vcpu *vcpu, uint64_t page, struct guest_path *path);

/* No path is valid any more. */
void guest_forget_paths(struct vcpu *vcpu);

/* The only slot for a path to a page. */
static inline struct guest_path *guest_path_of(const struct vcpu *vcpu, uint64_t page)
{
    return vcpu->paths[page / ALTP2M_PAGE_SIZE % PATH_SLOTS];
}

/* The same for fetches: by page and by view, so that a guest that switches between two views finds
 * both. */
static inline struct guest_path *guest_code_path_of(struct vcpu *vcpu, uint64_t page)
{
    uint64_t number = page / ALTP2M_PAGE_SIZE + vcpu->altp2m->view;

    return &vcpu->code_paths[number % CODE_PATHS];
}

#endif
