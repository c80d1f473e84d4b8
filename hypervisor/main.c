/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/end.h"
#include "base/log.h"
#include "base/serial.h"
#include "cpu/capabilities.h"
#include "cpu/tables.h"
#include "domain.h"

#include <stdint.h>

__attribute__((noreturn)) void hypervisor_main(uint32_t magic, uint32_t information);

static void require_cpu(struct cpu_capabilities *cpu)
{
    char text[256];

    capabilities_read(cpu);
    if (!capabilities_check(cpu, text, sizeof(text))) {
        machine_end(STATUS_BAD_MACHINE, "%s", text);
    }
    capabilities_unlock(cpu);
    capabilities_describe(cpu, text, sizeof(text));
    log_line("VT-x: all that is required is there, and %s", text);
}

void hypervisor_main(uint32_t magic, uint32_t information)
{
    static struct cpu_tables tables;
    static struct boot_info boot;
    struct guest_entry entry = {0};

    serial_init();
    cpu_tables_load(&tables);
    log_line("hypervisor_main %x %x", magic, information);
    machine_end_set(BOOT_END_BOCHS);
    require_cpu(&boot.cpu);
    domain_start(&boot, &entry);
}
