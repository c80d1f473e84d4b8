/* SPDX-License-Identifier: BSD-2-Clause */
/* Deciding what goes where in guest memory, before anything is copied. Pure. */
#ifndef LOADER_LAYOUT_H
#define LOADER_LAYOUT_H

#include "base/refusal.h"
#include "boot/boot.h"
#include "image/image.h"

/*
 * Every place is clear of every segment, of every other place, and of where the modules are now
 * (but for a module that stays): so copying in any order overwrites nothing that is still needed.
 */
struct guest_layout {
    uint64_t
        modules[BOOT_MAX_MODULES]; /* where each is to lie; [0], the image, until it is loaded */
    uint64_t start_info;           /* or boot_params */
    uint64_t efi_map;              /* UEFI's memory map, for Linux; 0: there is none */
    uint64_t efi_map_size;         /* room there, then what is used of it */
};

/*
 * False: the image or what comes with it has no room, or can't be handed over; see `why`. An image
 * that may go elsewhere gets another address where its own is not RAM.
 */
bool layout_plan(const struct boot_info *boot, struct guest_image *image, uint64_t start_info_size,
                 struct guest_layout *layout, struct refusal *why);

#endif
