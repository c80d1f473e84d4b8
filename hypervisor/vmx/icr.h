/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's INIT and SIPI, taken from its writes to the APIC's interrupt command register: by
 * exits on the APIC's page (xAPIC) and on one MSR (x2APIC), as long as not all vCPUs run. Then
 * neither exits any more, and an INIT arrives as VM exit 3.
 */
#ifndef VMX_ICR_H
#define VMX_ICR_H

#include "domain.h"

#define ICR_APIC_GFN (UINT64_C(0xfee00000) >> ALTP2M_PAGE_SHIFT)

/* With the domain's lock. The first call makes the tables that later ones need. */
void icr_watch(struct domain *domain, bool on);

/* An EPT violation at ICR_APIC_GFN is one of these: see to it. False: it isn't. */
bool icr_page_access(struct vcpu *vcpu, uint64_t physical, unsigned int wants);
/* The instruction of icr_page_access has been executed. */
void icr_page_done(struct vcpu *vcpu);

/* WRMSR to the x2APIC's register. False: #GP. */
bool icr_write_msr(struct vcpu *vcpu, uint32_t msr, uint64_t value);

#endif
