/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CORE_CPUID_H
#define CORE_CPUID_H

#include "core/vcpu.h"

exit_handler cpuid_handle;

#endif
