/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/ports.h"

#include "base/index.h"
#include "base/log.h"
#include "core/vendor.h"
#include "port/monitor.h"
#include "x86/x86.h"

#define COM2_FIRST 0x2f8
#define COM2_COUNT 8

/* The byte of PM1 control that holds SLP_EN (ACPI specification, section 4.8.3.2.1), and that. */
#define SLEEP_BYTE   1U
#define SLEEP_ENABLE 0x20U

/*
 * What the chipset of PCs resets CPUs by. A CPU that does not leave the guest for an INIT would
 * begin anew outside our reach, with memory as it is.
 */
#define KEYBOARD_DATA    0x60
#define KEYBOARD_COMMAND 0x64
#define SYSTEM_CONTROL   0x92
#define RESET_CONTROL    0xcf9
static const uint16_t reset_ports[] = {KEYBOARD_DATA, KEYBOARD_COMMAND, SYSTEM_CONTROL,
                                       RESET_CONTROL};

/* The 8042: line 0 of its output port is the CPUs' reset, and low. Commands 0xf0 to 0xff pulse the
 * lines whose bits are clear; 0xd1 has the next byte of data written to all. */
#define PULSE             0xf0
#define WRITE_OUTPUT_PORT 0xd1
#define OUTPUT_RESET      1U

#define CONTROL_RESET (1U << 0) /* in port 0x92 */
#define RESET_CPU     (1U << 2) /* in port 0xcf9 */
#define PCI_ADDRESS   0xcf8     /* four bytes at once are an address, and no write to 0xcf9 */

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
    for (unsigned int i = 0; !INIT_LEAVES_GUEST && i < INDEX_COUNT(reset_ports); i++) {
        watch(domain, reset_ports[i]);
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

/* The byte that the instruction writes to a port, or -1. */
static int written(const struct vcpu *vcpu, const struct port_access *access, unsigned int port)
{
    if (access->in || !touches(access, port, 1) ||
        (access->port == PCI_ADDRESS && access->size == 4)) {
        return -1;
    }
    return (uint8_t)(vcpu->registers.rax >> 8 * (port - access->port));
}

static bool resets_by_keyboard(struct vcpu *vcpu, const struct port_access *access)
{
    struct domain *domain = vcpu->domain;
    int data = written(vcpu, access, KEYBOARD_DATA);
    int command = written(vcpu, access, KEYBOARD_COMMAND);
    bool resets = data >= 0 && domain->writes_output_port && !(data & OUTPUT_RESET);

    if (data >= 0 || command >= 0) {
        domain->writes_output_port = command == WRITE_OUTPUT_PORT;
    }
    return resets || (command >= PULSE && !(command & OUTPUT_RESET));
}

static bool has_bit(int byte, unsigned int bit)
{
    return byte >= 0 && byte & (int)bit;
}

/* As an INIT of the first CPU (life.c). A reset of all the machine is one of the CPU as well. */
static void end_if_reset(struct vcpu *vcpu, const struct port_access *access)
{
    if (resets_by_keyboard(vcpu, access) ||
        has_bit(written(vcpu, access, SYSTEM_CONTROL), CONTROL_RESET) ||
        has_bit(written(vcpu, access, RESET_CONTROL), RESET_CPU)) {
        monitor_end(vcpu->domain, STATUS_REBOOT, "the guest resets its CPU by port 0x%x",
                    access->port);
    }
}

/* A sleeping machine would wake without altview. So sleep ends the run, as power-off does. */
static void watched_port(struct vcpu *vcpu, const struct port_access *access)
{
    uint16_t port = access->port;
    unsigned int size = access->size;

    end_if_reset(vcpu, access);
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
        watched_port(vcpu, access);
    }
    return true;
}
