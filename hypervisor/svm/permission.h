/* SPDX-License-Identifier: BSD-2-Clause */
/* Which MSRs and which ports leave the guest: the two maps that all VMCBs share. */
#ifndef SVM_PERMISSION_H
#define SVM_PERMISSION_H

#include "core/domain.h"
#include "core/msr_list.h"

/* MSRs that have a place in the maps: so many from each of these on. All others leave the guest
 * anyway. */
#define MSR_REACH  0x2000U
#define MSR_RANGES 3
extern const uint32_t msr_ranges[MSR_RANGES];

void permission_set_msr(struct domain *domain, uint32_t msr, struct msr_rights without_exit);
void permission_watch_port(struct domain *domain, unsigned int port);

exit_handler permission_handle_msr, permission_handle_port;

#endif
