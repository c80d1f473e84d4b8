/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/life.h"

#include "base/log.h"
#include "core/kick.h"
#include "core/start.h"
#include "core/step.h"
#include "core/vendor.h"
#include "port/monitor.h"
#include "run/still.h"
#include "run/watch.h"
#include "x86/x86.h"

#include <xen/errno.h>

static bool is_last(const struct vcpu *vcpu)
{
    const struct domain *domain = vcpu->domain;

    for (unsigned int i = 0; i < domain->vcpu_count; i++) {
        if (domain->vcpus[i] != vcpu && domain->vcpus[i]->life == LIFE_RUNS) {
            return false;
        }
    }
    return true;
}

bool life_is_here(const struct vcpu *vcpu)
{
    return vcpu->life == LIFE_RUNS && !vcpu_is_absent(vcpu);
}

static bool all_run(const struct domain *domain)
{
    for (unsigned int i = 0; i < domain->vcpu_count; i++) {
        const struct vcpu *vcpu = domain->vcpus[i];

        if (!life_is_here(vcpu) && !vcpu->lacks) {
            return false;
        }
    }
    return true;
}

void life_watch(struct domain *domain)
{
    watch_set(domain, domain->cpus_outside || !all_run(domain));
}

/* Takes the vCPU out of the guest at once. It goes to life_wait before it would enter again. */
static void stop(struct vcpu *vcpu, enum vcpu_life life)
{
    vcpu->life = life;
    if (vcpu == vcpu->domain->owner) {
        vcpu->attention = true;
    } else {
        kick_one(vcpu);
    }
    watch_set(vcpu->domain, true);
}

static void nothing(struct vcpu *vcpu, void *argument)
{
    (void)vcpu, (void)argument;
}

/* Let a vCPU run that sleeps in VMX operation. False: its CPU has not started, and it waits as
 * before. */
static bool run(struct vcpu *vcpu)
{
    enum vcpu_life before = vcpu->life;

    vcpu->life = LIFE_RUNS;
    if (!kick_run_on(vcpu, nothing, NULL)) {
        vcpu->life = before;
        return false;
    }
    life_watch(vcpu->domain);
    return true;
}

void life_init(struct vcpu *vcpu)
{
    if (vcpu == vcpu->domain->vcpus[0]) {
        monitor_end(vcpu->domain, STATUS_REBOOT, "INIT to the guest's first CPU: a reset");
    }
    vcpu->initialised = false;
    stop(vcpu, LIFE_WAITS);
}

void life_sipi(struct vcpu *vcpu, uint8_t vector)
{
    if (vcpu->life != LIFE_WAITS) {
        return;
    }
    start_fill_sipi(&vcpu->start, vector);
    vcpu->starts = vcpu->initialised = true;
    run(vcpu);
}

static void shut_down(struct vcpu *vcpu)
{
    vcpu->initialised = false;
    stop(vcpu, LIFE_SHUT_DOWN);
}

void life_triple_fault(struct vcpu *vcpu)
{
    if (is_last(vcpu)) {
        report_and_stop(vcpu, STATUS_TRIPLE_FAULT, "the guest triple-faulted");
    }
    if (!vcpu->fault_told) {
        vcpu->fault_told = true;
        report(vcpu);
        log_line("vCPU %u: triple fault; it stands still, the others run on (logged once)",
                 vcpu->altp2m->id);
    }
    shut_down(vcpu);
}

int life_initialise(struct vcpu *vcpu, const struct vcpu_hvm_context *context)
{
    int rc =
        vcpu->initialised ? -XEN_EEXIST : start_fill_context(vcpu->domain, &vcpu->start, context);

    if (!rc) {
        vcpu->starts = vcpu->initialised = true;
        vcpu->life = LIFE_DOWN; /* a SIPI would not start it now, VCPUOP_up does */
    }
    return rc;
}

int life_up(struct vcpu *vcpu)
{
    if (!vcpu->initialised) {
        return -XEN_EINVAL;
    }
    return vcpu->life == LIFE_RUNS || run(vcpu) ? 0 : -XEN_EIO;
}

/* Xen: the last one to go down powers off. */
int life_down(struct vcpu *vcpu)
{
    if (vcpu->life != LIFE_RUNS) {
        return 0;
    }
    if (is_last(vcpu)) {
        monitor_end(vcpu->domain, STATUS_POWEROFF, "the guest's last CPU went down");
    }
    stop(vcpu, LIFE_DOWN);
    return 0;
}

/* The first vCPU's CPU polls the control port also while the vCPU does not run. */
static void wait_once(struct vcpu *vcpu)
{
    bool first = vcpu == vcpu->domain->vcpus[0];

    if (first) {
        monitor_poll(vcpu);
        still_look(vcpu);
    }
    domain_unlock(vcpu);
    if (first) {
        cpu_relax();
    } else {
        cpu_sleep();
    }
    kick_serve(vcpu);
    domain_lock(vcpu);
}

void life_wait(struct vcpu *vcpu)
{
    if (vcpu->life != LIFE_RUNS || vcpu->starts) {
        step_give_up(vcpu); /* other vCPUs may wait for its lent tables */
    }
    while (vcpu->life != LIFE_RUNS) {
        wait_once(vcpu);
    }
    if (vcpu->starts) {
        vcpu->starts = false;
        start_load(vcpu, &vcpu->start);
    }
}

void life_begin(struct domain *domain)
{
    for (unsigned int i = 1; i < domain->vcpu_count; i++) {
        domain->vcpus[i]->life = LIFE_WAITS;
    }
    domain->vcpus[0]->initialised = true;
}
