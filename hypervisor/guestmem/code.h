/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef GUESTMEM_CODE_H
#define GUESTMEM_CODE_H

#include "core/vcpu.h"

/* The linear address of the byte `offset` after the first byte of the instruction at RIP. */
uint64_t guest_code_address(const struct vcpu *vcpu, unsigned int offset);
uint64_t guest_rip(const struct vcpu *vcpu);

/*
 * The guest's bytes at RIP, through its page tables and its view: only bytes that it may read or
 * execute there, and none of a page that would be converted. Changes no state of the guest. Returns
 * how many there are, at most `most`. *linear: their address; *bits: 16, 32 or 64, the mode in
 * which to decode them.
 */
unsigned int guest_code(struct vcpu *vcpu, uint8_t *to, unsigned int most, uint64_t *linear,
                        unsigned int *bits);

/* The same, regardless of view, SMAP and keys. */
unsigned int guest_code_anyhow(struct vcpu *vcpu, uint8_t *to, unsigned int most,
                               unsigned int *bits);

#endif
