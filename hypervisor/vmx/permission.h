/* SPDX-License-Identifier: BSD-2-Clause */
/* Which MSRs and which ports leave the guest: pages of bits that all vCPUs share. */
#ifndef VMX_PERMISSION_H
#define VMX_PERMISSION_H

#include "core/domain.h"
#include "core/msr_list.h"

/* MSRs that have a bit in the maps: so many from 0 and from MSR_HIGH on. All others leave the guest
 * anyway. */
#define MSR_REACH 0x2000U
#define MSR_HIGH  0xc0000000U

void permission_set_msr(struct domain *domain, uint32_t msr, struct msr_rights without_exit);
void permission_watch_port(struct domain *domain, unsigned int port);

exit_handler permission_handle_port;

#endif
