/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UEFI's memory map (UEFI specification, section 7.2.3), for the guest: altview's memory is
 * reserved there too. Pure.
 */
#ifndef LOADER_EFI_MAP_H
#define LOADER_EFI_MAP_H

#include "boot/boot.h"

/* The largest possible size of the guest's map; 0 if there is none. */
uint64_t efi_map_room(const struct boot_info *boot);

/* Writes it from the boot loader's. Returns its size. */
uint64_t efi_map_copy(const struct boot_info *boot, void *to, const void *from);

/* Firmware's runtime services keep their memory: it is no RAM, whatever the memory map says. */
void efi_map_reserve(struct boot_info *boot, const void *from);

#endif
