/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's memory is a hole in every view: it reads as ones, after any write. */
#include "machine.h"
#include "reservation.h"
#include "world.h"

static bool page_is_hole(uint64_t gfn)
{
    volatile uint64_t *page = memory_window_map(0, gfn);

    page[1] = 0x0123456789abcdef;
    return page[0] == UINT64_MAX && page[1] == UINT64_MAX && page[511] == UINT64_MAX;
}

static uint64_t holes_in(const struct hvm_memmap_table_entry *range)
{
    uint64_t holes = 0;

    for (uint64_t i = 0; i < range->size / PAGE_SIZE; i++)
        holes += page_is_hole(range->addr / PAGE_SIZE + i);
    return holes;
}

static bool is_behind_ram(uint64_t address)
{
    uint32_t count;
    const struct hvm_memmap_table_entry *map = start_info_memory(&count);

    for (uint32_t i = 0; i < count; i++)
        if (map[i].type == XEN_HVM_MEMMAP_TYPE_RAM && map[i].addr + map[i].size == address)
            return true;
    return false;
}

/* The reserved ranges within RAM: the hypervisor's memory has several pieces. A machine reserves
 * its own ranges far above. */
static bool is_own(const struct hvm_memmap_table_entry *range)
{
    return range->type == XEN_HVM_MEMMAP_TYPE_RESERVED && range->addr >= 0x1000000 &&
           range->addr % 0x200000 == 0 && range->size % 0x200000 == 0 && is_behind_ram(range->addr);
}

static void check_ranges(const char *name)
{
    uint64_t holes = 0, pages = 0;
    uint32_t count;
    const struct hvm_memmap_table_entry *map = start_info_memory(&count);

    for (uint32_t i = 0; i < count; i++) {
        if (is_own(&map[i])) {
            holes += holes_in(&map[i]);
            pages += map[i].size / PAGE_SIZE;
        }
    }
    check_value(name, pages - 2, holes); /* less the console and xenstore rings */
}

static const struct hvm_memmap_table_entry *own_range(void)
{
    uint32_t count;
    const struct hvm_memmap_table_entry *map = start_info_memory(&count);

    for (uint32_t i = 0; i < count; i++)
        if (is_own(&map[i]))
            return &map[i];
    return NULL;
}

/* The CPU writes to the #VE information page: #VE must be off once the guest has given it away. */
static void check_ve_page(void)
{
    void *page = memory_pages(1);

    altp2m_set_state(1);
    check_result("ve_page.enable", 0, altp2m_enable_notify(0, memory_gfn(page)));
    check_result("ve_page.give_back", 1, reservation_give(memory_gfn(page)));
    check_result("ve_page.is_off", -XEN_EINVAL, altp2m_enable_notify(0, memory_gfn(page)));
    check_result("ve_page.take_again", 1, reservation_take(memory_gfn(page)));
    check_result("ve_page.enable_again", 0, altp2m_enable_notify(0, memory_gfn(page)));
    altp2m_set_state(0);
}

/* Device memory is there to the last page that the CPU has an address for, or EPT: no hole. */
static void check_devices(void)
{
    unsigned int bits = cpu_id(0x80000008, 0).eax & 0xff;

    bits = bits < 48 ? bits : 48;
    check_result("devices.last_page", XENMEM_access_rwx,
                 world_access(0, (UINT64_C(1) << (bits - 12)) - 1));
}

void area_own_memory(void)
{
    const struct hvm_memmap_table_entry *own = own_range();
    uint64_t first;
    uint16_t view;

    check_ve_page();
    check_true("range.found", own);
    if (!own)
        return;
    first = own->addr / PAGE_SIZE;
    check_ranges("view_0");
    altp2m_set_state(1);
    altp2m_create(XENMEM_access_rwx, &view);
    altp2m_switch(view);
    check_ranges("view_1");
    check_result("remap_onto_it", -XEN_ESRCH, altp2m_change_gfn(view, 0x1000, first + 5));
    check_result("hypercall_from_it", -XEN_EFAULT,
                 xen_memory(XENMEM_memory_map, memory_window_map(0, first + 5)));
    check_devices();
    altp2m_set_state(0);
}
