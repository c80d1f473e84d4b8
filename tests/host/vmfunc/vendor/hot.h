/* SPDX-License-Identifier: BSD-2-Clause */
/* For core/vendor.h, of no vendor: what the test keeps count of. */
#ifndef VENDOR_HOT_H
#define VENDOR_HOT_H

#include "core/vcpu.h"

#define HYPERCALL_LENGTH 3

void event_skip(struct vcpu *vcpu, uint64_t length);
void vendor_set_eptp(struct vcpu *vcpu, uint64_t eptp);
void vendor_note_view(struct vcpu *vcpu, unsigned int view);

#endif
