/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BOOT_MADT_H
#define BOOT_MADT_H

#include "multiboot.h"

/*
 * The machine's CPUs as the ACPI table of interrupt controllers lists them, in its order, and its
 * I/O APICs: one at the usual place where it says nothing. No CPU if there is no such table within
 * `memory`. Those beyond BOOT_MAX_LISTED are counted. Pure.
 */
void madt_read(struct boot_info *boot, const struct physical_memory *memory);

/* Make the CPU with this APIC id number 0, whether it is listed or not, and give the guest the
 * first ones, `most` at the most. Pure. */
void madt_choose(struct boot_info *boot, uint32_t first, unsigned int most);

#endif
