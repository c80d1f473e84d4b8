/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BOOT_MADT_H
#define BOOT_MADT_H

#include "multiboot.h"

/*
 * The APIC ids of the CPUs that the firmware has enabled, into boot->apic_ids: from the ACPI
 * table "APIC" (ACPI specification, section 5.2.12). None if there is no such table, or none within
 * `memory`. Those beyond BOOT_MAX_CPUS are counted in boot->cpus_left. Pure.
 */
void madt_read(struct boot_info *boot, const struct physical_memory *memory);

/* Put the id of the CPU that boots first, whether it was listed or not. Pure. */
void madt_put_first(struct boot_info *boot, uint32_t apic_id);

#endif
