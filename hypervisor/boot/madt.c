/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of interrupt controllers (ACPI 6.4, 5.2.12). altview trusts no field of it. */
#include "acpi.h"

#include "base/string.h"

#define MADT_ENTRIES        44
#define ENTRY_LAPIC         0 /* length 8: id at 3, flags at 4 */
#define ENTRY_LAPIC_SIZE    8
#define ENTRY_IOAPIC        1 /* length 12: address at 4, first interrupt at 8 */
#define ENTRY_IOAPIC_SIZE   12
#define ENTRY_X2APIC        9 /* length 16: id at 4, flags at 8 */
#define ENTRY_X2APIC_SIZE   16
#define FLAG_ENABLED        1U
#define FLAG_ONLINE_CAPABLE 2U /* it is off, and may be switched on later */
#define BROADCAST_XAPIC     0xffU
#define BROADCAST_X2APIC    0xffffffffU

/* Where chipsets have I/O APICs. altview ignores an entry with another address, because it writes
 * there. */
#define IOAPIC_DEFAULT UINT64_C(0xfec00000)
#define IOAPICS_END    UINT64_C(0xfed00000)
#define PAGE_MASK      UINT64_C(0xfff)

static bool is_listed(const struct boot_info *boot, uint32_t apic_id)
{
    for (unsigned int i = 0; i < boot->listed_count; i++) {
        if (boot->apic_ids[i] == apic_id) {
            return true;
        }
    }
    return false;
}

/* A CPU may be in both kinds of entries; the broadcast id names none. */
static void add(struct boot_info *boot, uint32_t apic_id, uint32_t flags, uint32_t broadcast)
{
    if (apic_id == broadcast || is_listed(boot, apic_id)) {
        return;
    }
    if (!(flags & FLAG_ENABLED)) {
        boot->cpus_to_come += (flags & FLAG_ONLINE_CAPABLE) != 0;
    } else if (boot->listed_count == BOOT_MAX_LISTED) {
        boot->cpus_unlisted++;
    } else {
        boot->apic_ids[boot->listed_count++] = apic_id;
    }
}

static void add_ioapic(struct boot_info *boot, uint64_t address, uint32_t gsi)
{
    bool believed =
        address >= IOAPIC_DEFAULT && address < IOAPICS_END && (address & PAGE_MASK) == 0;

    for (unsigned int i = 0; i < boot->ioapic_count; i++) {
        believed &= boot->ioapics[i] != address;
    }
    if (believed && boot->ioapic_count < BOOT_MAX_IOAPICS) {
        boot->ioapic_gsis[boot->ioapic_count] = gsi;
        boot->ioapics[boot->ioapic_count++] = address;
    }
}

static void read_entry(struct boot_info *boot, const uint8_t *entry, unsigned int size)
{
    if (entry[0] == ENTRY_LAPIC && size >= ENTRY_LAPIC_SIZE) {
        add(boot, entry[3], (uint32_t)acpi_number(entry + 4, 4), BROADCAST_XAPIC);
    } else if (entry[0] == ENTRY_X2APIC && size >= ENTRY_X2APIC_SIZE) {
        add(boot, (uint32_t)acpi_number(entry + 4, 4), (uint32_t)acpi_number(entry + 8, 4),
            BROADCAST_X2APIC);
    } else if (entry[0] == ENTRY_IOAPIC && size >= ENTRY_IOAPIC_SIZE) {
        add_ioapic(boot, acpi_number(entry + 4, 4), (uint32_t)acpi_number(entry + 8, 4));
    }
}

void madt_read(struct boot_info *boot, const struct physical_memory *memory)
{
    uint32_t size, at = MADT_ENTRIES;
    const uint8_t *madt = acpi_table(boot, memory, "APIC", &size);

    boot->listed_count = boot->cpus_unlisted = boot->cpus_to_come = boot->ioapic_count = 0;
    boot->has_madt = madt;
    while (madt && at + 2 <= size && madt[at + 1] >= 2 && at + madt[at + 1] <= size) {
        read_entry(boot, madt + at, madt[at + 1]);
        at += madt[at + 1];
    }
    if (!boot->ioapic_count) {
        add_ioapic(boot, IOAPIC_DEFAULT, 0);
    }
}

bool madt_ioapic_of(const struct boot_info *boot, uint32_t gsi, uint64_t *ioapic, uint32_t *pin)
{
    bool found = false;

    for (unsigned int i = 0; i < boot->ioapic_count; i++) {
        uint32_t first = boot->ioapic_gsis[i];

        if (first <= gsi && (!found || gsi - first < *pin)) {
            *ioapic = boot->ioapics[i];
            *pin = gsi - first;
            found = true;
        }
    }
    return found;
}

void madt_choose(struct boot_info *boot, uint32_t first, unsigned int most)
{
    unsigned int at = 0;

    while (at < boot->listed_count && boot->apic_ids[at] != first) {
        at++;
    }
    if (at == BOOT_MAX_LISTED) {
        at--; /* the last one gives its place */
        boot->cpus_unlisted++;
    } else if (at == boot->listed_count) {
        boot->listed_count++;
    }
    memmove(&boot->apic_ids[1], &boot->apic_ids[0], at * sizeof(boot->apic_ids[0]));
    boot->apic_ids[0] = first;
    boot->cpu_count = boot->listed_count < most ? boot->listed_count : most;
}
