/* SPDX-License-Identifier: BSD-2-Clause */
/* What is to be known of a vCPU that can't go on. */
#ifndef VMX_REPORT_H
#define VMX_REPORT_H

#include "base/status.h"
#include "core/vcpu.h"

/* Log the cause of the exit, registers, VMCS, view, and the code at RIP. With the domain's lock. */
void report(struct vcpu *vcpu);

/* The same, then end the machine. */
__attribute__((noreturn)) void report_and_stop(struct vcpu *vcpu, enum status status,
                                               const char *why);

/* After an exit without a handler: the exit itself says why. With the lock or without. */
__attribute__((noreturn, cold)) void report_unserved(struct vcpu *vcpu);

#endif
