/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/kick.h"

#include "core/vcpu_view.h"
#include "debug/window.h"
#include "port/monitor.h"
#include "x86/apic.h"
#include "x86/tables.h"
#include "x86/x86.h"

#include <stddef.h>

#define LOOKS_PER_KNOCK 20000 /* far longer than an exit takes */
#define KNOCKS_BY_ID    3     /* then send to all CPUs: the guest may have changed APIC ids */

/* altview gives a CPU up after both. An NMI takes it out of the guest at the next instruction, and
 * no exit takes seconds. But if this machine is a virtual one, much time may pass while a CPU does
 * not run. */
#define HANGS_AFTER_S      10
#define HANGS_AFTER_KNOCKS 1000

static void send(struct vcpu *vcpu)
{
    apic_send(vcpu->apic_id, APIC_ASSERT | APIC_MODE_NMI);
}

static void knock(struct vcpu *vcpu)
{
    if (knocks_expect_one(&vcpu->knocks)) {
        send(vcpu);
    }
}

static void stop_if_ended(const struct vcpu *vcpu)
{
    const struct cpu_tables *ends = __atomic_load_n(&vcpu->domain->ended_by, __ATOMIC_ACQUIRE);

    if (ends && ends != cpu_tables_current()) {
        cpu_stop();
    }
}

bool kick_takes_nmi(struct vcpu *vcpu)
{
    bool ours;

    stop_if_ended(vcpu);
    ours = knocks_hear(&vcpu->knocks);
    if (vcpu->knocks.more) {
        vcpu->attention = true; /* for kick_all_came */
    }
    return ours;
}

void kick_expect_more(struct vcpu *vcpu)
{
    knocks_expect_more(&vcpu->knocks);
    vcpu->attention = true;
}

/* QEMU looks for an NMI between two blocks of instructions: PAUSE ends one. */
void kick_all_came(struct vcpu *vcpu)
{
    domain_check_owner(vcpu->domain);
    if (vcpu->knocks.more) {
        cpu_relax();
        knocks_end(&vcpu->knocks);
    }
}

void kick_self(struct vcpu *vcpu)
{
    knocks_expect(&vcpu->knocks);
    apic_send(apic_own_id(), APIC_ASSERT | APIC_MODE_NMI);
}

/* This reaches also CPUs to which the guest has given other APIC ids. */
static void knock_at_all(struct domain *domain)
{
    for (unsigned int i = 0; i < domain->vcpu_count; i++) {
        if (domain->vcpus[i] != domain->owner) {
            knocks_expect(&domain->vcpus[i]->knocks);
        }
    }
    apic_send(0, APIC_OTHERS | APIC_ASSERT | APIC_MODE_NMI);
}

/*
 * An NMI can't interrupt the guest, for instance in the endless delivery of an exception that
 * raises it again. altview can't stop the vCPU, and can't reuse the pages that were taken from it.
 */
static void give_up(const struct vcpu *vcpu)
{
    monitor_end(vcpu->domain, STATUS_STOPPED,
                "vCPU %u has not left the guest for %u s, whatever NMIs it was sent: it is in an "
                "instruction, or in the delivery of an exception, that never ends",
                vcpu->altp2m->id, HANGS_AFTER_S);
}

static void knock_again(struct vcpu *vcpu, unsigned int knocks, uint64_t since)
{
    if (knocks > HANGS_AFTER_KNOCKS &&
        rdtsc() - since > vcpu->domain->boot->tsc_hz * HANGS_AFTER_S) {
        give_up(vcpu);
    }
    /* A CPU out of VMX operation takes an NMI through real mode's vectors, which are the guest's.
     * Where there may be such a CPU, the guest can't change ids (watch.c), so an NMI by id
     * arrives. */
    if (vcpu->domain->cpus_outside) {
        knock(vcpu);
    } else if (knocks <= KNOCKS_BY_ID) {
        knocks_expect(&vcpu->knocks);
        send(vcpu);
    } else {
        knock_at_all(vcpu->domain);
    }
}

/* Send until the CPU has taken one. The hypervisor's own handler takes an NMI that comes between
 * the CPU's last check of `attention` and its entry, so one NMI may not be enough. */
static void knock_until(struct vcpu *vcpu, bool (*has_heard)(const struct vcpu *vcpu))
{
    unsigned int looks = 0, knocks = 1;
    uint64_t since = rdtsc();

    while (!has_heard(vcpu)) {
        cpu_relax();
        if (++looks < LOOKS_PER_KNOCK) {
            continue;
        }
        looks = 0;
        knock_again(vcpu, ++knocks, since);
    }
}

static bool is_out(const struct vcpu *vcpu)
{
    return !__atomic_load_n(&vcpu->in_guest, __ATOMIC_ACQUIRE);
}

static bool has_served(const struct vcpu *vcpu)
{
    return __atomic_load_n(&vcpu->call.state, __ATOMIC_ACQUIRE) == CALL_NONE;
}

static bool has_begun(const struct vcpu *vcpu)
{
    return __atomic_load_n(&vcpu->call.state, __ATOMIC_ACQUIRE) != CALL_ASKED;
}

