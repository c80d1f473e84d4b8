/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef GUESTMEM_CODE_H
#define GUESTMEM_CODE_H

#include "core/vcpu.h"

/* The linear address of the byte `offset` behind the first one of the instruction at RIP. */
uint64_t guest_code_address(const struct vcpu *vcpu, unsigned int offset);
uint64_t guest_rip(const struct vcpu *vcpu);

/*
 * The guest's bytes at RIP, through its page tables and its view: those that it may read or execute
 * there, none of a page that would be converted. Changes nothing of the guest's. Returns how many
 * there are, at most `most`. *linear: where they are; *bits: 16, 32 or 64, as they are to be read.
 */
unsigned int guest_code(struct vcpu *vcpu, uint8_t *to, unsigned int most, uint64_t *linear,
                        unsigned int *bits);

/* The same, whatever view, SMAP and keys allow. */
unsigned int guest_code_anyhow(struct vcpu *vcpu, uint8_t *to, unsigned int most,
                               unsigned int *bits);

#endif
