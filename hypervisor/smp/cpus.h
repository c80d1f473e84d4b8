/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's CPUs: bringing them from real mode to where their vCPUs wait. */
#ifndef SMP_CPUS_H
#define SMP_CPUS_H

#include "domain.h"

/* Start all but this one, one after the other. Those that don't answer are left out, with a line in
 * the log: their vCPUs never run. */
void cpus_begin(struct domain *domain);

/* Start one whose CPU is not in VMX operation; wait a moment for it. False: it has not come. */
bool cpus_start(struct vcpu *vcpu);

#endif
