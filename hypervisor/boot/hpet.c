/* SPDX-License-Identifier: BSD-2-Clause */
#include "acpi.h"

/* The table's generic address (IA-PC HPET Specification 1.0a, 3.2.4). */
#define SPACE   40
#define ADDRESS 44
#define SIZE    52

#define SPACE_MEMORY 0
#define PAGE         4096
/* Where chipsets have it. altview ignores a table that gives another address. */
#define FIRST 0xfed00000U
#define END   0xfee00000U

void hpet_read(struct boot_info *boot, const struct physical_memory *memory)
{
    uint32_t size = 0;
    const uint8_t *table = acpi_table(boot, memory, "HPET", &size);
    uint64_t address;

    boot->hpet = 0;
    if (!table || size < SIZE || table[SPACE] != SPACE_MEMORY) {
        return;
    }
    address = acpi_number(table + ADDRESS, 8);
    if (address % PAGE == 0 && address >= FIRST && address < END) {
        boot->hpet = address;
    }
}
