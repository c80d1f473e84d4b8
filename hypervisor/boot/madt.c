/* SPDX-License-Identifier: BSD-2-Clause */
/* From the root pointer to the table of interrupt controllers. Nothing in it is trusted. */
#include "madt.h"

#include "base/string.h"

#define RSDP_SIZE         20 /* of ACPI 1.0 */
#define RSDP_REVISION     15
#define RSDP_RSDT         16
#define RSDP_XSDT         24
#define TABLE_LENGTH      4
#define TABLE_HEADER      36
#define TABLES_MAX        256
#define MADT_ENTRIES      44
#define MADT_LENGTH_MAX   65536
#define ENTRY_LAPIC       0 /* length 8: id at 3, flags at 4 */
#define ENTRY_LAPIC_SIZE  8
#define ENTRY_X2APIC      9 /* length 16: id at 4, flags at 8 */
#define ENTRY_X2APIC_SIZE 16
#define FLAG_ENABLED      1U

/* `size` bytes at a physical address, or NULL. */
static const uint8_t *bytes_at(const struct physical_memory *memory, uint64_t at, uint64_t size)
{
    return at && at < memory->size && size <= memory->size - at ? memory->base + at : NULL;
}

static uint64_t number_at(const uint8_t *bytes, unsigned int size)
{
    uint64_t value = 0;

    memcpy(&value, bytes, size);
    return value;
}

/* A whole table, if its header says so and its sum is right. `size` gets its length. */
static const uint8_t *table_at(const struct physical_memory *memory, uint64_t at, uint32_t *size)
{
    const uint8_t *header = bytes_at(memory, at, TABLE_HEADER);
    const uint8_t *table;
    uint8_t sum = 0;

    if (!header) {
        return NULL;
    }
    *size = (uint32_t)number_at(header + TABLE_LENGTH, 4);
    if (*size < TABLE_HEADER || *size > MADT_LENGTH_MAX) {
        return NULL;
    }
    table = bytes_at(memory, at, *size);
    for (uint32_t i = 0; table && i < *size; i++) {
        sum = (uint8_t)(sum + table[i]);
    }
    return sum ? NULL : table;
}

static const uint8_t *root_pointer(const struct boot_info *boot,
                                   const struct physical_memory *memory, unsigned int *size)
{
    const uint8_t *rsdp = bytes_at(memory, boot->rsdp, RSDP_SIZE);

    if (boot->rsdp_copy_size >= RSDP_SIZE) {
        *size = boot->rsdp_copy_size;
        return boot->rsdp_copy;
    }
    *size = rsdp && rsdp[RSDP_REVISION] >= 2 && bytes_at(memory, boot->rsdp, BOOT_RSDP_SIZE)
                ? BOOT_RSDP_SIZE
                : RSDP_SIZE;
    return rsdp;
}

/* The first table with the signature among those that the root table names. */
static const uint8_t *find_in(const struct physical_memory *memory, uint64_t root,
                              unsigned int width, uint32_t *size)
{
    uint32_t root_size, count;
    const uint8_t *list = table_at(memory, root, &root_size);

    if (!list) {
        return NULL;
    }
    count = (root_size - TABLE_HEADER) / width;
    for (uint32_t i = 0; i < count && i < TABLES_MAX; i++) {
        uint64_t at = number_at(list + TABLE_HEADER + (size_t)i * width, width);
        const uint8_t *table = table_at(memory, at, size);

        if (table && memcmp(table, "APIC", 4) == 0) {
            return table;
        }
    }
    return NULL;
}

static const uint8_t *find_madt(const struct boot_info *boot, const struct physical_memory *memory,
                                uint32_t *size)
{
    unsigned int rsdp_size;
    const uint8_t *rsdp = root_pointer(boot, memory, &rsdp_size);
    const uint8_t *found = NULL;

    if (!rsdp) {
        return NULL;
    }
    if (rsdp[RSDP_REVISION] >= 2 && rsdp_size == BOOT_RSDP_SIZE) {
        found = find_in(memory, number_at(rsdp + RSDP_XSDT, 8), 8, size);
    }
    return found ? found : find_in(memory, number_at(rsdp + RSDP_RSDT, 4), 4, size);
}

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
        add(boot, entry[3], (uint32_t)number_at(entry + 4, 4));
    } else if (entry[0] == ENTRY_X2APIC && size >= ENTRY_X2APIC_SIZE) {
        add(boot, (uint32_t)number_at(entry + 4, 4), (uint32_t)number_at(entry + 8, 4));
    }
}

void madt_read(struct boot_info *boot, const struct physical_memory *memory)
{
    uint32_t size, at = MADT_ENTRIES;
    const uint8_t *madt = find_madt(boot, memory, &size);

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
