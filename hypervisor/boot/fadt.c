/* SPDX-License-Identifier: BSD-2-Clause */
#include "fadt.h"

#include "acpi.h"

#define REGISTER_SIZE 12 /* a generic address: space at 0, address at 4 */
#define SPACE_IO      1
#define PORT_MAX      0xfffe /* a register has two bytes */

/* Where a register is given: an old field and, in longer tables, a new one that counts if set. */
static const struct {
    uint32_t old, new;
} fields[POWER_PORTS] = {{64, 172}, {68, 184}}; /* PM1a_CNT_BLK, PM1b_CNT_BLK */

static uint16_t port(uint64_t address)
{
    return address <= PORT_MAX ? (uint16_t)address : 0;
}

static uint16_t new_port(const uint8_t *generic)
{
    return generic[0] == SPACE_IO ? port(acpi_number(generic + 4, 8)) : 0;
}

void fadt_read(struct boot_info *boot, const struct physical_memory *memory)
{
    uint32_t size;
    const uint8_t *fadt = acpi_table(boot, memory, "FACP", &size);

    for (unsigned int i = 0; i < POWER_PORTS; i++) {
        uint16_t found = 0;

        if (fadt && size >= fields[i].new + REGISTER_SIZE) {
            found = new_port(fadt + fields[i].new);
        }
        if (fadt && !found && size >= fields[i].old + 4) {
            found = port(acpi_number(fadt + fields[i].old, 4));
        }
        boot->power_ports[i] = found;
    }
}
