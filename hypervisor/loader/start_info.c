/* SPDX-License-Identifier: BSD-2-Clause */
#include "start_info.h"

#include "base/string.h"

/* The guest's address of a member of the block. */
#define PHYSICAL(member) (layout->start_info + offsetof(struct start_info_block, member))

static uint64_t cmdline_of(const struct boot_info *boot, unsigned int module, uint64_t strings)
{
    return strings + (uint64_t)(boot->modules[module].cmdline - boot->strings);
}

/* Module 0 is the guest itself: its arguments are the command line. */
static void fill_modules(struct start_info_block *block, const struct boot_info *boot,
                         const struct guest_layout *layout)
{
    for (unsigned int i = 1; i < boot->module_count; i++) {
        block->modules[i - 1] = (struct hvm_modlist_entry){
            .paddr = layout->modules[i],
            .size = boot->modules[i].size,
            .cmdline_paddr = cmdline_of(boot, i, PHYSICAL(strings)),
        };
    }
}

static void fill_map(struct start_info_block *block, const struct boot_info *boot)
{
    for (unsigned int i = 0; i < boot->range_count; i++) {
        block->map[i] = (struct hvm_memmap_table_entry){
            .addr = boot->ranges[i].start,
            .size = boot->ranges[i].size,
            .type = boot->ranges[i].type,
        };
    }
}

static uint64_t fill_rsdp(struct start_info_block *block, const struct boot_info *boot,
                          const struct guest_layout *layout)
{
    if (boot->rsdp || !boot->rsdp_copy_size) {
        return boot->rsdp;
    }
    memcpy(block->rsdp, boot->rsdp_copy, boot->rsdp_copy_size);
    return PHYSICAL(rsdp);
}

void start_info_fill(struct start_info_block *block, const struct boot_info *boot,
                     const struct guest_layout *layout)
{
    memset(block, 0, sizeof(*block));
    memcpy(block->strings, boot->strings, boot->strings_used);
    fill_modules(block, boot, layout);
    fill_map(block, boot);
    block->info = (struct hvm_start_info){
        .magic = XEN_HVM_START_MAGIC_VALUE,
        .version = 1,
        .nr_modules = boot->module_count - 1,
        .modlist_paddr = boot->module_count > 1 ? PHYSICAL(modules) : 0,
        .cmdline_paddr = cmdline_of(boot, 0, PHYSICAL(strings)),
        .rsdp_paddr = fill_rsdp(block, boot, layout),
        .memmap_paddr = PHYSICAL(map),
        .memmap_entries = boot->range_count,
    };
}
