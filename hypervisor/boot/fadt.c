/* SPDX-License-Identifier: BSD-2-Clause */
#include "acpi.h"

#define REGISTER_SIZE 12 /* a generic address: space at 0, address at 4 */
#define SPACE_IO      1
#define PORT_MAX      0xfffe /* a register has two bytes */

/*
 * The fields that give a register: an old one and, in longer tables, a new one that counts if set.
 */
struct field {
    uint32_t old, new;
};

static const struct field power[POWER_PORTS] = {{64, 172}, {68, 184}}; /* PM1a_, PM1b_CNT_BLK */
static const struct field timer = {76, 208};                           /* PM_TMR_BLK */

static uint16_t port(uint64_t address)
{
    return address <= PORT_MAX ? (uint16_t)address : 0;
}

static uint16_t new_port(const uint8_t *generic)
{
    return generic[0] == SPACE_IO ? port(acpi_number(generic + 4, 8)) : 0;
}

/* `fadt` is NULL if there is none. */
static uint16_t port_of(const uint8_t *fadt, uint32_t size, struct field field)
{
    uint16_t found = 0;

    if (fadt && size >= field.new + REGISTER_SIZE) {
        found = new_port(fadt + field.new);
    }
    if (fadt && !found && size >= field.old + 4) {
        found = port(acpi_number(fadt + field.old, 4));
    }
    return found;
}

void fadt_read(struct boot_info *boot, const struct physical_memory *memory)
{
    uint32_t size = 0;
    const uint8_t *fadt = acpi_table(boot, memory, "FACP", &size);

    for (unsigned int i = 0; i < POWER_PORTS; i++) {
        boot->power_ports[i] = port_of(fadt, size, power[i]);
    }
    boot->pm_timer = port_of(fadt, size, timer);
}
