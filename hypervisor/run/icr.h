/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's INIT and SIPI, taken from its writes to the APIC's interrupt command register while
 * those are watched for: by exits on the APIC's page (xAPIC: watch.h) and on one MSR (x2APIC). Else
 * neither exits, and an INIT arrives as VM exit 3. They and NMIs go to vCPUs that are there, and
 * nowhere else.
 */
#ifndef CORE_ICR_H
#define CORE_ICR_H

#include "core/domain.h"

/* The guest has written that to the register of its xAPIC. False: the APIC may have it. */
bool icr_command(struct vcpu *vcpu, uint32_t command);

/* WRMSR to the x2APIC's register. False: #GP. */
bool icr_write_msr(struct vcpu *vcpu, uint32_t msr, uint64_t value);

#endif
