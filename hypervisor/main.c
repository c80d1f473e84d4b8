/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/end.h"
#include "base/log.h"
#include "base/serial.h"
#include "domain.h"

#include <stdint.h>

__attribute__((noreturn)) void hypervisor_main(uint32_t magic, uint32_t information);

void hypervisor_main(uint32_t magic, uint32_t information)
{
    static struct boot_info boot;
    struct guest_entry entry = {0};

    serial_init();
    log_line("hypervisor_main %x %x", magic, information);
    machine_end_set(BOOT_END_BOCHS);
    domain_start(&boot, &entry);
}
