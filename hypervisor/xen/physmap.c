/* SPDX-License-Identifier: BSD-2-Clause */
#include "xen/physmap.h"

#include "base/log.h"
#include "base/string.h"
#include "cpu/x86.h"
#include "debug/window.h"
#include "memory/map.h"
#include "memory/pages.h"
#include "monitor/monitor.h"

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

/* How many of `most` gfns from `gfn` on show RAM one behind the other. */
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
        /* A gfn is looked up in each view that has overrides: 512 at most. */
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

/* Mapping it as it is splits what has to be split, all or nothing. */
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

/* Not even as a #VE information page does the CPU write there any more: the engine has seen to it.
 */
int physmap_give_back(struct domain *domain, uint64_t gfn)
{
    struct altp2m_mapping old = ram_at(domain, gfn);
    int rc = old.type == ALTP2M_TYPE_RAM ? altp2m_host_unmap(&domain->altp2m, gfn, 1) : -XEN_EINVAL;

    if (!rc) {
        frame_set_add(&domain->xen.free, old.mfn);
        window_open();
    }
    return rc;
}

/* A page that nobody maps, with nothing in it, as RAM at `gfn`. */
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
        frame_set_add(set, old.mfn);
    }
    return rc;
}

int physmap_place_shared_info(struct domain *domain, uint64_t gfn)
{
    struct xen_state *xen = &domain->xen;
    struct altp2m_mapping old,
        page = {xen->shared_info_mfn, ALTP2M_TYPE_SPECIAL, ALTP2M_MEMTYPE_WB};

    if (!in_range(domain, gfn)) {
        return -XEN_EINVAL;
    }
    old = look_up(domain, gfn);
    if (old.type == ALTP2M_TYPE_MMIO) {
        return -XEN_EPERM; /* Xen: xenmem_add_to_physmap_one */
    }
    if (gfn == xen->shared_info_gfn) {
        return 0;
    }
    if (altp2m_host_map(&domain->altp2m, gfn, 1, page)) {
        return -XEN_ENOMEM;
    }
    if (old.type == ALTP2M_TYPE_RAM) {
        frame_set_add(&xen->free, old.mfn);
    }
    if (xen->shared_info_gfn != ALTP2M_INVALID_GFN) {
        altp2m_host_unmap(&domain->altp2m, xen->shared_info_gfn, 1);
    }
    xen->shared_info_gfn = gfn;
    return 0;
}
