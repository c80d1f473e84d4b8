/* SPDX-License-Identifier: BSD-2-Clause */
#include "xen/physmap.h"

#include "base/log.h"
#include "base/string.h"
#include "core/ioapic.h"
#include "debug/window.h"
#include "memory/map.h"
#include "memory/pages.h"
#include "port/monitor.h"
#include "x86/apic.h"
#include "x86/x86.h"
#include "xen/events/events.h"

#include <stdint.h>
#include <xen/errno.h>

void physmap_init(struct domain *domain)
{
    uint64_t frames = PAGE_OF(map_ram_end(domain->boot)), most = UINT64_C(1) << domain->gfn_bits;
    uint64_t limit = frames < most ? frames : most;
    void *memory = pages_reserve((frame_set_size(limit) + PAGE_SIZE - 1) / PAGE_SIZE);

    if (!memory) {
        machine_end(STATUS_NO_MEMORY,
                    "no memory left for the list of pages the guest gives back; give the machine "
                    "more");
    }
    frame_set_init(&domain->xen.free, memory, limit);
}

static bool in_range(const struct domain *domain, uint64_t gfn)
{
    return !(gfn >> domain->gfn_bits);
}

static struct altp2m_mapping look_up(const struct domain *domain, uint64_t gfn)
{
    return altp2m_host_lookup(&domain->altp2m, gfn);
}

static struct altp2m_mapping ram_at(const struct domain *domain, uint64_t gfn)
{
    struct altp2m_mapping none = {.type = ALTP2M_TYPE_NONE};
    struct altp2m_mapping m = in_range(domain, gfn) ? look_up(domain, gfn) : none;

    return m.type == ALTP2M_TYPE_RAM ? m : none;
}

/* How many of `most` gfns from `gfn` on show RAM in consecutive frames. */
static uint64_t run_length(const struct domain *domain, uint64_t gfn, uint64_t most)
{
    struct altp2m_mapping first = ram_at(domain, gfn);
    uint64_t length = 1;

    while (first.type == ALTP2M_TYPE_RAM && length < most &&
           ram_at(domain, gfn + length).mfn == first.mfn + length) {
        length++;
    }
    return length;
}

#define GFNS_BETWEEN_SAVES 16

int physmap_allows(const struct vcpu *vcpu, uint64_t gfn, uint64_t nr)
{
    struct domain *domain = vcpu->domain;

    for (uint64_t i = 0; i < nr; i++) {
        /* This looks up a gfn in each view that has overrides: at most 512. */
        if (!(i % GFNS_BETWEEN_SAVES)) {
            port_save(domain);
        }
        if (in_range(domain, gfn + i) &&
            !altp2m_guest_may_change(&domain->altp2m, vcpu->altp2m->view, gfn + i)) {
            return -XEN_EPERM;
        }
    }
    return 0;
}

/* Mapping it unchanged splits the superpages that must be split, all or none. */
int physmap_prepare(struct domain *domain, uint64_t gfn, uint64_t nr)
{
    for (uint64_t length; nr; gfn += length, nr -= length) {
        struct altp2m_mapping same = ram_at(domain, gfn);

        length = run_length(domain, gfn, nr);
        if (same.type == ALTP2M_TYPE_RAM && altp2m_host_map(&domain->altp2m, gfn, length, same)) {
            return -XEN_ENOMEM;
        }
    }
    return 0;
}

/* Put a page that the guest has given up into the set. */
static void put_away(struct domain *domain, uint64_t mfn)
{
    events_leave(domain, mfn);
    frame_set_add(&domain->xen.free, mfn);
}

/* The CPU no longer writes there, not even as a #VE information page: the engine has ensured
 * that. */
int physmap_give_back(struct domain *domain, uint64_t gfn)
{
    struct altp2m_mapping old = ram_at(domain, gfn);
    int rc = old.type == ALTP2M_TYPE_RAM ? altp2m_host_unmap(&domain->altp2m, gfn, 1) : -XEN_EINVAL;

    if (!rc) {
        put_away(domain, old.mfn);
        window_open();
    }
    return rc;
}

