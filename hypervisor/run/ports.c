/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/permission.h"

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
 * The ports by which PCs' chipsets reset CPUs. A CPU on which an INIT is no exit would restart
 * outside altview's control, with memory unchanged.
 */
#define KEYBOARD_DATA    0x60
#define KEYBOARD_COMMAND 0x64
#define SYSTEM_CONTROL   0x92
#define RESET_CONTROL    0xcf9
static const uint16_t reset_ports[] = {KEYBOARD_DATA, KEYBOARD_COMMAND, SYSTEM_CONTROL,
                                       RESET_CONTROL};

/* The 8042: line 0 of its output port is the CPUs' reset, and low. Commands 0xf0 to 0xff pulse the
 * lines whose bits are clear. 0xd1 writes the next byte of data to all lines. Commands that use
 * that byte themselves end this. After other commands QEMU's 8042 still does it. */
#define PULSE             0xf0
#define WRITE_OUTPUT_PORT 0xd1
#define OUTPUT_RESET      1U
static const uint8_t data_takers[] = {0x60, 0xd2, 0xd3, 0xd4};

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

/* IN's result in RAX: a 32-bit result clears the upper half, as always. */
static void give(struct vcpu *vcpu, unsigned int size, uint32_t value)
{
    uint64_t mask = ~UINT64_C(0) >> (64 - 8 * size);
    uint64_t kept = size == 4 ? 0 : vcpu->registers.rax & ~mask;

    vcpu->registers.rax = kept | (value & mask);
}

/* For the guest this port does not exist. */
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

/* Does the write put the machine to sleep? Only the firmware's code (AML) defines the sleep
 * state. */
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

static bool takes_data(uint8_t command)
{
    for (unsigned int i = 0; i < INDEX_COUNT(data_takers); i++) {
        if (command == data_takers[i]) {
            return true;
        }
    }
    return false;
}

static bool command_resets(struct domain *domain, uint8_t command)
{
    if (command == WRITE_OUTPUT_PORT) {
        domain->writes_output_port = true;
    } else if (takes_data(command)) {
        domain->writes_output_port = false;
    }
    return command >= PULSE && !(command & OUTPUT_RESET);
}

static bool data_resets(struct domain *domain, uint8_t data)
{
    bool writes = domain->writes_output_port;

    domain->writes_output_port = false;
    return writes && !(data & OUTPUT_RESET);
}

static bool resets(struct domain *domain, uint16_t port, uint8_t byte)
{
    switch (port) {
    case KEYBOARD_DATA:
        return data_resets(domain, byte);
    case KEYBOARD_COMMAND:
        return command_resets(domain, byte);
    case SYSTEM_CONTROL:
        return byte & CONTROL_RESET;
    case RESET_CONTROL:
        return byte & RESET_CPU;
    default:
        return false;
    }
}

/* A write that resets counts as an INIT of the first CPU (life.c). A reset of the whole machine
 * resets that CPU as well. */
static void write_byte(struct vcpu *vcpu, uint16_t port, uint8_t byte)
{
    if (resets(vcpu->domain, port, byte)) {
        monitor_end(vcpu->domain, STATUS_REBOOT, "the guest resets its CPU by port 0x%x", port);
    }
    out8(port, byte);
}

static bool may_reset(const struct port_access *access)
{
    if (INIT_LEAVES_GUEST || (access->port == PCI_ADDRESS && access->size == 4)) {
        return false;
    }
    for (unsigned int i = 0; i < INDEX_COUNT(reset_ports); i++) {
        if (touches(access, reset_ports[i], 1)) {
            return true;
        }
    }
    return false;
}

/* A sleeping machine would wake without altview. So sleep ends the run, as power-off does. */
static void power_off_or_write(struct vcpu *vcpu, const struct port_access *access)
{
    uint32_t value = (uint32_t)vcpu->registers.rax;

    if (sleeps(vcpu, access)) {
        machine_power_off_by(access->port, value, access->size);
        monitor_end(vcpu->domain, STATUS_POWEROFF, "guest shutdown: poweroff, by ACPI");
    }
    out_sized(access->port, value, access->size);
}

/* Byte by byte, as altview judges them: in QEMU a device of one port takes all bytes of a wide
 * write to it. */
static void write_bytes(struct vcpu *vcpu, const struct port_access *access)
{
    for (unsigned int i = 0; i < access->size; i++) {
        write_byte(vcpu, (uint16_t)(access->port + i), (uint8_t)(vcpu->registers.rax >> 8 * i));
    }
}

static void watched_port(struct vcpu *vcpu, const struct port_access *access)
{
    if (access->in) {
        give(vcpu, access->size, in_sized(access->port, access->size));
    } else if (may_reset(access)) {
        write_bytes(vcpu, access);
    } else {
        power_off_or_write(vcpu, access);
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
