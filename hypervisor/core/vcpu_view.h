/* SPDX-License-Identifier: BSD-2-Clause */
/* The view that a vCPU runs under, and what is kept of its translations. On its own CPU. */
#ifndef CORE_VCPU_VIEW_H
#define CORE_VCPU_VIEW_H

#include "core/vcpu.h"

/* Bring the CPU in line with vcpu->altp2m: view, VMFUNC, #VE. */
void vcpu_load_view(struct vcpu *vcpu);
/* Forget the translations of one EPTP or of ALTP2M_EPTP_ALL: the CPU's, and the cached ones. */
void vcpu_flush(struct vcpu *vcpu, uint64_t eptp);

/*
 * Run the next instruction with the entries it was lent, or from here on without. A flush for the
 * view in between does the latter: the copy of the view they stand in is no longer true.
 */
void vcpu_load_step(struct vcpu *vcpu);
void vcpu_leave_step(struct vcpu *vcpu);
/* The same with no entries at all: the guest executes nothing, but may take an interrupt. */
void vcpu_load_nothing(struct vcpu *vcpu);

/* Take note that the guest has gone to the view with this EPTP, by VMFUNC. */
void vcpu_find_view(struct vcpu *vcpu, uint64_t eptp);

#endif
