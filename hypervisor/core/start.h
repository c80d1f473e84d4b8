/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU's start registers: as the guest's first vCPU, after a SIPI, and by VCPUOP_initialise. */
#ifndef CORE_START_H
#define CORE_START_H

#include "core/domain.h"

struct vcpu_hvm_context;

/* The guest's first vCPU (xen/docs/misc/pvh.pandoc; Linux asks for much the same): flat 32-bit
 * segments, no paging. */
void start_fill_first(struct guest_start *start, const struct guest_entry *entry);
/* After INIT and SIPI (SDM Vol. 3A table 9-1): real mode, at `vector` * 4096. */
void start_fill_sipi(struct guest_start *start, uint8_t vector);
/*
 * With the registers that the guest asks for. -XEN_EINVAL for registers with which the CPU would
 * not enter (SDM Vol. 3C 27.3.1). Xen: arch_set_info_hvm_guest.
 */
int start_fill_context(const struct domain *domain, struct guest_start *start,
                       const struct vcpu_hvm_context *context);

#endif
