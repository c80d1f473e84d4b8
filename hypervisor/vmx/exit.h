/* SPDX-License-Identifier: BSD-2-Clause */
/* Where each VM exit goes. */
#ifndef VMX_EXIT_H
#define VMX_EXIT_H

#include "core/vcpu.h"

/* By basic exit reason. */
extern const struct exit_row exit_rows[EXIT_REASONS];
/* With the domain's lock. */
void exit_serve_with_lock(struct vcpu *vcpu, uint64_t reason, exit_handler *handle);
/* Debug builds: the reasons that reason_kind calls served have a handler, and no others do. */
void exit_check_handlers(void);

#endif
