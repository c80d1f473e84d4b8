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

static bool same_entries(const struct guest_path *path)
{
    for (unsigned int i = 0; i < path->levels; i++) {
        if (*path->entries[i] != path->values[i]) {
            return false;
        }
    }
    return true;
}

/* Whether a walk from here would take the same path. */
static bool still_holds(struct vcpu *vcpu, struct guest_path *path)
{
    guest_learn(vcpu);
    if (path->eptp != vcpu->eptp || path->epoch != vcpu->cache.epoch ||
        !same_registers(vcpu, path) || !same_entries(path)) {
        return false;
    }
    path->exit = vcpu->exits;
    return true;
}

/* In one exit nothing of the guest's changes but by our hand: the epoch tells. */
static bool holds(struct vcpu *vcpu, struct guest_path *path)
{
    return (path->exit == vcpu->exits && path->epoch == vcpu->cache.epoch &&
            path->eptp == vcpu->eptp) ||
           still_holds(vcpu, path);
}

/* Kept out of the short way through guest_byte. */
__attribute__((noinline)) static uint8_t *walk(struct vcpu *vcpu, uint64_t linear,
                                               unsigned int wants, struct guest_path *path)
{
    struct guest_path fresh = {
        .page = linear & -(uint64_t)ALTP2M_PAGE_SIZE, .exit = vcpu->exits, .rights = wants};
    bool known = path->page == fresh.page && path->levels && still_holds(vcpu, path);
    uint8_t *page;

    guest_learn(vcpu);
    page = guest_walk(vcpu, linear, wants, &fresh);
    if (page && fresh.levels) {
        /* The same path for one more kind of access. */
        fresh.rights |= known && same_entries(path) ? path->rights : 0;
        *path = fresh;
    }
    return page;
}

uint8_t *guest_byte(struct vcpu *vcpu, uint64_t linear, unsigned int wants)
{
    struct guest_path *path = &vcpu->paths[linear / ALTP2M_PAGE_SIZE % PATH_SLOTS];
    uint64_t offset = linear % ALTP2M_PAGE_SIZE;
    uint8_t *page;

    if (path->page == linear - offset && path->levels && !(wants & ~path->rights) &&
        holds(vcpu, path)) {
        return path->host + offset;
    }
    page = walk(vcpu, linear, wants, path);
    return page ? page + offset : NULL;
}
