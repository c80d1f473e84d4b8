/* SPDX-License-Identifier: BSD-2-Clause */
/* An access that the current view refuses, and that the CPU did not turn into #VE itself. */
#ifndef CORE_VIOLATION_H
#define CORE_VIOLATION_H

#include "core/vcpu.h"

exit_handler violation_handle;

#endif
