/* SPDX-License-Identifier: BSD-2-Clause */
/* From the root pointer to a table. Nothing in it is trusted. */
#include "acpi.h"

#include "base/string.h"

#define RSDP_SIZE        20 /* of ACPI 1.0 */
#define RSDP_REVISION    15
#define RSDP_RSDT        16
#define RSDP_XSDT        24
#define TABLE_LENGTH     4
#define TABLE_HEADER     36
#define TABLES_MAX       256
#define TABLE_LENGTH_MAX 65536

/* `size` bytes at a physical address, or NULL. */
static const uint8_t *bytes_at(const struct physical_memory *memory, uint64_t at, uint64_t size)
{
    return at && at < memory->size && size <= memory->size - at ? memory->base + at : NULL;
}

uint64_t acpi_number(const uint8_t *bytes, unsigned int size)
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
    *size = (uint32_t)acpi_number(header + TABLE_LENGTH, 4);
    if (*size < TABLE_HEADER || *size > TABLE_LENGTH_MAX) {
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
                              unsigned int width, const char *signature, uint32_t *size)
{
    uint32_t root_size, count;
    const uint8_t *list = table_at(memory, root, &root_size);

    if (!list) {
        return NULL;
    }
    count = (root_size - TABLE_HEADER) / width;
    for (uint32_t i = 0; i < count && i < TABLES_MAX; i++) {
        uint64_t at = acpi_number(list + TABLE_HEADER + (size_t)i * width, width);
        const uint8_t *table = table_at(memory, at, size);

        if (table && memcmp(table, signature, 4) == 0) {
            return table;
        }
    }
    return NULL;
}

const uint8_t *acpi_table(const struct boot_info *boot, const struct physical_memory *memory,
                          const char *signature, uint32_t *size)
{
    unsigned int rsdp_size;
    const uint8_t *rsdp = root_pointer(boot, memory, &rsdp_size);
    const uint8_t *found = NULL;

    if (!rsdp) {
        return NULL;
    }
    if (rsdp[RSDP_REVISION] >= 2 && rsdp_size == BOOT_RSDP_SIZE) {
        found = find_in(memory, acpi_number(rsdp + RSDP_XSDT, 8), 8, signature, size);
    }
    return found ? found : find_in(memory, acpi_number(rsdp + RSDP_RSDT, 4), 4, signature, size);
}
