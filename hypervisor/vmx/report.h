/* SPDX-License-Identifier: BSD-2-Clause */
/* What is to be known of a guest that can't go on. */
#ifndef VMX_REPORT_H
#define VMX_REPORT_H

#include "base/status.h"
#include "vcpu.h"

/* Log registers, view and the cause of the exit. With the domain's lock. */
void report(struct vcpu *vcpu);

/* The same, then end the machine. */
__attribute__((noreturn)) void report_and_stop(struct vcpu *vcpu, enum status status,
                                               const char *why);

#endif
