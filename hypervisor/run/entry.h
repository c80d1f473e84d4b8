/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the end of an exit and the guest: what others want of the vCPU (core/kick.h). */
#ifndef CORE_ENTRY_H
#define CORE_ENTRY_H

#include "core/vcpu.h"
#include "core/vendor.h"
#include "debug/window.h"

/* Wait, and do what others want, until the guest may be entered. */
void entry_wait(struct vcpu *vcpu);

/* See core/kick.h: in_guest is seen to be set before attention is read. */
static inline bool entry_is_clear(struct vcpu *vcpu)
{
    __atomic_store_n(&vcpu->in_guest, true, __ATOMIC_SEQ_CST);
    window_open();
    return !__atomic_load_n(&vcpu->attention, __ATOMIC_SEQ_CST);
}

/* Returns when the guest may be entered. Without the domain's lock. */
static inline void entry_prepare(struct vcpu *vcpu)
{
    if (!entry_is_clear(vcpu)) {
        entry_wait(vcpu);
    }
    entry_verify(vcpu);
}

/*
 * With the lock: do what others want; stand still while the vCPU does not run or a monitor holds
 * it. False if its registers have been set since its last exit: then that exit is void.
 */
bool entry_heed(struct vcpu *vcpu);

/* This CPU's first entry, or its next one after it has started again. */
__attribute__((noreturn)) void entry_first(struct vcpu *vcpu);

#endif
