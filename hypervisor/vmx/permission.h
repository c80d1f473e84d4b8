/* SPDX-License-Identifier: BSD-2-Clause */
/* Which MSRs and which ports leave the guest: pages of bits that all vCPUs share. */
#ifndef VMX_PERMISSION_H
#define VMX_PERMISSION_H

#include "core/domain.h"

/* domain->io_bitmaps and msr_bitmap, which are zeroed pages. */
void permission_fill(struct domain *domain);

exit_handler permission_handle_port;

#endif
