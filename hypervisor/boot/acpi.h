/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BOOT_ACPI_H
#define BOOT_ACPI_H

#include "multiboot.h"

/*
 * The first table with the signature, four characters, whose sum is right and which `memory`
 * reaches: of the XSDT's if there is a good one, else of the RSDT's. NULL if there is none. `size`
 * gets its length, at least 36. Pure.
 */
const uint8_t *acpi_table(const struct boot_info *boot, const struct physical_memory *memory,
                          const char *signature, uint32_t *size);

/* A little-endian number of at most 8 bytes. */
uint64_t acpi_number(const uint8_t *bytes, unsigned int size);

#endif
