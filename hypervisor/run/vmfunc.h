/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VMFUNC in software: where the CPU has none, or none that changes views, or altview is told not to
 * use it. While a vCPU has VMFUNC on, #UD causes an exit (vendor_load_view sets that).
 *
 * The same switch by a hypercall, for guests that know altview: ALTVIEW_HYPERCALL_switch of
 * <altview/hvmop.h>, on any CPU.
 *
 * Each has a short path without the domain's lock, because VMFUNC in hardware takes none. On it the
 * vCPU counts as in the guest (core/kick.h). So an operation that evicts, or frees tables, waits
 * until the vCPU is out and its view is known. The short path touches only the vCPU's own state,
 * and is taken only if the exit needs no other work. All other cases take the long path.
 */
#ifndef CORE_VMFUNC_H
#define CORE_VMFUNC_H

#include "core/vcpu.h"

#include <altview/hvmop.h>

/* For an exit by #UD, without the lock. True: it was a VMFUNC, and the vCPU may enter. */
bool vmfunc_try(struct vcpu *vcpu);

/* With the lock, before a step that an exit by #UD has ended is left: afterwards its view and its
 * lent entries are no longer known. */
void vmfunc_look(struct vcpu *vcpu);

/* For an exit by #UD, with the lock. False: the exception is the guest's own. */
bool vmfunc_serve(struct vcpu *vcpu);

/* Whether the hypercall of this exit switches views. */
static inline bool vmfunc_is_call(const struct vcpu *vcpu)
{
    return (uint32_t)vcpu->registers.rax == ALTVIEW_HYPERCALL_switch;
}

/* For such a hypercall, without the lock. True: it has succeeded, and the vCPU may enter. */
bool vmfunc_try_call(struct vcpu *vcpu);
/* The same with the lock. */
void vmfunc_serve_call(struct vcpu *vcpu);

#endif
