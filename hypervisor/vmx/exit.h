/* SPDX-License-Identifier: BSD-2-Clause */
/* Where each VM exit goes. */
#ifndef VMX_EXIT_H
#define VMX_EXIT_H

#include "vcpu.h"

/* By basic exit reason; NULL: nothing altview serves, reason_kind says what becomes of it. */
extern exit_handler *const exit_handlers[EXIT_REASONS];
/* Debug builds: those that reason_kind says are served have one, and no other. */
void exit_check_handlers(void);

/*
 * Run a few instructions at the guest's entry with the monitor trap flag set, to see whether the
 * CPU honours it. The guest then starts as if nothing had been. Returns the handlers to start with.
 */
exit_handler *const *selftest_prepare(struct vcpu *vcpu, uint64_t entry);

#endif
