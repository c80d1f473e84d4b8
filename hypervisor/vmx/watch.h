/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watching for INIT and SIPI that the guest sends: while not all vCPUs run, they are carried out
 * here (icr.h); while a CPU may be out of VMX operation, they must not reach it. The pages of the
 * local APIC and, in the latter case, of the I/O APICs stay in the host p2m and in all views, but
 * every access leaves the guest: what the view allows is then done for it.
 */
#ifndef VMX_WATCH_H
#define VMX_WATCH_H

#include "domain.h"

/* With the domain's lock. The first call makes the tables that later ones need. */
void watch_set(struct domain *domain, bool on);

/* Let an access through that the view allows, or that is to pass for once: step_over, but for the
 * pages that are watched. */
void watch_step_over(struct vcpu *vcpu, uint64_t physical, unsigned int wants);
/* The instruction has been executed: carry out what it has written. */
void watch_done(struct vcpu *vcpu);

#endif
