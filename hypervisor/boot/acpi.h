/* SPDX-License-Identifier: BSD-2-Clause */
/* The firmware's description of the machine in ACPI tables. Pure. */
#ifndef BOOT_ACPI_H
#define BOOT_ACPI_H

#include "multiboot.h"

/* Physical address of the ACPI root pointer where a BIOS puts it, or 0. */
uint64_t rsdp_find(const struct physical_memory *memory);

/*
 * The root pointer that the EFI system table at `system_table` names (UEFI specification, section
 * 4.6), or 0.
 */
uint64_t rsdp_of_efi(const struct physical_memory *memory, uint64_t system_table);

/*
 * Decides which root pointer counts, for altview and for the guest. If the boot loader's copy is
 * good, altview keeps it, and boot->rsdp is the address of the same root pointer in memory, or 0.
 * Without a copy boot->rsdp is that of EFI or of the BIOS.
 */
void rsdp_settle(struct boot_info *boot, const struct physical_memory *memory);

/*
 * The first table with the signature, four characters, whose sum is right and which `memory`
 * reaches: of the XSDT's if there is a good one, else of the RSDT's. NULL if there is none. `size`
 * gets its length, at least 36.
 */
const uint8_t *acpi_table(const struct boot_info *boot, const struct physical_memory *memory,
                          const char *signature, uint32_t *size);

/* A little-endian number of at most 8 bytes. */
uint64_t acpi_number(const uint8_t *bytes, unsigned int size);

/*
 * The machine's CPUs as the ACPI table of interrupt controllers lists them, in its order, and its
 * I/O APICs: one at the usual address if it lists none. No CPU if there is no such table within
 * `memory`. CPUs beyond BOOT_MAX_LISTED are only counted.
 */
void madt_read(struct boot_info *boot, const struct physical_memory *memory);

/* The I/O APIC that has this global system interrupt (ACPI 6.4, 5.2.13), and the number of its pin.
 * False: no listed I/O APIC can have it. */
bool madt_ioapic_of(const struct boot_info *boot, uint32_t gsi, uint64_t *ioapic, uint32_t *pin);

/* Make the CPU with this APIC id number 0, whether it is listed or not, and give the guest the
 * first CPUs, at most `most`. */
void madt_choose(struct boot_info *boot, uint32_t first, unsigned int most);

/*
 * The I/O ports of the registers PM1 control, by which the machine is put to sleep or powered off,
 * into boot->power_ports, and of the timer, into boot->pm_timer: from the ACPI table "FACP" (ACPI
 * specification, section 5.2.9). 0 where there is none, or where it is no I/O port.
 */
void fadt_read(struct boot_info *boot, const struct physical_memory *memory);

/* The address of the HPET's registers, into boot->hpet; 0: there is none, or it is not where
 * chipsets have it. */
void hpet_read(struct boot_info *boot, const struct physical_memory *memory);

#endif
