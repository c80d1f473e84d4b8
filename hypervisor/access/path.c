/* SPDX-License-Identifier: BSD-2-Clause */
/* Earlier walks, tried before a new one. */
#include "access/access.h"

#include "domain.h"
#include "vmx/instructions.h"

/* The registers as they are now: no need to learn them all for a walk that was made before. */
static inline bool same_registers(const struct guest_path *path)
{
    return vmread(VMCS_GUEST_CR3) == path->cr3 && vmread(VMCS_GUEST_CR0) == path->cr0 &&
           vmread(VMCS_GUEST_CR4) == path->cr4 && vmread(VMCS_GUEST_EFER) == path->efer;
}

/* Levels the walk did not need compare a value with itself. */
static bool same_entries(const struct guest_path *path)
{
    _Static_assert(WALK_LEVELS == 4, "each level is compared");
    return *path->entries[0] == path->values[0] && *path->entries[1] == path->values[1] &&
           *path->entries[2] == path->values[2] && *path->entries[3] == path->values[3];
}

static void fill_unused(struct guest_path *path)
{
    for (unsigned int i = path->levels; i < WALK_LEVELS; i++) {
        path->entries[i] = &path->values[i];
    }
}

/* Whether a walk from here would take the same path. */
static inline bool holds(const struct vcpu *vcpu, const struct guest_path *path)
{
    return vmread(VMCS_EPT_POINTER) == path->eptp && path->epoch == vcpu->cache.epoch &&
           same_registers(path) && same_entries(path);
}

/* Walk, and keep the path. Out of the way of what happens most. */
__attribute__((noinline)) static uint8_t *walk(struct vcpu *vcpu, uint64_t page, unsigned int wants,
                                               struct guest_path *path)
{
    struct guest_path fresh;
    bool again = path->page == page && path->rights && holds(vcpu, path);
    uint8_t *host;

    guest_learn(vcpu);
    host = guest_walk(vcpu, page, wants, &fresh);
    if (!host || !fresh.levels) {
        return host;
    }
    fresh.page = page;
    fresh.moment = vcpu->moment;
    fresh.rights = wants;
    if (again && same_entries(path)) {
        fresh.rights |= path->rights; /* the same way for one more kind of access */
    }
    *path = fresh;
    fill_unused(path);
    return host;
}

__attribute__((noinline)) static uint8_t *find(struct vcpu *vcpu, uint64_t page, unsigned int wants,
                                               struct guest_path *path)
{
    if (path->page != page || wants & ~path->rights || !holds(vcpu, path)) {
        return walk(vcpu, page, wants, path);
    }
    path->moment = vcpu->moment;
    return path->host;
}

/* At one moment nothing of the guest's changes but by our own hand. */
uint8_t *guest_page(struct vcpu *vcpu, uint64_t page, unsigned int wants)
{
    struct guest_path *path = &vcpu->paths[page / ALTP2M_PAGE_SIZE % PATH_SLOTS];

    if (path->page == page && path->moment == vcpu->moment && !(wants & ~path->rights)) {
        return path->host;
    }
    return find(vcpu, page, wants, path);
}
