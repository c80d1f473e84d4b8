/* SPDX-License-Identifier: BSD-2-Clause */
/* ACPI specification, section 5.2.5.1: in the first KiB of the EBDA, then in the BIOS's read-only
 * memory. */
#include "acpi.h"

#include "base/string.h"

#define EBDA_SEGMENT_AT 0x40e /* BIOS data area */
#define EBDA_SIZE       0x400
#define BIOS_START      0xe0000
#define BIOS_END        0x100000
#define ALIGNMENT       16
#define CHECKED_SIZE    20 /* of the ACPI 1.0 structure */

#define EFI_SIGNATURE   "IBI SYST"
#define EFI_TABLE_SIZE  120
#define EFI_TABLE_COUNT 104
#define EFI_TABLES      112
#define EFI_TABLES_MAX  256
#define EFI_ENTRY_SIZE  24 /* a GUID, an address */
#define EFI_ENTRY_GUID  16

static bool is_rsdp(const unsigned char *at)
{
    unsigned char sum = 0;

    for (int i = 0; i < CHECKED_SIZE; i++) {
        sum = (unsigned char)(sum + at[i]);
    }
    return sum == 0 && memcmp(at, "RSD PTR ", 8) == 0;
}

static uint64_t find_between(const struct physical_memory *memory, uint64_t start, uint64_t end)
{
    for (uint64_t at = start; at + CHECKED_SIZE <= end; at += ALIGNMENT) {
        if (is_rsdp(memory->base + at)) {
            return at;
        }
    }
    return 0;
}

uint64_t rsdp_find(const struct physical_memory *memory)
{
    uint64_t ebda, found = 0;

    if (memory->size < BIOS_END) {
        return 0;
    }
    ebda = (uint64_t)(memory->base[EBDA_SEGMENT_AT] | memory->base[EBDA_SEGMENT_AT + 1] << 8) << 4;
    if (ebda && ebda < BIOS_START) {
        found = find_between(memory, ebda, ebda + EBDA_SIZE);
    }
    return found ? found : find_between(memory, BIOS_START, BIOS_END);
}

/* Newer first (UEFI specification, section 4.6.1.1). */
static const uint8_t efi_guids[][EFI_ENTRY_GUID] = {
    {0x71, 0xe8, 0x68, 0x88, 0xf1, 0xe4, 0xd3, 0x11, 0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88,
     0x81},
    {0x30, 0x2d, 0x9d, 0xeb, 0x88, 0x2d, 0xd3, 0x11, 0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1,
     0x4d},
};

static uint64_t number_at(const uint8_t *bytes)
{
    uint64_t value;

    memcpy(&value, bytes, sizeof(value));
    return value;
}

static uint64_t find_guid(const struct physical_memory *memory, const uint8_t *entries,
                          uint64_t count, const uint8_t *guid)
{
    for (uint64_t i = 0; i < count; i++) {
        const uint8_t *entry = entries + i * EFI_ENTRY_SIZE;
        uint64_t at = number_at(entry + EFI_ENTRY_GUID);
        const uint8_t *rsdp = physical_bytes(memory, at, CHECKED_SIZE);

        if (memcmp(entry, guid, EFI_ENTRY_GUID) == 0 && rsdp && is_rsdp(rsdp)) {
            return at;
        }
    }
    return 0;
}

uint64_t rsdp_of_efi(const struct physical_memory *memory, uint64_t system_table)
{
    const uint8_t *table = physical_bytes(memory, system_table, EFI_TABLE_SIZE), *entries;
    uint64_t count, found = 0;

    if (!table || memcmp(table, EFI_SIGNATURE, 8) != 0) {
        return 0;
    }
    count = number_at(table + EFI_TABLE_COUNT);
    count = count < EFI_TABLES_MAX ? count : EFI_TABLES_MAX;
    entries = physical_bytes(memory, number_at(table + EFI_TABLES), count * EFI_ENTRY_SIZE);
    for (size_t i = 0; entries && !found && i < sizeof(efi_guids) / sizeof(efi_guids[0]); i++) {
        found = find_guid(memory, entries, count, efi_guids[i]);
    }
    return found;
}

static bool is_the_copy(const struct boot_info *boot, const struct physical_memory *memory,
                        uint64_t at)
{
    const uint8_t *rsdp = physical_bytes(memory, at, boot->rsdp_copy_size);

    return !boot->rsdp_copy_size ||
           (rsdp && memcmp(rsdp, boot->rsdp_copy, boot->rsdp_copy_size) == 0);
}

void rsdp_settle(struct boot_info *boot, const struct physical_memory *memory)
{
    const uint64_t found[] = {rsdp_of_efi(memory, boot->efi.system_table), rsdp_find(memory)};

    if (boot->rsdp_copy_size < CHECKED_SIZE || !is_rsdp(boot->rsdp_copy)) {
        boot->rsdp_copy_size = 0;
    }
    boot->rsdp = 0;
    for (size_t i = 0; !boot->rsdp && i < sizeof(found) / sizeof(found[0]); i++) {
        boot->rsdp = found[i] && is_the_copy(boot, memory, found[i]) ? found[i] : 0;
    }
}
