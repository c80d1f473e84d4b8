/* SPDX-License-Identifier: BSD-2-Clause */
#include "relocate.h"

#include "base/log.h"
#include "cpu/x86.h"
#include "memory/image.h"
#include "memory/map.h"
#include "memory/pages.h"
#include "memory/paging.h"

#include <xen/arch-x86/hvm/start_info.h>

#define MIB      (UINT64_C(1) << 20)
#define CPU_SIZE (256U << 10) /* stacks, tables, VMCS, private tables of single steps */

/* The boot page tables, and 32-bit boot loaders, reach this far. Low memory is the guest's. */
static const struct extent low_ram = {1 * MIB, 4096 * MIB - 1 * MIB};

static uint64_t image_size(void)
{
    return (uint64_t)(image_end - image_start);
}

/* 2 MiB and 1/256 of RAM for tables, and what each further CPU takes, in whole 2 MiB. */
static uint64_t own_size(const struct boot_info *boot)
{
    uint64_t size =
        PAGE_SIZE2M + map_ram_size(boot) / 256 + (boot->cpu_count - 1) * (uint64_t)CPU_SIZE;

    return (size + PAGE_SIZE2M - 1) & ~(PAGE_SIZE2M - 1);
}

/* Where we and the modules are now: moving there would overwrite what is still needed. */
static void collect_busy(const struct boot_info *boot, struct extents *busy)
{
    extents_add(busy, (struct extent){IMAGE_LOAD, image_size()});
    for (unsigned int i = 0; i < boot->module_count; i++) {
        extents_add(busy, (struct extent){boot->modules[i].start, boot->modules[i].size});
    }
}

static void take_range(struct boot_info *boot)
{
    struct extents busy = {.count = 0};

    collect_busy(boot, &busy);
    boot->own_size = own_size(boot);
    boot->own_start = map_find(boot, boot->own_size, PAGE_SIZE2M, low_ram, &busy);
    if (!boot->own_start ||
        !map_set(boot, boot->own_start, boot->own_size, XEN_HVM_MEMMAP_TYPE_RESERVED)) {
        machine_end(STATUS_NO_MEMORY,
                    "too little memory: altview needs %lu MiB of RAM in one piece below 4 GiB; "
                    "give the machine more",
                    boot->own_size / MIB);
    }
}

/* CPUs start in real mode. Where there is no room below 640 KiB, one CPU has to do. */
static void take_trampoline(struct boot_info *boot)
{
    static const struct extent low = {PAGE_SIZE, 640 * 1024 - PAGE_SIZE};
    struct extents busy = {.count = 0};

    collect_busy(boot, &busy);
    boot->trampoline = map_find(boot, PAGE_SIZE, PAGE_SIZE, low, &busy);
    if (!boot->trampoline ||
        !map_set(boot, boot->trampoline, PAGE_SIZE, XEN_HVM_MEMMAP_TYPE_RESERVED)) {
        log_line("no page below 640 KiB to start other CPUs from: the guest has one");
        boot->trampoline = 0;
        boot->cpu_count = 1;
    }
}

void relocate(struct boot_info *boot)
{
    uint64_t image_pages = (image_size() + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
    uint64_t root;

    if (boot->cpu_count > 1) {
        take_trampoline(boot);
    }
    take_range(boot);
    pages_init(boot->own_start + image_pages, boot->own_start + boot->own_size);
    root = paging_build(boot, boot->own_start);
    paging_enter(root, boot->own_start);
    log_line("runs at %lx to %lx, %lu MiB, %zu pages free", boot->own_start,
             boot->own_start + boot->own_size, boot->own_size / MIB, pages_available());
}
