/* SPDX-License-Identifier: BSD-2-Clause */
/* Hypercalls with buffers at impossible places: all get -EFAULT, and nothing is written. */
#include "hostile.h"

#include <xen/hvm/params.h>
#include <xen/io/console.h>

#define SLOT_GOOD   0  /* a page, and after it: */
#define SLOT_NONE   1  /* nothing */
#define SLOT_READ   2  /* a page, and after it one that the guest's paging makes read-only */
#define SLOT_OWN    4  /* a page, and after it the hypervisor's */
#define SLOT_MMIO   6  /* a page, and after it the APIC's */
#define SLOT_HOLE   8  /* maps to nothing in physical memory */
#define SLOT_CLOSED 10 /* a page that the view closes */

#define FIT 2 /* bytes before a page ends: less than any call's structure */

struct place {
    const char *name;
    uintptr_t address;
    bool readable; /* a call that only reads may have it: no attack */
};

static uintptr_t end_of(unsigned int slot)
{
    return (uintptr_t)memory_window_map(slot, VICTIM_GFN + slot) + PAGE_SIZE;
}

static uintptr_t before(unsigned int slot, uint64_t next)
{
    memory_window_map(slot + 1, next);
    return end_of(slot) - FIT;
}

#define PLACES 16
static struct place places[PLACES];
static size_t place_count;

static void add(const char *name, uintptr_t address, bool readable)
{
    places[place_count++] = (struct place){name, address, readable};
}

static void find_places(void)
{
    place_count = 0;
    memory_window_clear(SLOT_NONE);
    add("end_of_mapping", end_of(SLOT_GOOD) - FIT, false);
    memory_window_map_read_only(SLOT_READ + 1, VICTIM_GFN + SLOT_READ + 1);
    add("into_read_only", end_of(SLOT_READ) - FIT, true);
    add("into_own", before(SLOT_OWN, OWN_HOLE_GFN), false);
    add("into_mmio", before(SLOT_MMIO, 0xfee00), false);
    add("into_hole", before(SLOT_HOLE, world.hole), false);
    add("own", OWN_HOLE_GFN * PAGE_SIZE, false);
    add("own_end", (own.first + own.count) * PAGE_SIZE - FIT, false);
    add("mmio", 0xfee00000, false);
    add("io_apic", 0xfec00000, false);
    add("top", ~UINT64_C(0), false);
    add("top_word", ~UINT64_C(0) - 7, false);
    add("top_page", ~UINT64_C(0) - 79, false);
    add("not_canonical", UINT64_C(1) << 47, false);
    add("below_not_canonical", (UINT64_C(1) << 47) - FIT, false);
    add("not_canonical_high", UINT64_C(0xffff7ffffffffffe), false);
}

struct call {
    const char *name;
    unsigned long number, operation;
    bool reads_only;
    long refusal; /* of memory_op's reservations: how many extents are done */
};

static const struct call calls[] = {
    {"version", __HYPERVISOR_xen_version, XENVER_extraversion, false, -XEN_EFAULT},
    {"compile_info", __HYPERVISOR_xen_version, XENVER_compile_info, false, -XEN_EFAULT},
    {"features", __HYPERVISOR_xen_version, XENVER_get_features, true, -XEN_EFAULT},
    {"memory_map", __HYPERVISOR_memory_op, XENMEM_memory_map, false, -XEN_EFAULT},
    {"add_to_physmap", __HYPERVISOR_memory_op, XENMEM_add_to_physmap, true, -XEN_EFAULT},
    {"access_op", __HYPERVISOR_memory_op, XENMEM_access_op, true, -XEN_EFAULT},
    {"decrease", __HYPERVISOR_memory_op, XENMEM_decrease_reservation, true, 0},
    {"populate", __HYPERVISOR_memory_op, XENMEM_populate_physmap, true, 0},
    {"altp2m", __HYPERVISOR_hvm_op, HVMOP_altp2m, true, -XEN_EFAULT},
    {"get_param", __HYPERVISOR_hvm_op, HVMOP_get_param, true, -XEN_EFAULT},
    {"set_param", __HYPERVISOR_hvm_op, HVMOP_set_param, true, -XEN_EFAULT},
    {"event_send", __HYPERVISOR_event_channel_op, EVTCHNOP_send, true, -XEN_EFAULT},
    {"shutdown", __HYPERVISOR_sched_op, SCHEDOP_shutdown, true, -XEN_EFAULT},
};

static void try_call(const struct call *call)
{
    unsigned int tried = 0, refused = 0;

    for (size_t i = 0; i < place_count; i++) {
        long rc;

        if (places[i].readable && call->reads_only)
            continue;
        rc = hypercall(call->number, call->operation, places[i].address, 0, 0);
        tried++;
        refused += rc == call->refusal;
        if (rc != call->refusal)
            printf("%s at %s: %s\n", call->name, places[i].name, xen_result(rc));
    }
    check_value(check_name("%s.refused", call->name), tried, refused);
}

/* console_io: text at an address without memory. */
static void try_console(void)
{
    unsigned int tried = 0, refused = 0;

    for (size_t i = 0; i < place_count; i++) {
        if (places[i].readable)
            continue;
        tried++;
        refused += hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, 8, places[i].address, 0) ==
                   -XEN_EFAULT;
    }
    check_value("console.refused", tried, refused);
}

/* The view refuses the page to the guest, so a hypercall does not reach it either. */
static void try_restricted(void)
{
    static const uint16_t accesses[] = {XENMEM_access_n, XENMEM_access_x, XENMEM_access_r,
                                        XENMEM_access_rx};
    uint8_t *page = (uint8_t *)((VICTIM_GFN + SLOT_CLOSED) * PAGE_SIZE);
    uint16_t view = 0;

    altp2m_set_state(1);
    altp2m_create(XENMEM_access_rwx, &view);
    altp2m_switch(view);
    for (size_t i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++) {
        altp2m_set_access(view, memory_gfn(page), accesses[i]);
        check_result(check_name("restricted.%s", access_name(accesses[i])), -XEN_EFAULT,
                     xen_version(XENVER_extraversion, page));
        check_result(check_name("restricted.across.%s", access_name(accesses[i])), -XEN_EFAULT,
                     xen_version(XENVER_extraversion, page - 4));
    }
    altp2m_change_gfn(view, memory_gfn(page), memory_gfn(page) + 1);
    altp2m_set_access(view, memory_gfn(page), XENMEM_access_rw);
    check_result("remapped", 0, xen_version(XENVER_extraversion, page));
    altp2m_switch(0);
    check_text("remapped.went_there", ".0-altview", (const char *)page + PAGE_SIZE);
    altp2m_set_state(0);
}

void attack_buffers(void)
{
    find_places();
    memset((void *)(VICTIM_GFN * PAGE_SIZE), 0xee, 16L * PAGE_SIZE);
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        try_call(&calls[i]);
    try_console();
    if (world.mode == MODE_MIXED)
        try_restricted();
}
