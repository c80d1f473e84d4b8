/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/watch.h"

#include "base/log.h"
#include "base/string.h"
#include "core/ioapic.h"
#include "core/step.h"
#include "memory/pages.h"
#include "run/bell.h"
#include "x86/delivery.h"

#define REGISTER_SPACING 16 /* of both kinds of APIC */

static bool is_watched(const struct domain *domain, uint64_t gfn)
{
    return domain->watches &&
           (gfn == APIC_GFN || (domain->cpus_outside && ioapic_has(domain->boot, gfn)));
}

/* A CPU whose APIC is off or in x2APIC mode has no page, and the chipset may take its stores there
 * for devices' messages. I/O APICs have the third register from version 0x20 on. */
static bool has_register(uint64_t gfn, unsigned int offset)
{
    if (offset % REGISTER_SPACING) {
        return false;
    }
    if (gfn == APIC_GFN) {
        return apic_is_on() && !apic_is_x2();
    }
    return offset == IOAPIC_SELECT || offset == IOAPIC_WINDOW || offset == IOAPIC_EOI;
}

static volatile uint32_t *reg(uint64_t gfn, unsigned int offset)
{
    return virt_of((gfn << ALTP2M_PAGE_SHIFT) + offset);
}

/*
 * The instruction runs on one of altview's pages, with the register's content. If it has written,
 * altview carries the write out afterwards, so it need not decode any instruction. The instruction
 * gets only the access that was decided about: one that reads first and then writes faults again.
 */
static void begin(struct vcpu *vcpu, uint64_t gfn, unsigned int offset, unsigned int wants)
{
    struct guest_apic_access *access = &vcpu->apic_access;
    struct altp2m_mapping page = {PAGE_OF(phys_of(vcpu->step_page)), ALTP2M_TYPE_SPECIAL,
                                  ALTP2M_MEMTYPE_WB};
    unsigned int start = offset - offset % REGISTER_SPACING; /* of a part that is read */

    memset(vcpu->step_page, 0xff, ALTP2M_PAGE_SIZE);
    access->write = wants & ALTP2M_W;
    access->active = true;
    access->gfn = gfn;
    access->offset = offset;
    if (has_register(gfn, start)) {
        *(uint32_t *)(vcpu->step_page + start) = *reg(gfn, start);
    }
    step_begin(vcpu, gfn, page, wants);
}

void watch_step_over(struct vcpu *vcpu, uint64_t physical, unsigned int wants)
{
    if (!is_watched(vcpu->domain, PAGE_OF(physical))) {
        step_over(vcpu, PAGE_OF(physical), wants);
    } else if (wants & ALTP2M_X) {
        event_raise(vcpu, VECTOR_UD);
    } else {
        begin(vcpu, PAGE_OF(physical), physical & (ALTP2M_PAGE_SIZE - 1), wants);
    }
}

/* If a CPU may be out of VMX operation, kicks go by APIC id, so no id may change. */
static void write_apic(struct vcpu *vcpu, unsigned int offset, uint32_t value)
{
    if (offset == APIC_ID && vcpu->domain->cpus_outside) {
        return;
    }
    if (offset != APIC_COMMAND || !icr_command(vcpu, value)) {
        apic_write(offset, value);
    }
}

/* All with the lock: the selected register stays the same. */
static void write_ioapic(struct domain *domain, uint64_t gfn, unsigned int offset, uint32_t value)
{
    uint32_t selected = *reg(gfn, IOAPIC_SELECT);

    if (offset == IOAPIC_WINDOW && bell_has_entry(domain, gfn << ALTP2M_PAGE_SHIFT, selected)) {
        if (!domain->told_bell) {
            domain->told_bell = true;
            log_line("I/O APIC: the entry that rings for altview's timer: dropped (logged once)");
        }
        return;
    }
    if (offset == IOAPIC_WINDOW && !ioapic_admits(selected, value)) {
        if (!domain->told_ioapic) {
            domain->told_ioapic = true;
            log_line("I/O APIC: an entry that sends INIT, SIPI or NMI: dropped (logged once)");
        }
        return;
    }
    *reg(gfn, offset) = value;
}

void watch_done(struct vcpu *vcpu)
{
    struct guest_apic_access *access = &vcpu->apic_access;
    uint32_t value;

    access->active = false;
    if (!access->write || !has_register(access->gfn, access->offset)) {
        return;
    }
    value = *(const uint32_t *)(vcpu->step_page + access->offset);
    if (guest_get(vcpu, GUEST_RIP) == vcpu->step.rip && !vendor_step_has_ended(vcpu)) {
        return; /* not executed: it faults again. REP stays at its RIP as well, but has ended a
                 * step */
    }
    if (access->gfn == APIC_GFN) {
        write_apic(vcpu, access->offset, value);
    } else {
        write_ioapic(vcpu->domain, access->gfn, access->offset, value);
    }
}
