/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VMFUNC in software: where the CPU has none, or none that changes views, or altview is told not to
 * use it. While a vCPU has VMFUNC on, #UD leaves the guest (vendor_load_view sees to it).
 *
 * The same switch by a hypercall, for guests that know altview: ALTVIEW_HYPERCALL_switch of
 * <altview/hvmop.h>, on any CPU.
 *
 * Each has a short way without the domain's lock, as VMFUNC in hardware takes none. Meanwhile the
 * vCPU counts as in the guest (core/kick.h). So an operation that evicts, or takes tables away,
 * waits until the vCPU is out and its view is known. The short way touches only what is the vCPU's
 * own, and is gone only if nothing else is to be done at the exit. All else takes the long way.
 */
#ifndef CORE_VMFUNC_H
#define CORE_VMFUNC_H

#include "core/vcpu.h"

#include <altview/hvmop.h>

/* For an exit by #UD, without the lock. True: it was a VMFUNC, and the vCPU is to be entered. */
bool vmfunc_try(struct vcpu *vcpu);

/* With the lock, before a step ends: an exit by #UD has ended it. In which view that was, and with
 * which entries lent, is known no longer afterwards. */
void vmfunc_look(struct vcpu *vcpu);

/* For an exit by #UD, with the lock. False: the exception is the guest's own. */
bool vmfunc_serve(struct vcpu *vcpu);

/* Whether the hypercall that has left the guest is to switch views. */
static inline bool vmfunc_is_call(const struct vcpu *vcpu)
{
    return (uint32_t)vcpu->registers.rax == ALTVIEW_HYPERCALL_switch;
}

/* For such a hypercall, without the lock. True: it has succeeded, and the vCPU is to be entered. */
bool vmfunc_try_call(struct vcpu *vcpu);
/* The same with the lock. */
void vmfunc_serve_call(struct vcpu *vcpu);

#endif
