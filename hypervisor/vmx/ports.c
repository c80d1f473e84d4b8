/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/ports.h"

#include "base/log.h"
#include "memory/pages.h"
#include "port/monitor.h"
#include "vmx/event.h"
#include "vmx/instructions.h"
#include "x86/x86.h"

/* Qualification of an I/O exit (SDM Vol. 3C table 28-5). */
#define IO_SIZE(q) ((unsigned int)((q)&7) + 1)
#define IO_IN      (UINT64_C(1) << 3)
#define IO_STRING  (UINT64_C(1) << 4)
#define IO_PORT(q) ((uint16_t)((q) >> 16))

#define COM2_FIRST 0x2f8
#define COM2_COUNT 8

#define BITMAP_PORTS 0x8000U /* in each of the two */

/* The byte of PM1 control that holds SLP_EN (ACPI specification, section 4.8.3.2.1), and that. */
#define SLEEP_BYTE   1U
#define SLEEP_ENABLE 0x20U

static void watch(struct domain *domain, unsigned int first, unsigned int count)
{
    for (unsigned int port = first; port < first + count; port++) {
        uint8_t *bitmap = virt_of(domain->io_bitmaps[port / BITMAP_PORTS]);

        bitmap[port % BITMAP_PORTS / 8] |= (uint8_t)(1U << port % 8);
    }
}

void ports_fill_bitmaps(struct domain *domain)
{
    watch(domain, COM2_FIRST, COM2_COUNT);
    for (unsigned int i = 0; i < POWER_PORTS; i++) {
        if (domain->boot->power_ports[i]) {
            watch(domain, domain->boot->power_ports[i], 2);
        }
    }
}

static bool touches(uint64_t qualification, unsigned int first, unsigned int count)
{
    return IO_PORT(qualification) < first + count &&
           IO_PORT(qualification) + IO_SIZE(qualification) > first;
}

/* What IN leaves in RAX: a 32-bit result clears the upper half, as always. */
static void give(struct vcpu *vcpu, unsigned int size, uint32_t value)
{
    uint64_t mask = ~UINT64_C(0) >> (64 - 8 * size);
    uint64_t kept = size == 4 ? 0 : vcpu->registers.rax & ~mask;

    vcpu->registers.rax = kept | (value & mask);
}

/* To the guest there is no such port. */
static void own_port(struct vcpu *vcpu, uint64_t qualification)
{
    if (!vcpu->com2_told) {
        vcpu->com2_told = true;
        log_line("the guest uses port 0x%x, which is the hypervisor's: reads give ones, "
                 "writes vanish (logged once)",
                 IO_PORT(qualification));
    }
    if (qualification & IO_IN) {
        give(vcpu, IO_SIZE(qualification), UINT32_MAX);
    }
}

/* Does the write put the machine to sleep? Only the firmware's code (AML) could say which sleep. */
static bool sleeps(const struct vcpu *vcpu, uint64_t qualification)
{
    const struct boot_info *boot = vcpu->domain->boot;

    for (unsigned int i = 0; i < IO_SIZE(qualification); i++) {
        unsigned int port = IO_PORT(qualification) + i;
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
static void power_port(struct vcpu *vcpu, uint64_t qualification)
{
    uint16_t port = IO_PORT(qualification);
    unsigned int size = IO_SIZE(qualification);

    if (qualification & IO_IN) {
        give(vcpu, size, in_sized(port, size));
    } else if (sleeps(vcpu, qualification)) {
        machine_power_off_by(port, (uint32_t)vcpu->registers.rax, size);
        monitor_end(vcpu->domain, STATUS_POWEROFF, "guest shutdown: poweroff, by ACPI");
    } else {
        out_sized(port, (uint32_t)vcpu->registers.rax, size);
    }
}

void ports_handle(struct vcpu *vcpu)
{
    uint64_t qualification = vmread(VMCS_QUALIFICATION);

    if (qualification & IO_STRING) {
        event_raise_error(vcpu, VECTOR_GP, 0);
        return;
    }
    if (touches(qualification, COM2_FIRST, COM2_COUNT)) {
        own_port(vcpu, qualification);
    } else {
        power_port(vcpu, qualification);
    }
    event_skip_instruction(vcpu);
}
