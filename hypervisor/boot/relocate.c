/* SPDX-License-Identifier: BSD-2-Clause */
#include "relocate.h"

#include "base/debug.h"
#include "base/log.h"
#include "base/string.h"
#include "memory/image.h"
#include "memory/map.h"
#include "memory/own.h"
#include "memory/pages.h"
#include "memory/paging.h"
#include "x86/x86.h"

#include <xen/arch-x86/hvm/start_info.h>

#define MIB      (UINT64_C(1) << 20)
#define CPU_SIZE (256U << 10) /* stacks, tables, VMCS, private tables of single steps */
#define PARKED   (32U << 10)  /* stacks, tables, VMXON region of a CPU that is not the guest's */

static uint64_t image_size(void)
{
    return (uint64_t)(image_end - image_start);
}

static uint64_t whole_units(uint64_t size)
{
    return (size + OWN_UNIT - 1) & ~(OWN_UNIT - 1);
}

/* 2 MiB and 1/256 of RAM for tables, and the memory of each further CPU. The image and altview's
 * own page tables are below 4 GiB. */
static struct own_need needed(const struct boot_info *boot)
{
    uint64_t total = OWN_UNIT + map_ram_size(boot) / 256 +
                     (boot->cpu_count - 1) * (uint64_t)CPU_SIZE +
                     (boot->listed_count - boot->cpu_count) * (uint64_t)PARKED;
    uint64_t low = image_size() + (uint64_t)paging_pages(boot, OWN_PIECES_MAX) * PAGE_SIZE;
    struct own_need need = {
        .low = whole_units(low),
        .total = whole_units(total > low ? total : low),
        .reach = DIRECT_MAP_SIZE,
        .apart = DEBUG_BUILD,
    };

    return need;
}

/* The current places of altview and the modules: moving there would overwrite memory that is still
 * in use. */
static void collect_busy(const struct boot_info *boot, struct extents *busy)
{
    extents_add(busy, (struct extent){IMAGE_LOAD, image_size()});
    for (unsigned int i = 0; i < boot->module_count; i++) {
        extents_add(busy, (struct extent){boot->modules[i].start, boot->modules[i].size});
    }
    extents_add(busy, boot->efi.map);
}

static void take_pieces(struct boot_info *boot)
{
    struct extents busy = {.count = 0};
    struct own_need need = needed(boot);

    collect_busy(boot, &busy);
    if (!own_choose(boot, &need, &busy)) {
        machine_end(STATUS_NO_MEMORY,
                    "too little memory: altview needs %lu MiB of RAM in pieces of 2 MiB, %lu MiB "
                    "of it in one piece below 4 GiB, and found %lu MiB; give the machine more",
                    need.total / MIB, need.low / MIB, own_size(boot) / MIB);
    }
}

/* Makes a copy for the guest of a root pointer that the boot loader has made or moved. */
static void place_rsdp(struct boot_info *boot)
{
    static const struct extent anywhere_low = {MIB, 4095 * MIB};
    struct extents busy = {.count = 0};
    uint64_t place;

    if (boot->rsdp || !boot->rsdp_copy_size) {
        return;
    }
    collect_busy(boot, &busy);
    place = map_find(boot, PAGE_SIZE, PAGE_SIZE, anywhere_low, &busy);
    if (place && map_set(boot, place, PAGE_SIZE, XEN_HVM_MEMMAP_TYPE_ACPI)) {
        memset(virt_of(place), 0, PAGE_SIZE);
        memcpy(virt_of(place), boot->rsdp_copy, boot->rsdp_copy_size);
        boot->rsdp = place;
    }
}

/*
 * CPUs start in real mode. Without room below 640 KiB altview can bring no other CPU into VMX
 * operation, and the guest could start one outside it. So the machine must have only one CPU.
 */
static void take_trampoline(struct boot_info *boot)
{
    static const struct extent low = {PAGE_SIZE, 640 * 1024 - PAGE_SIZE};
    struct extents busy = {.count = 0};

    collect_busy(boot, &busy);
    boot->trampoline = map_find(boot, PAGE_SIZE, PAGE_SIZE, low, &busy);
    if (!boot->trampoline ||
        !map_set(boot, boot->trampoline, PAGE_SIZE, XEN_HVM_MEMMAP_TYPE_RESERVED)) {
        boot->trampoline = 0;
        boot->cpu_count = 1;
        if ((boot->listed_count > 1 || !boot->has_madt) && !boot->options.watch_silent) {
            machine_end(STATUS_BAD_MACHINE,
                        "no page of RAM below 640 KiB to start other CPUs from, which the guest "
                        "could start out of altview's reach; use other firmware, or say "
                        "silent-cpus=watch");
        }
        log_line("no page below 640 KiB to start other CPUs from: the guest has one");
    }
}

/* The pool begins with the memory after the image, which the boot page tables reach. */
static void move(const struct boot_info *boot, const struct extent *home, uint64_t behind)
{
    pages_add(behind, home->start + home->size);
    paging_enter(paging_build(boot), boot->image);
    if (home->start < boot->image) {
        pages_add(home->start, boot->image);
    }
}

static bool holds(const struct extent *e, uint64_t address)
{
    return address >= e->start && address - e->start < e->size;
}

static const struct extent *home_of(const struct boot_info *boot)
{
    const struct extent *e = boot->own.list;

    while (!holds(e, boot->image)) {
        e++;
    }
    return e;
}

static void fill_pool(const struct boot_info *boot, const struct extent *home)
{
    for (const struct extent *e = boot->own.list; e < boot->own.list + boot->own.count; e++) {
        log_line("keeps %lx to %lx, %lu MiB", e->start, e->start + e->size, e->size / MIB);
        if (e != home) {
            pages_add(e->start, e->start + e->size);
        }
    }
}

static void leave_uncached(struct boot_info *boot)
{
    uint64_t lost = map_cut_uncached(boot);

    if (lost) {
        log_line("%lu KiB of RAM are left unused: the firmware has not made them cacheable",
                 lost / 1024);
    }
}

/* altview can't load into, or manage, memory that it can't reach. */
static void leave_out_of_reach(struct boot_info *boot)
{
    uint64_t lost = map_cut_ram(boot, DIRECT_MAP_SIZE);

    if (lost) {
        log_line("%lu MiB of RAM above 32 TiB are left unused: altview reaches no further",
                 lost / MIB);
    }
}

void relocate(struct boot_info *boot)
{
    uint64_t image_pages = (image_size() + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
    const struct extent *home;

    leave_uncached(boot);
    leave_out_of_reach(boot);
    take_trampoline(boot);
    take_pieces(boot);
    place_rsdp(boot);
    home = home_of(boot);
    move(boot, home, boot->image + image_pages);
    fill_pool(boot, home);
    log_line("runs at %lx, %zu pages free", boot->image, pages_available());
}
