/* SPDX-License-Identifier: BSD-2-Clause */
/* hvm_start_info version 1 (<xen/arch-x86/hvm/start_info.h>) and all data that it points to.
 * Pure. */
#ifndef LOADER_START_INFO_H
#define LOADER_START_INFO_H

#include "layout.h"

#include <xen/arch-x86/hvm/start_info.h>

struct start_info_block {
    struct hvm_start_info info;
    struct hvm_modlist_entry modules[BOOT_MAX_MODULES];
    struct hvm_memmap_table_entry map[BOOT_MAX_RANGES];
    char strings[BOOT_STRINGS];
    uint8_t rsdp[BOOT_RSDP_SIZE] __attribute__((aligned(16)));
};

/* Fills a block that the guest will see at physical address layout->start_info. */
void start_info_fill(struct start_info_block *block, const struct boot_info *boot,
                     const struct guest_layout *layout);

#endif
