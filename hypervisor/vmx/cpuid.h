/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMX_CPUID_H
#define VMX_CPUID_H

#include "vcpu.h"

exit_handler cpuid_handle;

#endif
