/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading a guest image into memory: as Xen's PVH boot does (xen/docs/misc/pvh.pandoc), or by
 * Linux's boot protocol. */
#ifndef LOADER_GUEST_H
#define LOADER_GUEST_H

#include "boot/boot.h"

/* How a guest starts: in 32-bit protected mode with flat segments and paging off. */
struct guest_entry {
    uint32_t eip, ebx, esi;
    uint16_t code, data;    /* selectors */
    uint32_t gdt, gdt_size; /* size 0: none */
    bool is_linux;
};

/* Loads the image, the modules and the start info. Ends the machine with a clear message if the
 * image is bad or does not fit. */
struct guest_entry guest_load(const struct boot_info *boot);

#endif
