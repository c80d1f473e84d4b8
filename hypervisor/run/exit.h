/* SPDX-License-Identifier: BSD-2-Clause */
/* How an exit is served, whatever its reason: the vendor's table says which handler, and which of
 * these calls it. Each ends where the guest may be entered again. */
#ifndef CORE_EXIT_H
#define CORE_EXIT_H

#include "core/vcpu.h"

/* With the domain's lock. */
void exit_serve_with_lock(struct vcpu *vcpu, uint64_t reason, exit_handler *handle);
/* Without: for a handler that touches its own vCPU only. */
void exit_serve_alone(struct vcpu *vcpu, uint64_t reason, exit_handler *handle);

/* A hypercall of any kind: the table's handler is exit_hypercall. #UD of an instruction, which may
 * be a VMFUNC. Each with the lock, but for what run/vmfunc.h does without. */
void exit_serve_hypercall(struct vcpu *vcpu, uint64_t reason, exit_handler *handle);
void exit_serve_ud(struct vcpu *vcpu, uint64_t reason, exit_handler *handle);
exit_handler exit_hypercall;

/* Handlers that need nothing of the vendor's. */

/* The timer expired: a single step has ended, or the guest's own timer is due, or the control port
 * is. */
exit_handler exit_timer;
/* The stepped instruction is done; step_leave has put its pages back already. */
exit_handler exit_stepped;
/* Instructions of the CPU's virtualization and the like: to the guest this CPU has none. */
exit_handler exit_no_such_instruction;
exit_handler exit_invd, cpuid_handle;
/* An access that the current view refuses, and that the CPU did not turn into #VE itself. */
exit_handler violation_handle;
/* An INIT that the CPU does not take otherwise while in VMX operation. */
exit_handler exit_init;

#endif
