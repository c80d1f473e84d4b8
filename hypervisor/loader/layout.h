/* SPDX-License-Identifier: BSD-2-Clause */
/* The layout of guest memory, decided before altview copies anything. Pure. */
#ifndef LOADER_LAYOUT_H
#define LOADER_LAYOUT_H

#include "base/refusal.h"
#include "boot/boot.h"
#include "image/image.h"

/*
 * No place overlaps a segment, another place, or the current place of a module (except a module
 * that stays). So altview can copy in any order without overwriting data that it still needs.
 */
struct guest_layout {
    uint64_t modules[BOOT_MAX_MODULES]; /* the place of each; [0], the image, until it is loaded */
    uint64_t start_info;                /* or boot_params */
    uint64_t efi_map;                   /* UEFI's memory map, for Linux; 0: there is none */
    uint64_t efi_map_size;              /* the room there, then the part in use */
};

/*
 * False: there is no room for the image or its data, or altview can't hand them over; see `why`. A
 * relocatable image gets another address if there is no RAM at its own.
 */
bool layout_plan(const struct boot_info *boot, struct guest_image *image, uint64_t start_info_size,
                 struct guest_layout *layout, struct refusal *why);

#endif
