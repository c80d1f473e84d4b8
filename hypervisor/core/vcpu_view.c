/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/vcpu_view.h"

#include "base/debug.h"
#include "base/log.h"
#include "base/string.h"
#include "core/domain.h"
#include "guestmem/path.h"
#include "x86/tables.h"

/* Only its own CPU writes a vCPU's cache, also without the lock. */
static bool is_here(const struct vcpu *vcpu)
{
    return cpu_tables_current() == vcpu->tables;
}

/* The cache of guest memory is out of date. When all epochs have been used, empty it. */
static void begin_epoch(struct vcpu *vcpu)
{
    debug_assert(is_here(vcpu));
    vcpu->cache.stamp += EPOCH_ONE;
    if (vcpu->cache.stamp < EPOCH_ONE) {
        vcpu->cache.stamp += EPOCH_ONE;
        memset(vcpu->cache.slots, 0, sizeof(vcpu->cache.slots));
        guest_forget_paths(vcpu);
    }
}

void vcpu_forget_others(struct vcpu *vcpu)
{
    vcpu->cache.others_stale = false;
    begin_epoch(vcpu);
}

static void load_eptp(struct vcpu *vcpu, uint64_t eptp)
{
    debug_assert(eptp < EPOCH_ONE && is_here(vcpu));
    vcpu_load_eptp(vcpu, eptp);
}

static uint64_t view_eptp(const struct vcpu *vcpu)
{
    return altp2m_view_eptp(&vcpu->domain->altp2m, vcpu->altp2m->view);
}

static uint64_t step_eptp(const struct vcpu *vcpu)
{
    return altp2m_step_eptp(&vcpu->domain->altp2m, vcpu->altp2m);
}

void vcpu_load_step(struct vcpu *vcpu)
{
    load_eptp(vcpu, step_eptp(vcpu));
}

/* Entries cached meanwhile are the view's, but under the EPT pointer with nothing mapped: the next
 * look-up must not use them. */
void vcpu_load_nothing(struct vcpu *vcpu)
{
    vcpu->cache.others_stale = true;
    load_eptp(vcpu, vcpu->domain->nothing_eptp);
}

bool vcpu_is_in_step(const struct vcpu *vcpu)
{
    return !vcpu->step.looks && vcpu->eptp == step_eptp(vcpu);
}

void vcpu_leave_step(struct vcpu *vcpu)
{
    if (vcpu->step.looks || vcpu_is_in_step(vcpu)) {
        load_eptp(vcpu, view_eptp(vcpu));
    }
}

/* altview's cached translations. */
static void forget_cached(struct vcpu *vcpu, uint64_t eptp)
{
    if (eptp == ALTP2M_EPTP_ALL || eptp == vcpu->eptp || vcpu->step.looks) {
        begin_epoch(vcpu);
        vcpu->moment++;
    } else {
        vcpu->cache.others_stale = true;
    }
}

void vcpu_flush(struct vcpu *vcpu, uint64_t eptp)
{
    if (!vcpu->step.looks && (eptp == ALTP2M_EPTP_ALL || eptp == view_eptp(vcpu))) {
        if (vcpu_is_in_step(vcpu)) {
            vcpu->apic_access.active = false; /* the instruction reaches the APIC, or faults
                                               * again */
        }
        vcpu_leave_step(vcpu);
    }
    forget_cached(vcpu, eptp);
    vendor_invalidate(vcpu, eptp);
}

void vcpu_load_view(struct vcpu *vcpu)
{
    load_eptp(vcpu, view_eptp(vcpu));
    vendor_load_switches(vcpu);
}

void vcpu_find_view(struct vcpu *vcpu, uint64_t eptp)
{
    unsigned int view = altp2m_view_by_eptp(&vcpu->domain->altp2m, eptp);

    if (view >= ALTP2M_MAX_VIEWS) {
        panic("the guest runs under EPT pointer 0x%lx, which is no view's", eptp);
    }
    debug_assert(eptp < EPOCH_ONE && is_here(vcpu));
    altp2m_vcpu_moved(vcpu->altp2m, view);
    vcpu_enter_eptp(vcpu, eptp);
}
