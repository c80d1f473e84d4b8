/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/still.h"

#include "core/vendor.h"
#include "port/monitor.h"
#include "x86/x86.h"

/* Time between two checks: for messages on their way, and for a device that sends NMIs. */
#define SECONDS 1

/* Asleep until an NMI, and none is pending. */
static bool is_halted(const struct vcpu *vcpu)
{
    return guest_is_halted(vcpu) && !(guest_get(vcpu, GUEST_RFLAGS) & RFLAGS_IF) &&
           !vcpu->nmi_pending && !vcpu->nmi_wanted && !event_is_pending(vcpu);
}

/* The vCPU's note holds until its next exit, or until it wakes without one (AMD-V). A vCPU that the
 * monitor holds may run again, because it may get other registers. */
static bool is_still(const struct vcpu *vcpu)
{
    if (control_holds(vcpu->domain->control, vcpu->altp2m->id)) {
        return false;
    }
    return vcpu->life != LIFE_RUNS || vcpu->halted_at == vcpu->moment;
}

static bool all_are_still(const struct domain *domain)
{
    for (unsigned int i = 0; i < domain->vcpu_count; i++) {
        if (!is_still(domain->vcpus[i])) {
            return false;
        }
    }
    return true;
}

/* NMIs given to the guest: AMD-V counts them as VT-x counts their windows. */
static uint64_t count_nmis(const struct domain *domain)
{
    uint64_t sum = 0;

    for (unsigned int i = 0; i < domain->vcpu_count; i++) {
        sum += domain->vcpus[i]->exit_counts[REASON_NMI_WINDOW];
    }
    return sum;
}

static unsigned int count(const struct domain *domain, enum vcpu_life life)
{
    unsigned int sum = 0;

    for (unsigned int i = 0; i < domain->vcpu_count; i++) {
        sum += domain->vcpus[i]->life == life;
    }
    return sum;
}

static void end(struct vcpu *first)
{
    const struct domain *domain = first->domain;

    if (first->life == LIFE_RUNS) {
        report(first);
    }
    monitor_end(first->domain, STATUS_TRIPLE_FAULT,
                "none of the guest's CPUs can ever run again: %u halted with interrupts off, %u "
                "shut down by a triple fault, %u wait to be started",
                count(domain, LIFE_RUNS), count(domain, LIFE_SHUT_DOWN),
                count(domain, LIFE_WAITS) + count(domain, LIFE_DOWN));
}

void still_note(struct vcpu *vcpu)
{
    vcpu->halted_at = is_halted(vcpu) ? vcpu->moment : 0;
}

void still_look(struct vcpu *first)
{
    struct stillness *still = &first->domain->still;
    uint64_t now = rdtsc(), nmis;

    if (now - still->looked < first->domain->boot->tsc_hz * SECONDS) {
        return;
    }
    still->looked = now;
    nmis = count_nmis(first->domain);
    if (!all_are_still(first->domain)) {
        still->found = false;
    } else if (still->found && nmis == still->nmis) {
        end(first);
    } else {
        still->found = true;
        still->nmis = nmis;
    }
}
