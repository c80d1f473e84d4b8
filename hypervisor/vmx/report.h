/* SPDX-License-Identifier: BSD-2-Clause */
/* What is to be known of a vCPU that can't go on. */
#ifndef VMX_REPORT_H
#define VMX_REPORT_H

#include "core/vendor.h"

/* After an exit without a handler: the exit itself says why. With the lock or without. */
__attribute__((noreturn, cold)) void report_unserved(struct vcpu *vcpu);

#endif
