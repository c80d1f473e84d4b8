/* SPDX-License-Identifier: BSD-2-Clause */
#include "access/access.h"

#include "base/string.h"
#include "domain.h"

#include <xen/errno.h>

/* The rest of a page from an address on, or less. */
static size_t chunk_at(uint64_t address, size_t size)
{
    size_t rest = ALTP2M_PAGE_SIZE - address % ALTP2M_PAGE_SIZE;

    return size < rest ? size : rest;
}

int guest_copy_in(struct vcpu *vcpu, void *to, uint64_t from, size_t size)
{
    uint8_t *cursor = to;

    if (from + size < from) {
        return -XEN_EFAULT;
    }
    while (size) {
        size_t chunk = chunk_at(from, size);
        const uint8_t *page = guest_byte(vcpu, from, ALTP2M_R);

        if (!page) {
            return -XEN_EFAULT;
        }
        memcpy(cursor, page, chunk);
        cursor += chunk;
        from += chunk;
        size -= chunk;
    }
    return 0;
}

int guest_copy_out(struct vcpu *vcpu, uint64_t to, const void *from, size_t size)
{
    const uint8_t *cursor = from;

    if (to + size < to) {
        return -XEN_EFAULT;
    }
    while (size) {
        size_t chunk = chunk_at(to, size);
        uint8_t *page = guest_byte(vcpu, to, ALTP2M_W);

        if (!page) {
            return -XEN_EFAULT;
        }
        memcpy(page, cursor, chunk);
        cursor += chunk;
        to += chunk;
        size -= chunk;
    }
    return 0;
}

int guest_copy_in_physical(struct vcpu *vcpu, void *to, uint64_t from, size_t size)
{
    uint8_t *cursor = to;

    guest_learn(vcpu);
    while (size) {
        size_t chunk = chunk_at(from, size);
        const uint8_t *frame = guest_frame(vcpu, PAGE_OF(from), ALTP2M_R);

        if (!frame) {
            return -XEN_EFAULT;
        }
        memcpy(cursor, frame + from % ALTP2M_PAGE_SIZE, chunk);
        cursor += chunk;
        from += chunk;
        size -= chunk;
    }
    return 0;
}
