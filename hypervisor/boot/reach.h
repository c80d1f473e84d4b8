/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BOOT_REACH_H
#define BOOT_REACH_H

#include "boot/physical.h"

/* All physical memory, as far as the CPU has addresses. Until paging_enter. */
struct physical_memory reach_memory(void);

#endif
