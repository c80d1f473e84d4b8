/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/ports.h"

#include "base/log.h"
#include "core/vendor.h"
#include "port/monitor.h"
#include "x86/x86.h"

#define COM2_FIRST 0x2f8
#define COM2_COUNT 8

/* The byte of PM1 control that holds SLP_EN (ACPI specification, section 4.8.3.2.1), and that. */
#define SLEEP_BYTE   1U
#define SLEEP_ENABLE 0x20U

static void watch_range(struct domain *domain, port_watcher *watch, unsigned int first,
                        unsigned int count)
{
    for (unsigned int port = first; port < first + count; port++) {
        watch(domain, port);
    }
}

void ports_watch(struct domain *domain, port_watcher *watch)
{
    watch_range(domain, watch, COM2_FIRST, COM2_COUNT);
    for (unsigned int i = 0; i < POWER_PORTS; i++) {
        if (domain->boot->power_ports[i]) {
            watch_range(domain, watch, domain->boot->power_ports[i], 2);
        }
    }
}

static bool touches(const struct port_access *access, unsigned int first, unsigned int count)
{
    return access->port < first + count && access->port + access->size > first;
}

/* What IN leaves in RAX: a 32-bit result clears the upper half, as always. */
static void give(struct vcpu *vcpu, unsigned int size, uint32_t value)
{
    uint64_t mask = ~UINT64_C(0) >> (64 - 8 * size);
    uint64_t kept = size == 4 ? 0 : vcpu->registers.rax & ~mask;

    vcpu->registers.rax = kept | (value & mask);
}

/* To the guest there is no such port. */
static void own_port(struct vcpu *vcpu, const struct port_access *access)
{
    if (!vcpu->com2_told) {
        vcpu->com2_told = true;
        log_line("the guest uses port 0x%x, which is the hypervisor's: reads give ones, "
                 "writes vanish (logged once)",
                 access->port);
    }
    if (access->in) {
        give(vcpu, access->size, UINT32_MAX);
    }
}

/* Does the write put the machine to sleep? Only the firmware's code (AML) could say which sleep. */
static bool sleeps(const struct vcpu *vcpu, const struct port_access *access)
{
    const struct boot_info *boot = vcpu->domain->boot;

    for (unsigned int i = 0; i < access->size; i++) {
        unsigned int port = access->port + i;
        bool is_byte = false;

        for (unsigned int k = 0; k < POWER_PORTS; k++) {
            is_byte |= boot->power_ports[k] && port == boot->power_ports[k] + SLEEP_BYTE;
        }
        if (is_byte && vcpu->registers.rax >> 8 * i & SLEEP_ENABLE) {
            return true;
        }
    }
    return false;
}

/* A sleeping machine would wake without altview. So sleep ends the run, as power-off does. */
static void power_port(struct vcpu *vcpu, const struct port_access *access)
{
    uint16_t port = access->port;
    unsigned int size = access->size;

    if (access->in) {
        give(vcpu, size, in_sized(port, size));
    } else if (sleeps(vcpu, access)) {
        machine_power_off_by(port, (uint32_t)vcpu->registers.rax, size);
        monitor_end(vcpu->domain, STATUS_POWEROFF, "guest shutdown: poweroff, by ACPI");
    } else {
        out_sized(port, (uint32_t)vcpu->registers.rax, size);
    }
}

bool ports_handle(struct vcpu *vcpu, const struct port_access *access)
{
    if (access->string) {
        event_raise_error(vcpu, VECTOR_GP, 0);
        return false;
    }
    if (touches(access, COM2_FIRST, COM2_COUNT)) {
        own_port(vcpu, access);
    } else {
        power_port(vcpu, access);
    }
    return true;
}
