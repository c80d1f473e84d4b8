/* SPDX-License-Identifier: BSD-2-Clause */
/* ACPI specification, section 5.2.5.1: the first KiB of the EBDA, then the BIOS's read-only memory.
 */
#include "rsdp.h"

#include "base/string.h"

#define EBDA_SEGMENT_AT 0x40e /* BIOS data area */
#define EBDA_SIZE       0x400
#define BIOS_START      0xe0000
#define BIOS_END        0x100000
#define ALIGNMENT       16
#define CHECKED_SIZE    20 /* of the ACPI 1.0 structure */

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
