/* SPDX-License-Identifier: BSD-2-Clause */
/* Where each VM exit goes. */
#ifndef VMX_EXIT_H
#define VMX_EXIT_H

#include "core/vcpu.h"

/* By basic exit reason. */
extern const struct exit_row exit_rows[EXIT_REASONS];
/* Debug builds: the reasons that reason_kind calls served have a handler, and no others do. */
void exit_check_handlers(void);

#endif
