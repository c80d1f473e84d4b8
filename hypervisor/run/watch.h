/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watching for INIT and SIPI that the guest sends. While not all vCPUs run, altview carries them
 * out (icr.c). While a CPU may be out of VMX operation, they must not reach it. The pages of the
 * local APIC and, in the latter case, of the I/O APICs stay in the host p2m and in all views, but
 * every access to them causes an exit. altview then carries out for the guest the accesses that the
 * view allows.
 */
#ifndef CORE_WATCH_H
#define CORE_WATCH_H

#include "core/domain.h"
#include "x86/apic.h"

#define APIC_GFN PAGE_OF(APIC_DEFAULT)

/* With the domain's lock. The first call makes the tables that later ones need. */
void watch_set(struct domain *domain, bool on);

/* Let an access through that the view allows, or that a decision lets through once: as step_over,
 * but for the watched pages. */
void watch_step_over(struct vcpu *vcpu, uint64_t physical, unsigned int wants);
/* After the instruction: carry out its write. */
void watch_done(struct vcpu *vcpu);

/*
 * The guest's INIT and SIPI, taken from its writes to the APIC's interrupt command register while
 * those are watched for: by exits on the APIC's page (xAPIC) and on one MSR (x2APIC). Else
 * neither exits, and an INIT arrives as VM exit 3. They and NMIs go to vCPUs that are there, and
 * nowhere else.
 */
/* The guest has written this value to the register of its xAPIC. False: altview may pass it on to
 * the APIC. */
bool icr_command(struct vcpu *vcpu, uint32_t command);

/* WRMSR to the x2APIC's register. False: #GP. */
bool icr_write_msr(struct vcpu *vcpu, uint32_t msr, uint64_t value);

#endif
