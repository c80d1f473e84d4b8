/* SPDX-License-Identifier: BSD-2-Clause */
/* Which MSRs and which ports leave the guest: the two maps that all VMCBs share. */
#ifndef SVM_PERMISSION_H
#define SVM_PERMISSION_H

#include "core/domain.h"

void permission_fill(struct domain *domain);

exit_handler permission_handle_msr, permission_handle_port;

#endif
