/* SPDX-License-Identifier: BSD-2-Clause */
/* EPT violations (SDM Vol. 3C 29.3.3.2) that the CPU did not turn into #VE itself. */
#ifndef VMX_VIOLATION_H
#define VMX_VIOLATION_H

#include "vcpu.h"

exit_handler violation_handle;

#endif
