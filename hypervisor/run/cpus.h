/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's CPUs: altview brings them from real mode to the place where their vCPUs wait. None
 * stays out of VMX operation, where the guest could start it. In VMX operation INIT is blocked and
 * SIPI does nothing (SDM Vol. 3C 24.8). altview brings CPUs that are not vCPUs into it too, and
 * they stay.
 */
#ifndef X86_CPUS_H
#define X86_CPUS_H

#include "core/domain.h"

/*
 * Start all but this one, listed or not. A CPU that is listed and does not come is silent: it ends
 * the machine, or, as the option silent-cpus= says, sets domain->cpus_outside.
 */
void cpus_begin(struct domain *domain);

/* Start a CPU that waits for a SIPI once more, and wait a moment for it. */
void cpus_start(struct vcpu *vcpu);

#endif
