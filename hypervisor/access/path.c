/* SPDX-License-Identifier: BSD-2-Clause */
/* Where no earlier walk is at hand. */
#include "access/path.h"

#include "domain.h"

static void fill_unused(struct guest_path *path)
{
    for (unsigned int i = path->levels; i < WALK_LEVELS; i++) {
        path->entries[i] = &path->values[i];
    }
}

uint8_t *guest_page_walk(struct vcpu *vcpu, uint64_t page, unsigned int wants,
                         struct guest_path *path)
{
    struct guest_path fresh;
    bool again = path->page == page && guest_path_holds(vcpu, path);
    uint8_t *host;

    guest_learn(vcpu);
    host = guest_walk(vcpu, page, wants, &fresh);
    if (!host || !fresh.levels) {
        return host;
    }
    fresh.page = page;
    fresh.moment = vcpu->moment;
    fresh.untried = ~wants;
    if (again && guest_path_same_entries(path)) {
        fresh.untried &= path->untried; /* the same way for one more kind of access */
    }
    *path = fresh;
    fill_unused(path);
    return host;
}
