/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions that serve an exit of any reason. The vendor's table names the handler, and which
 * of these functions calls it. Each ends where the vCPU may enter the guest again. */
#ifndef CORE_EXIT_H
#define CORE_EXIT_H

#include "core/vcpu.h"

/* With the domain's lock. */
void exit_serve_with_lock(struct vcpu *vcpu, uint64_t reason, exit_handler *handle);
/* Without it: for a handler that touches its own vCPU only. */
void exit_serve_alone(struct vcpu *vcpu, uint64_t reason, exit_handler *handle);

/* A hypercall of any kind: the table's handler is exit_hypercall. #UD of an instruction, which may
 * be a VMFUNC. Each takes the lock, except where run/vmfunc.h works without it. */
void exit_serve_hypercall(struct vcpu *vcpu, uint64_t reason, exit_handler *handle);
void exit_serve_ud(struct vcpu *vcpu, uint64_t reason, exit_handler *handle);
exit_handler exit_hypercall;

/* Handlers that do not depend on the vendor. */

/* The timer has expired: a single step has ended, or it is time for the guest's own timer or the
 * control port. */
exit_handler exit_timer;
/* The stepped instruction is done. step_leave has restored its pages already. */
exit_handler exit_stepped;
/* Instructions of the CPU's virtualization and similar ones: the guest's CPU has none. */
exit_handler exit_no_such_instruction;
exit_handler exit_invd, cpuid_handle;
/* An access that the current view refuses, and that the CPU did not turn into #VE itself. */
exit_handler violation_handle;
/* An INIT, which the CPU does not take otherwise while in VMX operation. */
exit_handler exit_init;

#endif
