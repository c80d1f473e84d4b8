/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's CPUs: bringing them from real mode to where their vCPUs wait. None stays out of VMX
 * operation, where the guest could start it. In VMX operation INIT is blocked and SIPI does nothing
 * (SDM Vol. 3C 24.8). CPUs that are no vCPU's are brought there too, and stay.
 */
#ifndef X86_CPUS_H
#define X86_CPUS_H

#include "core/domain.h"

/*
 * Start all but this one, listed or not. A CPU that is listed and does not come is silent: it ends
 * the machine, or, as the option silent-cpus= says, sets domain->cpus_outside.
 */
void cpus_begin(struct domain *domain);

/* Have a CPU that waits for a SIPI come once more; wait a moment for it. */
void cpus_start(struct vcpu *vcpu);

#endif
