/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of interrupt controllers: nothing in it is trusted. */
#include "madt.h"

#include "acpi.h"
#include "base/string.h"

#define MADT_ENTRIES      44
#define ENTRY_LAPIC       0 /* length 8: id at 3, flags at 4 */
#define ENTRY_LAPIC_SIZE  8
#define ENTRY_X2APIC      9 /* length 16: id at 4, flags at 8 */
#define ENTRY_X2APIC_SIZE 16
#define FLAG_ENABLED      1U

static bool is_listed(const struct boot_info *boot, uint32_t apic_id)
{
    for (unsigned int i = 0; i < boot->cpu_count; i++) {
        if (boot->apic_ids[i] == apic_id) {
            return true;
        }
    }
    return false;
}

static void add(struct boot_info *boot, uint32_t apic_id, uint32_t flags)
{
    if (!(flags & FLAG_ENABLED) || is_listed(boot, apic_id)) {
        return;
    }
    if (boot->cpu_count == BOOT_MAX_CPUS) {
        boot->cpus_left++;
        return;
    }
    boot->apic_ids[boot->cpu_count++] = apic_id;
}

static void read_entry(struct boot_info *boot, const uint8_t *entry, unsigned int size)
{
    if (entry[0] == ENTRY_LAPIC && size >= ENTRY_LAPIC_SIZE) {
        add(boot, entry[3], (uint32_t)acpi_number(entry + 4, 4));
    } else if (entry[0] == ENTRY_X2APIC && size >= ENTRY_X2APIC_SIZE) {
        add(boot, (uint32_t)acpi_number(entry + 4, 4), (uint32_t)acpi_number(entry + 8, 4));
    }
}

void madt_read(struct boot_info *boot, const struct physical_memory *memory)
{
    uint32_t size, at = MADT_ENTRIES;
    const uint8_t *madt = acpi_table(boot, memory, "APIC", &size);

    boot->cpu_count = boot->cpus_left = 0;
    while (madt && at + 2 <= size && madt[at + 1] >= 2 && at + madt[at + 1] <= size) {
        read_entry(boot, madt + at, madt[at + 1]);
        at += madt[at + 1];
    }
}

void madt_put_first(struct boot_info *boot, uint32_t apic_id)
{
    unsigned int at = 0;

    while (at < boot->cpu_count && boot->apic_ids[at] != apic_id) {
        at++;
    }
    if (at == BOOT_MAX_CPUS) {
        at--; /* the last one makes room */
        boot->cpus_left++;
    } else if (at == boot->cpu_count) {
        boot->cpu_count++;
    }
    memmove(&boot->apic_ids[1], &boot->apic_ids[0], at * sizeof(boot->apic_ids[0]));
    boot->apic_ids[0] = apic_id;
}
