/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BOOT_RSDP_H
#define BOOT_RSDP_H

#include "multiboot.h"

/* Physical address of the ACPI root pointer where a BIOS puts it, or 0. Pure. */
uint64_t rsdp_find(const struct physical_memory *memory);

/*
 * The root pointer that the EFI system table at `system_table` names (UEFI specification, section
 * 4.6), or
 * 0. Pure.
 */
uint64_t rsdp_of_efi(const struct physical_memory *memory, uint64_t system_table);

/*
 * Decides which root pointer counts, for us and for the guest. A good copy from the boot loader is
 * kept, and boot->rsdp says where in memory the same one lies, or is 0. Without a copy boot->rsdp
 * is what EFI or the BIOS has. Pure.
 */
void rsdp_settle(struct boot_info *boot, const struct physical_memory *memory);

#endif
