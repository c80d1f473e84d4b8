/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BOOT_FADT_H
#define BOOT_FADT_H

#include "multiboot.h"

/*
 * The I/O ports of the registers PM1 control, by which the machine is put to sleep or powered off,
 * into boot->power_ports, and of the timer, into boot->pm_timer: from the ACPI table "FACP" (ACPI
 * specification, section 5.2.9). 0 where there is none, or where it is no I/O port. Pure.
 */
void fadt_read(struct boot_info *boot, const struct physical_memory *memory);

#endif
