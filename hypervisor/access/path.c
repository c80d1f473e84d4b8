/* SPDX-License-Identifier: BSD-2-Clause */
/* Earlier walks, tried before a new one. */
#include "access/access.h"

#include "domain.h"

static bool same_registers(const struct vcpu *vcpu, const struct guest_path *path)
{
    const struct guest_paging *now = &vcpu->paging;

    return path->cr3 == now->cr3 && path->cr0 == now->cr0 && path->cr4 == now->cr4 &&
           path->efer == now->efer;
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
static inline bool holds(struct vcpu *vcpu, struct guest_path *path)
{
    guest_learn(vcpu);
    return path->eptp == vcpu->eptp && path->epoch == vcpu->cache.epoch &&
           same_registers(vcpu, path) && same_entries(path);
}

/* Walk, and keep the path. Like find, kept out of the way of what happens most. */
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
    if (path->page == page && !(wants & ~path->rights) && holds(vcpu, path)) {
        path->moment = vcpu->moment;
        return path->host;
    }
    return walk(vcpu, page, wants, path);
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
