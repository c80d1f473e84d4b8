/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/watch.h"

#include "base/log.h"
#include "core/kick.h"
#include "core/life.h"
#include "core/vendor.h"
#include "x86/apic.h"
#include "x86/delivery.h"

#define HIGH_DESTINATION 24
#define BROADCAST_XAPIC  0xffU
#define BROADCAST_X2APIC 0xffffffffU
#define X2APIC_RESERVED  UINT64_C(0xfff33000) /* SDM Vol. 3A 11.12.9 */

/* Does the command go to this vCPU, by a shorthand for all or by physical id? */
static bool is_meant(const struct vcpu *vcpu, const struct vcpu *sender, uint32_t command,
                     uint32_t destination, uint32_t broadcast)
{
    switch (command & APIC_SHORTHAND) {
    case APIC_SELF:
        return vcpu == sender;
    case APIC_ALL:
        return true;
    case APIC_OTHERS:
        return vcpu != sender;
    default:
        return !(command & APIC_LOGICAL) &&
               (destination == vcpu->apic_id || destination == broadcast);
    }
}

/* altview sends none: its CPU might take it for a kick, or for the bell. */
static void take_nmi(struct vcpu *vcpu, void *argument)
{
    (void)argument;
    event_want_nmi(vcpu);
}

/* INIT with level 0 is the old "de-assert", and does nothing (SDM Vol. 3A 11.6.1). */
static void carry_out(struct vcpu *vcpu, uint32_t command)
{
    switch (command & APIC_MODE) {
    case APIC_MODE_SIPI:
        life_sipi(vcpu, APIC_VECTOR(command));
        break;
    case APIC_MODE_NMI:
        if (life_is_here(vcpu)) {
            kick_run_on(vcpu, take_nmi, NULL);
        }
        break;
    default:
        if (!(command & APIC_LEVEL) || command & APIC_ASSERT) {
            life_init(vcpu);
        }
    }
}

static void send_ours(struct vcpu *sender, uint32_t command, uint32_t destination,
                      uint32_t broadcast)
{
    struct domain *domain = sender->domain;

    if (command & APIC_LOGICAL && !(command & APIC_SHORTHAND) && !domain->told_logical) {
        domain->told_logical = true;
        log_line("INIT, SIPI or NMI to logical destination 0x%x: dropped (logged once)",
                 destination);
    }
    for (unsigned int i = 0; i < domain->vcpu_count; i++) {
        if (is_meant(domain->vcpus[i], sender, command, destination, broadcast)) {
            carry_out(domain->vcpus[i], command);
        }
    }
}

bool icr_write_msr(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
    uint32_t command = (uint32_t)value;

    (void)msr;
    if (!apic_is_x2() || command & X2APIC_RESERVED) {
        return false;
    }
    if (delivery_is_watched(command)) {
        send_ours(vcpu, command, (uint32_t)(value >> 32), BROADCAST_X2APIC);
        return true;
    }
    return apic_write_command(value);
}

bool icr_command(struct vcpu *vcpu, uint32_t command)
{
    if (!delivery_is_watched(command)) {
        return false;
    }
    send_ours(vcpu, command, apic_read(APIC_COMMAND_HIGH) >> HIGH_DESTINATION, BROADCAST_XAPIC);
    return true;
}
