/* SPDX-License-Identifier: BSD-2-Clause */
#include "access/access.h"

#include "base/string.h"
#include "domain.h"

#include <xen/errno.h>

#define OFFSET_MASK ((uint64_t)ALTP2M_PAGE_SIZE - 1)

/* The rest of a page from an address on, or less. */
static size_t chunk_at(uint64_t address, size_t size)
{
    size_t rest = ALTP2M_PAGE_SIZE - (address & OFFSET_MASK);

    return size < rest ? size : rest;
}

/* A structure of a hypercall, most of the time: a few words. */
static inline void copy_bytes(void *to, const void *from, size_t size)
{
    size_t words = size / 8, rest = size % 8;

    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
}

static int copy_chunk_in(struct vcpu *vcpu, void *to, uint64_t from, size_t size)
{
    const uint8_t *page = guest_page(vcpu, from & ~OFFSET_MASK, ALTP2M_R);

    if (!page) {
        return -XEN_EFAULT;
    }
    copy_bytes(to, page + (from & OFFSET_MASK), size);
    return 0;
}

static int copy_chunk_out(struct vcpu *vcpu, uint64_t to, const void *from, size_t size)
{
    uint8_t *page = guest_page(vcpu, to & ~OFFSET_MASK, ALTP2M_W);

    if (!page) {
        return -XEN_EFAULT;
    }
    copy_bytes(page + (to & OFFSET_MASK), from, size);
    return 0;
}

/* A page at a time. */
__attribute__((noinline)) static int copy_across_in(struct vcpu *vcpu, uint8_t *to, uint64_t from,
                                                    size_t size)
{
    int rc = from + size < from ? -XEN_EFAULT : 0;

    while (size && !rc) {
        size_t chunk = chunk_at(from, size);

        rc = copy_chunk_in(vcpu, to, from, chunk);
        to += chunk;
        from += chunk;
        size -= chunk;
    }
    return rc;
}

__attribute__((noinline)) static int copy_across_out(struct vcpu *vcpu, uint64_t to,
                                                     const uint8_t *from, size_t size)
{
    int rc = to + size < to ? -XEN_EFAULT : 0;

    while (size && !rc) {
        size_t chunk = chunk_at(to, size);

        rc = copy_chunk_out(vcpu, to, from, chunk);
        to += chunk;
        from += chunk;
        size -= chunk;
    }
    return rc;
}

int guest_copy_in(struct vcpu *vcpu, void *to, uint64_t from, size_t size)
{
    return (from & OFFSET_MASK) + size <= ALTP2M_PAGE_SIZE ? copy_chunk_in(vcpu, to, from, size)
                                                           : copy_across_in(vcpu, to, from, size);
}

int guest_copy_out(struct vcpu *vcpu, uint64_t to, const void *from, size_t size)
{
    return (to & OFFSET_MASK) + size <= ALTP2M_PAGE_SIZE ? copy_chunk_out(vcpu, to, from, size)
                                                         : copy_across_out(vcpu, to, from, size);
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
