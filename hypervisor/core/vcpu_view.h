/* SPDX-License-Identifier: BSD-2-Clause */
/* The view under which a vCPU runs, and the cache of its translations. Call all on its own CPU. */
#ifndef CORE_VCPU_VIEW_H
#define CORE_VCPU_VIEW_H

#include "core/vendor.h"

/* Load vcpu->altp2m into the CPU: view, VMFUNC, #VE. */
void vcpu_load_view(struct vcpu *vcpu);
/* Flush the translations of one EPTP or of ALTP2M_EPTP_ALL: the CPU's, and the cached ones. */
void vcpu_flush(struct vcpu *vcpu, uint64_t eptp);

/*
 * Run the next instruction with its lent entries, or from here on without them. A flush for the
 * view in between has the latter effect: the copy of the view that holds the entries is no longer
 * valid.
 */
void vcpu_load_step(struct vcpu *vcpu);
bool vcpu_is_in_step(const struct vcpu *vcpu);
void vcpu_leave_step(struct vcpu *vcpu);
/* The same with no entries at all: the guest executes nothing, but may take an interrupt. */
void vcpu_load_nothing(struct vcpu *vcpu);

/* The cache of guest memory under other EPTPs is out of date. */
void vcpu_forget_others(struct vcpu *vcpu);

static inline void vcpu_note_eptp(struct vcpu *vcpu, uint64_t eptp)
{
    vcpu->eptp = eptp;
    vcpu->moment++;
    vcpu->cache.stamp = (vcpu->cache.stamp & -EPOCH_ONE) | eptp;
}

/* From here on the vCPU is under this EPTP, as the CPU is. */
static inline void vcpu_enter_eptp(struct vcpu *vcpu, uint64_t eptp)
{
    vcpu_note_eptp(vcpu, eptp);
    if (vcpu->cache.others_stale) {
        vcpu_forget_others(vcpu);
    }
}

static inline void vcpu_load_eptp(struct vcpu *vcpu, uint64_t eptp)
{
    if (eptp != vcpu->eptp) {
        vcpu_enter_eptp(vcpu, eptp);
        vendor_set_eptp(vcpu, eptp);
    }
}

/* The vCPU moves to this view with this root, as by VMFUNC: nothing else has changed. It needs no
 * lock, and does not end the cache of other EPTPs (vcpu_heed_stale). */
static inline void vcpu_go_to_view(struct vcpu *vcpu, unsigned int view, uint64_t root)
{
    altp2m_vcpu_moved(vcpu->altp2m, view);
    if (root != vcpu->eptp) {
        vcpu_note_eptp(vcpu, root);
        vendor_set_eptp(vcpu, root);
    }
    vendor_note_view(vcpu, view);
}

static inline void vcpu_heed_stale(struct vcpu *vcpu)
{
    if (vcpu->cache.others_stale) {
        vcpu_forget_others(vcpu);
    }
}

/* Note that the guest has moved to the view with this EPTP by VMFUNC. */
void vcpu_find_view(struct vcpu *vcpu, uint64_t eptp);

#endif
