/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BOOT_RELOCATE_H
#define BOOT_RELOCATE_H

#include "boot.h"

/*
 * Takes the hypervisor's memory (memory/own.h), marks it reserved in the map, moves the image there
 * and goes on under final page tables, with the page pool filled. Does not move modules. Ends the
 * machine if there is no room.
 */
void relocate(struct boot_info *boot);

#endif
