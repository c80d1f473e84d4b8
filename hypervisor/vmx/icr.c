/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/icr.h"

#include "base/log.h"
#include "cpu/x86.h"
#include "memory/pages.h"
#include "smp/apic.h"
#include "vmx/instructions.h"
#include "vmx/life.h"
#include "vmx/msr.h"
#include "vmx/step.h"

#define HIGH_DESTINATION 24
#define BROADCAST_XAPIC  0xffU
#define BROADCAST_X2APIC 0xffffffffU
#define REGISTER(offset) ((offset) & ~0xfU)
#define X2APIC_RESERVED  UINT64_C(0xfff33000) /* SDM Vol. 3A 11.12.9 */

void icr_watch(struct domain *domain, bool on)
{
    const struct altp2m_mapping apic = {ICR_APIC_GFN, ALTP2M_TYPE_MMIO, ALTP2M_MEMTYPE_UC};

    if (on == domain->watches_icr) {
        return;
    }
    domain->watches_icr = on;
    msr_watch_icr(virt_of(domain->msr_bitmap), on);
    if (on ? altp2m_host_unmap(&domain->altp2m, ICR_APIC_GFN, 1)
           : altp2m_host_map(&domain->altp2m, ICR_APIC_GFN, 1, apic)) {
        machine_end(STATUS_NO_MEMORY, "no memory left to watch over the guest's APIC");
    }
}

/* Is it sent to this vCPU? Of a shorthand that names all, or by physical id. */
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

/* INIT and SIPI are carried out here. NMIs are only kept from CPUs outside VMX operation. */
static bool is_ours(uint32_t command)
{
    uint32_t mode = command & APIC_MODE;

    return mode == APIC_MODE_INIT || mode == APIC_MODE_SIPI || mode == APIC_MODE_NMI;
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
            apic_send(vcpu->apic_id, APIC_ASSERT | APIC_MODE_NMI);
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

    if (!apic_is_x2() || command & X2APIC_RESERVED) {
        return false;
    }
    if (is_ours(command)) {
        send_ours(vcpu, command, (uint32_t)(value >> 32), BROADCAST_X2APIC);
    } else {
        wrmsr(msr, value);
    }
    return true;
}

/*
 * The instruction runs on a page of ours that holds what the register held. If it has written, the
 * write is carried out afterwards. So no instruction need be understood.
 */
bool icr_page_access(struct vcpu *vcpu, uint64_t physical, unsigned int wants)
{
    struct guest_apic_access *access = &vcpu->apic_access;
    struct altp2m_mapping page = {PAGE_OF(phys_of(vcpu->step_page)), ALTP2M_TYPE_RAM,
                                  ALTP2M_MEMTYPE_WB};
    unsigned int offset = REGISTER(physical & (ALTP2M_PAGE_SIZE - 1));

    if (!vcpu->domain->watches_icr || PAGE_OF(physical) != ICR_APIC_GFN || apic_is_x2() ||
        wants & ALTP2M_X) {
        return false;
    }
    access->write = (access->active && access->write) || wants & ALTP2M_W;
    access->active = true;
    access->offset = offset;
    access->before = apic_read(offset);
    *(uint32_t *)(vcpu->step_page + offset) = access->before;
    step_begin(vcpu, ICR_APIC_GFN, page, ALTP2M_R | ALTP2M_W);
    return true;
}

void icr_page_done(struct vcpu *vcpu)
{
    struct guest_apic_access *access = &vcpu->apic_access;
    uint32_t value = *(const uint32_t *)(vcpu->step_page + access->offset);

    access->active = false;
    if (vmread(VMCS_GUEST_RIP) == vcpu->step.rip || (!access->write && value == access->before)) {
        return; /* not executed: it comes again; or it has only read */
    }
    if (access->offset == APIC_COMMAND && is_ours(value)) {
        send_ours(vcpu, value, apic_read(APIC_COMMAND_HIGH) >> HIGH_DESTINATION, BROADCAST_XAPIC);
    } else {
        apic_write(access->offset, value);
    }
}
