/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BOOT_RSDP_H
#define BOOT_RSDP_H

#include "multiboot.h"

/* Physical address of the ACPI root pointer where a BIOS puts it, or 0. Pure. */
uint64_t rsdp_find(const struct physical_memory *memory);

#endif
