/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/bell.h"

#include "base/log.h"
#include "boot/acpi.h"
#include "core/ioapic.h"
#include "core/kick.h"
#include "core/vendor.h"
#include "memory/pages.h"
#include "x86/delivery.h"
#include "x86/hpet.h"

#define NO_CPU  0xff /* as the destination of an I/O APIC's entry it is all of them */
#define BELL_HZ 1000 /* before a UART of 16 bytes is full */

/* Edge, and by the CPU's id: with both, the rest of an entry is 0. */
static void enter(const struct domain *domain)
{
    volatile uint32_t *select = virt_of(domain->bell.ioapic + IOAPIC_SELECT);
    volatile uint32_t *window = virt_of(domain->bell.ioapic + IOAPIC_WINDOW);
    unsigned int pin = domain->bell.pin;
    uint32_t selected = *select;

    *select = IOAPIC_ENTRIES + 2 * pin + 1;
    *window = domain->vcpus[0]->apic_id << 24;
    *select = IOAPIC_ENTRIES + 2 * pin;
    *window = DELIVERY_NMI;
    *select = selected;
}

/* A timer of the HPET's may send any message (IA-PC HPET 1.0a, 2.3.9.2.3), an INIT included. To the
 * guest, registers that read as all ones are no timer. */
static void take_from_guest(struct domain *domain)
{
    if (altp2m_host_unmap(&domain->altp2m, PAGE_OF(domain->boot->hpet), 1)) {
        machine_end(STATUS_NO_MEMORY, "no memory left for the guest's page tables");
    }
}

/* The I/O APIC's entry must be out of the guest's reach (watch.h), and name the CPU. */
static bool may_have(const struct domain *domain)
{
    return domain->cpus_outside && domain->boot->hpet && domain->vcpus[0]->apic_id < NO_CPU;
}

/* A timer that can ring: which, and its entry. */
struct start {
    struct hpet hpet;
    struct bell bell;
};

/* The timer's pins have the numbers of global system interrupts. */
static bool find(const struct domain *domain, enum bell_by by, struct start *to)
{
    const struct boot_info *boot = domain->boot;
    struct hpet_plan plan;
    uint64_t ioapic;
    uint32_t pin;

    if (!may_have(domain) || !hpet_look(virt_of(boot->hpet), &to->hpet) ||
        !hpet_find(&to->hpet, BELL_HZ, &plan) || !madt_ioapic_of(boot, plan.pin, &ioapic, &pin)) {
        return false;
    }
    to->bell = (struct bell){by, true, ioapic, pin, NULL, {plan, 0}};
    return true;
}

/* Where NMIs are not blocked. The timer may have come due before, or come due while it is set: then
 * its NMI comes when it is not due any more. */
static void set_alarm(struct vcpu *vcpu)
{
    struct bell *bell = &vcpu->domain->bell;

    kick_expect_more(vcpu);
    hpet_set(bell->hpet, &bell->alarm);
}

/* On the first vCPU's CPU: its NMI handler uses the timer as soon as `hpet` is there, without the
 * lock. All else is ready by then. */
static void start_there(struct vcpu *vcpu, void *argument)
{
    const struct start *start = argument;
    struct domain *domain = vcpu->domain;
    volatile uint32_t *base = virt_of(domain->boot->hpet);

    hpet_run(base, &start->hpet, &start->bell.alarm.plan);
    domain->bell = start->bell;
    enter(domain);
    __atomic_store_n(&domain->bell.hpet, base, __ATOMIC_RELEASE);
    set_alarm(vcpu);
}

static void start_timer(struct domain *domain, enum bell_by by)
{
    struct start start;

    if (find(domain, by, &start)) {
        log_line("rung by the HPET's timer %u through pin %u, %u times a second: the guest has no "
                 "HPET",
                 start.bell.alarm.plan.timer, start.bell.pin, BELL_HZ);
        kick_run_on(domain->vcpus[0], start_there, &start);
    }
}

void bell_start(struct domain *domain)
{
    enum boot_bell asked = domain->boot->options.bell;

    if (domain->cpus_outside && domain->boot->hpet) {
        take_from_guest(domain);
    }
    if (vendor_has_timer(domain->vcpus[0])) {
        return; /* which polls in time, and leaves each NMI to the guest */
    }
    if (asked == BOOT_BELL_HUB) {
        domain->bell.by = BELL_BY_HUB;
        log_line("rung by NMI"); /* the hub looks for this */
    } else if (asked == BOOT_BELL_AUTO) {
        start_timer(domain, BELL_BY_TIMER);
    }
}

void bell_keep_time(struct domain *domain)
{
    if (domain->bell.by == BELL_BY_HUB && !domain->bell.keeps_time) {
        domain->bell.keeps_time = true;
        start_timer(domain, BELL_BY_HUB);
    }
}

/* NMIs of the guest's may come in between. An NMI is the timer's if the timer is due. With a kick
 * the timer's NMI may have come, or waits behind the kick, or no longer comes as the timer is set
 * anew. */
static bool timer_rings(struct vcpu *vcpu, bool kick)
{
    struct bell *bell = &vcpu->domain->bell;

    if (!bell->hpet || !hpet_is_due(&bell->alarm, hpet_counter(bell->hpet))) {
        return false;
    }
    if (!hpet_set(bell->hpet, &bell->alarm) || kick) {
        kick_expect_more(vcpu);
    }
    return true;
}

/* The hub rings once for each request. */
static bool rings(struct vcpu *vcpu, bool kick)
{
    return timer_rings(vcpu, kick) || vcpu->domain->bell.by == BELL_BY_HUB;
}

bool bell_takes_nmi(struct vcpu *vcpu)
{
    bool kick = kick_takes_nmi(vcpu);

    if (vcpu->altp2m->id == 0 && rings(vcpu, kick)) {
        vcpu->rung = vcpu->attention = true; /* a ring and a kick may have come as one */
        return true;
    }
    return kick;
}

/* A ring can be lost: while the guest has its APIC off, for one. Or it comes late, in an emulator
 * on a busy computer. */
void bell_look(struct vcpu *vcpu)
{
    struct bell *bell = &vcpu->domain->bell;

    if (vcpu->altp2m->id == 0 && bell->hpet &&
        hpet_is_overdue(&bell->alarm, hpet_counter(bell->hpet))) {
        set_alarm(vcpu);
    }
}

bool bell_has_entry(const struct domain *domain, uint64_t address, uint32_t selected)
{
    return domain->bell.hpet && address == domain->bell.ioapic &&
           (selected & 0xfe) == IOAPIC_ENTRIES + 2 * domain->bell.pin;
}