/* Map a page that was given back, zeroed, as RAM at `gfn`. */
static int map_fresh(struct domain *domain, uint64_t gfn)
{
    struct frame_set *set = &domain->xen.free;
    const struct altp2m_mapping fresh = {frame_set_first(set), ALTP2M_TYPE_RAM, ALTP2M_MEMTYPE_WB};
    int rc;

    frame_set_remove(set, fresh.mfn);
    memset(virt_of(fresh.mfn << ALTP2M_PAGE_SHIFT), 0, ALTP2M_PAGE_SIZE);
    rc = altp2m_host_map(&domain->altp2m, gfn, 1, fresh);
    if (rc) {
        frame_set_add(set, fresh.mfn);
    }
    return rc;
}

int physmap_take(struct domain *domain, uint64_t gfn)
{
    struct frame_set *set = &domain->xen.free;
    struct altp2m_mapping old;
    int rc;

    if (!in_range(domain, gfn)) {
        return -XEN_EINVAL;
    }
    old = look_up(domain, gfn);
    if (old.type != ALTP2M_TYPE_NONE && old.type != ALTP2M_TYPE_RAM) {
        return -XEN_EINVAL;
    }
    rc = set->count ? map_fresh(domain, gfn) : -XEN_ENOMEM;
    if (!rc && old.type == ALTP2M_TYPE_RAM) {
        put_away(domain, old.mfn);
    }
    return rc;
}

/* Not over an APIC, by which CPUs are started: watch.c has these pages. */
static bool may_be_covered(const struct domain *domain, uint64_t gfn)
{
    return gfn != PAGE_OF(APIC_DEFAULT) && !ioapic_has(domain->boot, gfn);
}

/* The device memory under it shows again, or it leaves a hole. */
static void take_up(struct domain *domain, const struct xen_shown *shown)
{
    if (shown->gfn == ALTP2M_INVALID_GFN) {
        return;
    }
    if (shown->under.type == ALTP2M_TYPE_NONE ||
        altp2m_host_map(&domain->altp2m, shown->gfn, 1, shown->under)) {
        altp2m_host_unmap(&domain->altp2m, shown->gfn, 1);
    }
}

/* The device memory that a page of altview's covers at `gfn` and later uncovers. None if RAM is
 * there, because that goes into the set. If another page of altview's is there, the memory that it
 * has covered. */
static struct altp2m_mapping covers(struct domain *domain, uint64_t gfn, struct altp2m_mapping old)
{
    for (unsigned int i = 0; i < XEN_PAGES; i++) {
        if (domain->xen.pages[i].gfn == gfn) {
            domain->xen.pages[i].gfn = ALTP2M_INVALID_GFN;
            return domain->xen.pages[i].under;
        }
    }
    if (old.type == ALTP2M_TYPE_RAM) {
        put_away(domain, old.mfn);
    }
    return old.type == ALTP2M_TYPE_MMIO ? old : (struct altp2m_mapping){.type = ALTP2M_TYPE_NONE};
}

int physmap_place(struct domain *domain, struct xen_shown *shown, uint64_t gfn)
{
    struct altp2m_mapping old, page = {shown->mfn, ALTP2M_TYPE_SPECIAL, ALTP2M_MEMTYPE_WB};

    if (!in_range(domain, gfn)) {
        return -XEN_EINVAL;
    }
    if (gfn == shown->gfn) {
        return 0;
    }
    old = look_up(domain, gfn);
    if (old.type == ALTP2M_TYPE_MMIO && !may_be_covered(domain, gfn)) {
        return -XEN_EPERM; /* as Xen answers of all (xenmem_add_to_physmap_one) */
    }
    if (altp2m_host_map(&domain->altp2m, gfn, 1, page)) {
        return -XEN_ENOMEM;
    }
    take_up(domain, shown);
    shown->under = covers(domain, gfn, old);
    shown->gfn = gfn;
    return 0;
}

int physmap_lend(const struct vcpu *caller, struct vcpu *vcpu, uint64_t gfn, uint32_t offset)
{
    struct altp2m_mapping page = ram_at(vcpu->domain, gfn);
    int rc = physmap_allows(caller, gfn, 1);

    if (page.type != ALTP2M_TYPE_RAM) {
        return -XEN_EINVAL;
    }
    if (!rc) {
        events_move_info(vcpu, (uint8_t *)virt_of(page.mfn << ALTP2M_PAGE_SHIFT) + offset,
                         page.mfn);
    }
    return rc;
}
