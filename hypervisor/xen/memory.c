/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_memory_op (Xen: xen/common/memory.c, do_memory_op). */
#include "base/index.h"
#include "base/string.h"
#include "memory/map.h"
#include "memory/pages.h"
#include "port/monitor.h"
#include "xen/hypercall.h"
#include "xen/physmap.h"

#include <stddef.h>
#include <stdint.h>
#include <xen/memory.h>
#include <xen/xen.h>

/* After this much work the guest may take interrupts. One page may change many entries of views:
 * those of all gfns that show it. */
#define PAGES_AT_ONCE   64
#define ENTRIES_AT_ONCE 2048

#define MAX_ORDER 9 /* Xen's default for domains without devices */

/* struct xen_memory_reservation, for both widths. */
struct reservation {
    uint64_t start, count, done;
    uint32_t order;
};

struct reservation_64 {
    uint64_t extent_start, nr_extents;
    uint32_t extent_order, mem_flags;
    uint16_t domid;
};

struct reservation_32 {
    uint32_t extent_start, nr_extents, extent_order, mem_flags;
    uint16_t domid;
};

/* One page. 0 or a negative error. */
typedef int extent_operation(struct domain *domain, uint64_t gfn);

static int fetch_reservation(const struct hypercall *call, struct reservation *r, uint16_t *domid)
{
    struct reservation_64 wide;
    struct reservation_32 narrow;

    if (call->abi->compat) {
        if (copy_in(call, &narrow, argument(call, 1), sizeof(narrow))) {
            return -XEN_EFAULT;
        }
        wide = (struct reservation_64){narrow.extent_start, narrow.nr_extents, narrow.extent_order,
                                       narrow.mem_flags, narrow.domid};
    } else if (copy_in(call, &wide, argument(call, 1), sizeof(wide))) {
        return -XEN_EFAULT;
    }
    r->start = wide.extent_start;
    r->count = wide.nr_extents;
    r->order = wide.extent_order;
    *domid = wide.domid;
    return 0;
}

/* One extent of 2^order pages from `gfn` on. */
static int do_extent(const struct vcpu *vcpu, uint64_t gfn, unsigned int order,
                     extent_operation *operation)
{
    struct domain *domain = vcpu->domain;
    uint64_t nr = UINT64_C(1) << order;
    int rc = physmap_allows(vcpu, gfn, nr);

    if (!rc && order) {
        rc = physmap_prepare(domain, gfn, nr);
    }
    for (uint64_t i = 0; i < nr && !rc; i++) {
        rc = operation(domain, gfn + i);
        port_save(domain);
    }
    return rc;
}

static uint64_t extents_at_once(uint32_t order)
{
    return PAGES_AT_ONCE >> order ? PAGES_AT_ONCE >> order : 1;
}

/* Xen answers the number of extents that it has done, for any failure of the next. If a view
 * forbids the first extent, the answer is that error. */
static long stopped_by(int rc, const struct reservation *r)
{
    return rc == -XEN_EPERM && !r->done ? rc : (long)r->done;
}

/* Returns the number of extents done, or stopped_by's result for it. */
static long do_extents(const struct hypercall *call, extent_operation *operation)
{
    struct reservation r = {.done = argument(call, 0) >> COMMAND_SHIFT};
    const struct altp2m_domain *altp2m = &call->vcpu->domain->altp2m;
    uint64_t gfn, most, stop, began = altp2m->writes;
    uint16_t domid;
    int rc;

    if (fetch_reservation(call, &r, &domid)) {
        return (long)r.done; /* Xen: return start_extent */
    }
    if (r.count > UINT64_MAX >> COMMAND_SHIFT || r.done >= r.count || r.order > MAX_ORDER) {
        return (long)r.done;
    }
    if (check_domain(domid, -XEN_EPERM)) {
        return (long)r.done;
    }
    most = extents_at_once(r.order);
    stop = r.count - r.done > most ? r.done + most : r.count;
    for (; r.done < stop && altp2m->writes - began < ENTRIES_AT_ONCE; r.done++) {
        rc = copy_in_word(call, &gfn, r.start, r.done);
        if (!rc) {
            rc = do_extent(call->vcpu, gfn, r.order, operation);
        }
        if (rc) {
            return stopped_by(rc, &r);
        }
    }
    if (r.done == r.count) {
        return (long)r.done;
    }
    set_argument(call, 0, (argument(call, 0) & COMMAND_MASK) | r.done << COMMAND_SHIFT);
    return -ALTP2M_ERESTART;
}

static long decrease_reservation(const struct hypercall *call)
{
    return do_extents(call, physmap_give_back);
}

static long populate_physmap(const struct hypercall *call)
{
    return do_extents(call, physmap_take);
}

