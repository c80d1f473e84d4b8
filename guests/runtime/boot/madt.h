/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's CPUs, from ACPI's MADT (ACPI 6.4, 5.2.12). */
#ifndef RUNTIME_MADT_H
#define RUNTIME_MADT_H

#include <stdint.h>

/*
 * APIC ids of the CPUs that are enabled, in the table's order, `most` at the most; how many there
 * are. 0: no RSDP in start_info, or no MADT behind it.
 */
unsigned int madt_read(uint32_t *apic_ids, unsigned int most);

#endif
