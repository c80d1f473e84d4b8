/* SPDX-License-Identifier: BSD-2-Clause */
/* From the root pointer to a table. altview trusts no field of it. */
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

uint64_t acpi_number(const uint8_t *bytes, unsigned int size)
{
    uint64_t value = 0;

    memcpy(&value, bytes, size);
    return value;
}

/* A whole table, if its header says so and its sum is right. `size` gets its length. */
static const uint8_t *table_at(const struct physical_memory *memory, uint64_t at, uint32_t *size)
{
    const uint8_t *header = physical_bytes(memory, at, TABLE_HEADER);
    const uint8_t *table;
    uint8_t sum = 0;

    if (!header) {
        return NULL;
    }
    *size = (uint32_t)acpi_number(header + TABLE_LENGTH, 4);
    if (*size < TABLE_HEADER || *size > TABLE_LENGTH_MAX) {
        return NULL;
    }
    table = physical_bytes(memory, at, *size);
    for (uint32_t i = 0; table && i < *size; i++) {
        sum = (uint8_t)(sum + table[i]);
    }
    return sum ? NULL : table;
}

static const uint8_t *root_pointer(const struct boot_info *boot,
                                   const struct physical_memory *memory, unsigned int *size)
{
    const uint8_t *rsdp = physical_bytes(memory, boot->rsdp, RSDP_SIZE);

    if (boot->rsdp_copy_size >= RSDP_SIZE) {
        *size = boot->rsdp_copy_size;
        return boot->rsdp_copy;
    }
    *size = rsdp && rsdp[RSDP_REVISION] >= 2 && physical_bytes(memory, boot->rsdp, BOOT_RSDP_SIZE)
                ? BOOT_RSDP_SIZE
                : RSDP_SIZE;
    return rsdp;
}

/* A root table, and the width of its entries. */
struct root {
    const uint8_t *table;
    uint32_t size;
    unsigned int width;
};

/* ACPI specification, section 5.2.5.3: the XSDT counts if the revision has it. */
static struct root root_table(const struct boot_info *boot, const struct physical_memory *memory)
{
    unsigned int rsdp_size;
    const uint8_t *rsdp = root_pointer(boot, memory, &rsdp_size);
    struct root root = {NULL, 0, 8};

    if (rsdp && rsdp[RSDP_REVISION] >= 2 && rsdp_size == BOOT_RSDP_SIZE) {
        root.table = table_at(memory, acpi_number(rsdp + RSDP_XSDT, 8), &root.size);
    }
    if (rsdp && !root.table) {
        root.width = 4;
        root.table = table_at(memory, acpi_number(rsdp + RSDP_RSDT, 4), &root.size);
    }
    return root;
}

const uint8_t *acpi_table(const struct boot_info *boot, const struct physical_memory *memory,
                          const char *signature, uint32_t *size)
{
    struct root root = root_table(boot, memory);
    uint32_t count = root.table ? (root.size - TABLE_HEADER) / root.width : 0;

    for (uint32_t i = 0; i < count && i < TABLES_MAX; i++) {
        const uint8_t *entry = root.table + TABLE_HEADER + (size_t)i * root.width;
        const uint8_t *table = table_at(memory, acpi_number(entry, root.width), size);

        if (table && memcmp(table, signature, 4) == 0) {
            return table;
        }
    }
    return NULL;
}
