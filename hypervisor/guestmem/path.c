/* SPDX-License-Identifier: BSD-2-Clause */
/* The path when there is no earlier walk and the short walk is not enough. */
#include "guestmem/path.h"

#include "core/domain.h"

static void fill_unused(struct guest_path *path)
{
    for (unsigned int i = path->levels; i < WALK_LEVELS; i++) {
        path->entries[i] = &path->values[i];
    }
}

static void keep(const struct vcpu *vcpu, uint64_t page, struct guest_path *path)
{
    path->page = page;
    path->moment = vcpu->moment;
    fill_unused(path);
}

uint8_t *guest_page_walk_long(struct vcpu *vcpu, uint64_t page, unsigned int wants,
                              struct guest_path *path)
{
    uint8_t *host;

    guest_learn(vcpu);
    host = guest_walk(vcpu, page, wants, path);
    if (host && path->levels) {
        keep(vcpu, page, path);
    }
    return host;
}

const uint8_t *guest_page_fetch(struct vcpu *vcpu, uint64_t page, struct guest_path *path)
{
    const uint8_t *host;

    path->page = GUEST_PATH_NONE;
    guest_learn(vcpu);
    host = guest_walk_fetch(vcpu, page, path);
    if (host && path->levels) {
        keep(vcpu, page, path);
    }
    return host;
}

void guest_forget_paths(struct vcpu *vcpu)
{
    for (unsigned int i = 0; i < PATH_SLOTS; i++) {
        vcpu->path_store[i].page = GUEST_PATH_NONE;
    }
    for (unsigned int i = 0; i < CODE_PATHS; i++) {
        vcpu->code_paths[i].page = GUEST_PATH_NONE;
    }
}
