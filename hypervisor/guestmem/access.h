/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest memory as the guest itself would reach it: through its own page tables and through its
 * current view, with the access that the view grants. So a hypercall can do nothing to memory that
 * the caller could not do itself. These functions refuse device memory.
 */
#ifndef GUESTMEM_ACCESS_H
#define GUESTMEM_ACCESS_H

#include "core/vcpu.h"

#include <stddef.h>

/* Call it once an exit, before guest_frame and guest_walk. The calls that copy call it
 * themselves. */
void guest_learn(struct vcpu *vcpu);

/* The one slot that can have the frame at a guest physical address. */
static inline struct guest_frame_slot *guest_slot_of(struct vcpu *vcpu, uint64_t address)
{
    return &vcpu->cache.slots[address / ALTP2M_PAGE_SIZE % CACHE_SLOTS];
}

/* Whether the slot serves an access to that frame, until a flush. */
static inline bool guest_slot_serves(const struct vcpu *vcpu, const struct guest_frame_slot *slot,
                                     uint64_t address, unsigned int wants)
{
    return slot->address == address && slot->stamp == vcpu->cache.stamp && !(wants & ~slot->rights);
}

/* That slot's frame, or NULL. */
static inline uint8_t *guest_kept(struct vcpu *vcpu, uint64_t address, unsigned int wants)
{
    const struct guest_frame_slot *slot = guest_slot_of(vcpu, address);

    return guest_slot_serves(vcpu, slot, address, wants) ? slot->host : NULL;
}

/* guest_frame where that is NULL: fills the slot. */
uint8_t *guest_frame_find(struct vcpu *vcpu, uint64_t gfn, unsigned int wants);

/*
 * A guest frame in the direct map, or NULL if the view does not grant `want`. Accesses that convert
 * (rx2rw, n2rwx) do so as for an instruction, unless a listener would get an event for it.
 */
static inline uint8_t *guest_frame(struct vcpu *vcpu, uint64_t gfn, unsigned int wants)
{
    uint8_t *kept = guest_kept(vcpu, gfn << ALTP2M_PAGE_SHIFT, wants);

    return kept ? kept : guest_frame_find(vcpu, gfn, wants);
}

/* For a read by altview itself: converts nothing. May be called on any CPU for which the lock's
 * owner waits. */
uint8_t *guest_frame_seen(struct vcpu *vcpu, uint64_t gfn, unsigned int wants);

/* As the CPU has just reached it, before altview has changed anything since the exit: under a
 * step's tables if the exit ends a step. NULL if it could not have: `wants` is not granted. */
uint8_t *guest_frame_reached(const struct vcpu *vcpu, uint64_t gfn, unsigned int wants);

/*
 * Walk the guest's page tables for a supervisor access to a linear address: its page in the direct
 * map, or NULL where the CPU would raise a page fault or a violation. `wants` is ALTP2M_R or
 * ALTP2M_W. Sets accessed and dirty flags like the CPU. Fills `path`, if it can be used again.
 */
uint8_t *guest_walk(struct vcpu *vcpu, uint64_t linear, unsigned int wants,
                    struct guest_path *path);

/* The same for a fetch that the CPU has made. SMAP and protection keys do not apply to it (SDM Vol.
 * 3A 4.6). It changes neither the guest's tables nor a view. */
uint8_t *guest_walk_fetch(struct vcpu *vcpu, uint64_t linear, struct guest_path *path);

/* The same for a read by altview itself: changes neither the guest's tables nor a view. If `wants`
 * is 0, no view or key restricts it, on the tables either. */
const uint8_t *guest_page_seen(struct vcpu *vcpu, uint64_t page, unsigned int wants);

/* The byte that the instruction before this exit has written, or NULL where the guest, in its ring
 * and under the tables that it ran under, can't write by now. Changes nothing. */
uint8_t *guest_byte_written(struct vcpu *vcpu, uint64_t linear);

/* Copy the guest's bytes to the buffer, or with `wants` ALTP2M_W the buffer's to the guest. `size`
 * is not 0. Returns 0 or -XEN_EFAULT; then a part may have been copied, up to a page boundary. */
int guest_copy(struct vcpu *vcpu, uint64_t guest, void *buffer, size_t size, unsigned int wants);

static inline int guest_copy_in(struct vcpu *vcpu, void *to, uint64_t from, size_t size)
{
    return guest_copy(vcpu, from, to, size, ALTP2M_R);
}

static inline int guest_copy_out(struct vcpu *vcpu, uint64_t to, const void *from, size_t size)
{
    return guest_copy(vcpu, to, (void *)from, size, ALTP2M_W);
}

/* The same for guest physical addresses. */
int guest_copy_in_physical(struct vcpu *vcpu, void *to, uint64_t from, size_t size);

#endif
