/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of the hypervisor's: the registers of a test's guest. */
#ifndef VENDOR_STATE_H
#define VENDOR_STATE_H

uint64_t guest_get(const struct vcpu *vcpu, enum guest_state state);
uint64_t guest_pdpte(const struct vcpu *vcpu, unsigned int n);

#endif
