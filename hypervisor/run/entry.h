/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the end of an exit and the guest: other vCPUs' demands (core/kick.h). */
#ifndef CORE_ENTRY_H
#define CORE_ENTRY_H

#include "core/vcpu.h"
#include "core/vendor.h"
#include "debug/window.h"

/* Wait, and meet other vCPUs' demands, until the vCPU may enter the guest. */
void entry_wait(struct vcpu *vcpu);

/* See core/kick.h: other CPUs see in_guest set before this CPU reads attention. */
static inline bool entry_is_clear(struct vcpu *vcpu)
{
    __atomic_store_n(&vcpu->in_guest, true, __ATOMIC_SEQ_CST);
    window_open();
    return !__atomic_load_n(&vcpu->attention, __ATOMIC_SEQ_CST);
}

/* Returns when the vCPU may enter the guest. Call it without the domain's lock. */
static inline void entry_prepare(struct vcpu *vcpu)
{
    if (!entry_is_clear(vcpu)) {
        entry_wait(vcpu);
    }
    entry_verify(vcpu);
}

/*
 * With the lock: meet other vCPUs' demands, and wait while the vCPU does not run or a monitor holds
 * it. False if a monitor has set its registers since its last exit: then altview drops that exit.
 */
bool entry_heed(struct vcpu *vcpu);

/* This CPU's first entry, or its next one after it has started again. */
__attribute__((noreturn)) void entry_first(struct vcpu *vcpu);

#endif