/* struct xen_add_to_physmap, narrow fields first: the wide ones follow at 8 either way. */
struct add_to_physmap {
    uint16_t domid, size;
    uint32_t space;
};

/* The page of altview's that the guest means, or NULL. Grant tables of version 1 only. */
static struct xen_shown *find_page(struct xen_state *xen, uint32_t space, uint64_t index)
{
    size_t frame = index;

    if (space == XENMAPSPACE_shared_info && index == 0) {
        return &xen->pages[XEN_SHARED_INFO];
    }
    if (space == XENMAPSPACE_grant_table && index_clamp(&frame, XEN_GRANT_FRAMES)) {
        return &xen->pages[XEN_GRANT_TABLE + frame];
    }
    return NULL;
}

static long add_to_physmap(const struct hypercall *call)
{
    struct xen_shown *page;
    struct add_to_physmap a;
    uint64_t index, gfn, words = argument(call, 1) + sizeof(a);
    int rc;

    if (copy_in(call, &a, argument(call, 1), sizeof(a)) || copy_in_word(call, &index, words, 0) ||
        copy_in_word(call, &gfn, words, 1)) {
        return -XEN_EFAULT;
    }
    rc = check_domain(a.domid, -XEN_EACCES); /* a PV domain: xatp_permission_check */
    if (rc) {
        return rc;
    }
    page = find_page(&call->vcpu->domain->xen, a.space, index);
    if (!page) {
        return -XEN_EINVAL;
    }
    rc = physmap_allows(call->vcpu, gfn, 1);
    if (!rc) { /* its current place will be free */
        rc = physmap_allows(call->vcpu, page->gfn, 1);
    }
    return rc ? rc : physmap_place(call->vcpu->domain, page, gfn);
}

static uint64_t ram_pages(const struct domain *domain)
{
    uint64_t sum = 0;

    for (unsigned int i = 0; i < domain->frames.count; i++) {
        const struct frame_range *r = &domain->frames.ranges[i];

        sum += r->owner == FRAME_GUEST ? r->end - r->first : 0;
    }
    return sum;
}

/* maximum_gpfn, current_reservation, maximum_reservation: of RAM. */
static long reservation(const struct hypercall *call)
{
    const struct domain *domain = call->vcpu->domain;
    uint16_t domid;
    int rc;

    if (argument(call, 0) >> COMMAND_SHIFT) {
        return -XEN_EINVAL;
    }
    if (copy_in(call, &domid, argument(call, 1), sizeof(domid))) {
        return -XEN_EFAULT;
    }
    rc = check_domain(domid, -XEN_EPERM);
    if (rc) {
        return rc;
    }
    switch (argument(call, 0)) {
    case XENMEM_maximum_gpfn:
        return (long)PAGE_OF(map_ram_end(domain->boot)) - 1;
    case XENMEM_current_reservation:
        return (long)(ram_pages(domain) - domain->xen.free.count);
    default:
        return (long)ram_pages(domain);
    }
}

/* An entry of BIOS INT 15h, E820h. */
struct __attribute__((packed)) e820_entry {
    uint64_t start, size;
    uint32_t type;
};

static long memory_map(const struct hypercall *call)
{
    const struct boot_info *boot = call->vcpu->domain->boot;
    uint64_t buffer, arg = argument(call, 1);
    uint32_t room;

    if (copy_in(call, &room, arg, sizeof(room)) || copy_in_word(call, &buffer, arg, 1)) {
        return -XEN_EFAULT;
    }
    room = room < boot->range_count ? room : boot->range_count;
    for (uint32_t i = 0; i < room; i++) {
        const struct boot_range *range = &boot->ranges[i];
        const struct e820_entry entry = {range->start, range->size, range->type};

        if (copy_out(call, buffer + i * sizeof(entry), &entry, sizeof(entry))) {
            return -XEN_EFAULT;
        }
    }
    return copy_out(call, arg, &room, sizeof(room));
}

static hypercall_handler *const operations[COMMAND_MASK + 1] = {
    [XENMEM_decrease_reservation] = decrease_reservation,
    [XENMEM_populate_physmap] = populate_physmap,
    [XENMEM_add_to_physmap] = add_to_physmap,
    [XENMEM_maximum_gpfn] = reservation,
    [XENMEM_current_reservation] = reservation,
    [XENMEM_maximum_reservation] = reservation,
    [XENMEM_memory_map] = memory_map,
    [XENMEM_access_op] = memory_access_op,
};

long hypercall_memory(const struct hypercall *call)
{
    hypercall_handler *operation = operations[argument(call, 0) & COMMAND_MASK];

    return operation ? operation(call) : -XEN_ENOSYS;
}
