/* SPDX-License-Identifier: BSD-2-Clause */
/* I/O ports: the guest owns all but the hypervisor's serial port. */
#ifndef VMX_PORTS_H
#define VMX_PORTS_H

#include "core/domain.h"

/* Exits for the hypervisor's own ports, and for those by which the machine is powered off. */
void ports_fill_bitmaps(struct domain *domain);

/* Exit reason 30. */
exit_handler ports_handle;

#endif
