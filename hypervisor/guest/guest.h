/* SPDX-License-Identifier: BSD-2-Clause */
/* Bringing a guest image into memory, as Xen's PVH boot does (xen/docs/misc/pvh.pandoc). */
#ifndef GUEST_GUEST_H
#define GUEST_GUEST_H

#include "boot/boot.h"

/* Where a PVH guest starts: 32-bit protected mode, paging off, EBX = start_info. */
struct guest_entry {
    uint32_t eip;
    uint32_t start_info;
};

/* Loads the ELF image, the modules and hvm_start_info; ends the machine with a clear message if the
 * image is bad or does not fit. */
struct guest_entry guest_load(const struct boot_info *boot);

#endif
