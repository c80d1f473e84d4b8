/* SPDX-License-Identifier: BSD-2-Clause */
/* The way when no earlier walk is at hand and the short walk does not do. */
#include "guestmem/path.h"

#include "core/domain.h"

static void fill_unused(struct guest_path *path)
{
    for (unsigned int i = path->levels; i < WALK_LEVELS; i++) {
        path->entries[i] = &path->values[i];
    }
}

uint8_t *guest_page_walk_long(struct vcpu *vcpu, uint64_t page, unsigned int wants,
                              struct guest_path *path)
{
    uint8_t *host;

    guest_learn(vcpu);
    host = guest_walk(vcpu, page, wants, path);
    if (host && path->levels) {
        path->page = page;
        path->moment = vcpu->moment;
        fill_unused(path);
    }
    return host;
}
