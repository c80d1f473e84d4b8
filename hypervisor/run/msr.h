/* SPDX-License-Identifier: BSD-2-Clause */
/* The few model-specific registers the guest does not reach itself. */
#ifndef CORE_MSR_H
#define CORE_MSR_H

#include "core/msr_list.h"
#include "core/vcpu.h"

/* What the guest may do without an exit, of what msr_rights grants: not to the few. */
struct msr_rights msr_without_exit(const struct feature_face *face, uint32_t msr);

/* RDMSR and WRMSR that have left the guest. */
exit_handler msr_handle_read, msr_handle_write;

#endif