static bool change_call(struct vcpu *vcpu, enum call_state from, enum call_state to)
{
    return __atomic_compare_exchange_n(&vcpu->call.state, &from, to, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
}

static void want_attention(struct vcpu *vcpu)
{
    __atomic_store_n(&vcpu->attention, true, __ATOMIC_SEQ_CST);
    window_open();
}

void kick_one(struct vcpu *vcpu)
{
    want_attention(vcpu);
    if (!__atomic_load_n(&vcpu->in_guest, __ATOMIC_SEQ_CST)) {
        return;
    }
    knock(vcpu);
    knock_until(vcpu, is_out);
}

/* Kick the vCPUs of `meant`, a bit each. Send to all before waiting for the first. */
static void kick_those(struct domain *domain, uint64_t meant)
{
    for (unsigned int i = 0; i < domain->vcpu_count; i++) {
        struct vcpu *vcpu = domain->vcpus[i];

        if (meant >> i & 1) {
            want_attention(vcpu);
            if (__atomic_load_n(&vcpu->in_guest, __ATOMIC_SEQ_CST)) {
                knock(vcpu);
            }
        }
    }
    for (unsigned int i = 0; i < domain->vcpu_count; i++) {
        if (meant >> i & 1) {
            knock_until(domain->vcpus[i], is_out);
        }
    }
}

static uint64_t others(const struct domain *domain)
{
    uint64_t all = ~UINT64_C(0) >> (64 - domain->vcpu_count);

    return all & ~(UINT64_C(1) << domain->owner->altp2m->id);
}

void kick_all(struct domain *domain)
{
    kick_those(domain, others(domain));
}

/*
 * A vCPU in the guest runs under the EPTP with which it entered, unless it has VMFUNC. Then it may
 * be in any view, and may have cached translations of every view that it has been in (SDM Vol. 3C
 * 29.4.2).
 */
static bool may_use(const struct vcpu *vcpu, uint64_t eptp)
{
    return eptp == ALTP2M_EPTP_ALL || eptp == vcpu->eptp || vcpu->altp2m->vmfunc ||
           vcpu->step.active;
}

/* It flushes before it uses any translation again: kick_catch_up. */
static void note_stale(struct vcpu *vcpu, uint64_t eptp)
{
    vcpu->stale_eptp =
        !vcpu->stale_eptp || vcpu->stale_eptp == eptp ? eptp : (uint64_t)ALTP2M_EPTP_ALL;
}

void kick_catch_up(struct vcpu *vcpu)
{
    uint64_t stale = vcpu->stale_eptp;

    vcpu->stale_eptp = 0;
    if (vcpu->reload) {
        vcpu->reload = false;
        vcpu_load_view(vcpu);
    }
    if (stale) {
        vcpu_flush(vcpu, stale);
    }
}

void kick_flush(struct domain *domain, uint64_t eptp)
{
    uint64_t meant = 0;

    domain_check_owner(domain);
    vcpu_flush(domain->owner, eptp);
    if (domain->vcpu_count == 1) {
        return;
    }
    if (eptp == altp2m_step_eptp(&domain->altp2m, domain->owner->altp2m)) {
        return; /* no other vCPU has ever run under it */
    }
    for (unsigned int i = 0; i < domain->vcpu_count; i++) {
        struct vcpu *vcpu = domain->vcpus[i];

        if (vcpu != domain->owner) {
            note_stale(vcpu, eptp);
            want_attention(vcpu); /* vCPUs that are not kicked flush at their next entry */
            meant |= (uint64_t)may_use(vcpu, eptp) << i;
        }
    }
    kick_those(domain, meant);
}

void kick_begin_on(struct vcpu *vcpu, void (*function)(struct vcpu *vcpu, void *argument),
                   void *argument)
{
    vcpu->call.function = function;
    vcpu->call.argument = argument;
    __atomic_store_n(&vcpu->call.state, CALL_ASKED, __ATOMIC_SEQ_CST);
    want_attention(vcpu);
    knock(vcpu); /* it may sleep as well */
    knock_until(vcpu, has_begun);
}

void kick_end_on(const struct vcpu *vcpu)
{
    while (!has_served(vcpu)) {
        cpu_relax();
    }
}

bool kick_run_on(struct vcpu *vcpu, void (*function)(struct vcpu *vcpu, void *argument),
                 void *argument)
{
    if (vcpu == vcpu->domain->owner) {
        function(vcpu, argument);
        return true;
    }
    if (vcpu_is_absent(vcpu)) {
        return false;
    }
    kick_begin_on(vcpu, function, argument);
    kick_end_on(vcpu);
    return true;
}

void kick_serve(struct vcpu *vcpu)
{
    if (!change_call(vcpu, CALL_ASKED, CALL_TAKEN)) {
        return;
    }
    kick_catch_up(vcpu);
    vcpu->call.function(vcpu, vcpu->call.argument);
    __atomic_store_n(&vcpu->call.state, CALL_NONE, __ATOMIC_RELEASE);
}

/* An exit that waits for other vCPUs is long, and a UART keeps only the bytes of 1.4 ms. */
void domain_wait(struct vcpu *vcpu, uint32_t ticket)
{
    monitor_is_due(vcpu);
    while (!lock_is_served(&vcpu->domain->lock, ticket)) {
        kick_serve(vcpu);
        cpu_relax();
    }
}

static void knock_at_each_other(const struct domain *domain)
{
    uint32_t self = apic_own_id();

    for (unsigned int i = 0; i < domain->vcpu_count; i++) {
        const struct vcpu *vcpu = domain->vcpus[i];

        if (vcpu->apic_id != self && !vcpu_is_absent(vcpu)) {
            apic_send(vcpu->apic_id, APIC_ASSERT | APIC_MODE_NMI);
        }
    }
}

void kick_stop_others(void *context)
{
    struct domain *domain = context;
    const struct cpu_tables *first = NULL, *own = cpu_tables_current();

    if (!__atomic_compare_exchange_n(&domain->ended_by, &first, own, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST) &&
        first != own) {
        cpu_stop();
    }
    if (domain->cpus_outside) {
        knock_at_each_other(domain);
    } else if (domain->vcpu_count > 1) {
        apic_send(0, APIC_OTHERS | APIC_ASSERT | APIC_MODE_NMI);
    }
}
