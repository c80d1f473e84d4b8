/* SPDX-License-Identifier: BSD-2-Clause */
#include "guestmem/path.h"

#include "base/string.h"
#include "core/domain.h"

#include <xen/errno.h>

#define OFFSET_MASK ((uint64_t)ALTP2M_PAGE_SIZE - 1)

/* The rest of a page from an address on, or less. */
static size_t chunk_at(uint64_t address, size_t size)
{
    size_t rest = ALTP2M_PAGE_SIZE - (address & OFFSET_MASK);

    return size < rest ? size : rest;
}

/* Most of the time this is a structure of a hypercall: a few words. */
static inline void copy_bytes(void *to, const void *from, size_t size)
{
    size_t words = size / 8, rest = size % 8;

    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
}

/* Into the guest's page if it `wants` to write, else out of it. */
static inline void copy_page(uint8_t *guest, void *buffer, size_t size, unsigned int wants)
{
    if (wants == ALTP2M_W) {
        copy_bytes(guest, buffer, size);
    } else {
        copy_bytes(buffer, guest, size);
    }
}

/* The path when no earlier walk is valid. */
__attribute__((noinline)) static int copy_by_walk(struct vcpu *vcpu, uint64_t guest, void *buffer,
                                                  size_t size, unsigned int wants)
{
    uint64_t offset = guest & OFFSET_MASK, page = guest - offset;
    uint8_t *host = guest_page_walk(vcpu, page, wants, guest_path_of(vcpu, page));

    if (!host) {
        return -XEN_EFAULT;
    }
    copy_page(host + offset, buffer, size, wants);
    return 0;
}

/* A page at a time. */
__attribute__((noinline)) static int copy_across(struct vcpu *vcpu, uint64_t guest, uint8_t *buffer,
                                                 size_t size, unsigned int wants)
{
    int rc = guest + size < guest ? -XEN_EFAULT : 0;

    while (size && !rc) {
        size_t chunk = chunk_at(guest, size);

        rc = guest_copy(vcpu, guest, buffer, chunk, wants);
        guest += chunk;
        buffer += chunk;
        size -= chunk;
    }
    return rc;
}

/* The rare case is a separate function, so that the common one needs no stack frame. */
int guest_copy(struct vcpu *vcpu, uint64_t guest, void *buffer, size_t size, unsigned int wants)
{
    uint64_t offset = guest & OFFSET_MASK, page = guest - offset;
    struct guest_path *path = guest_path_of(vcpu, page);

    if (offset + size > ALTP2M_PAGE_SIZE) {
        return copy_across(vcpu, guest, buffer, size, wants);
    }
    if (!guest_path_serves(vcpu, path, page, wants)) {
        return copy_by_walk(vcpu, guest, buffer, size, wants);
    }
    copy_page(path->host + offset, buffer, size, wants);
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
