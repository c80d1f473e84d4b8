/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of core/vendor.h, without a vendor: the state that the test counts. */
#ifndef VENDOR_HOT_H
#define VENDOR_HOT_H

#include "core/vcpu.h"

#define HYPERCALL_LENGTH 3

void event_skip(struct vcpu *vcpu, uint64_t length);
void vendor_set_eptp(struct vcpu *vcpu, uint64_t eptp);
void vendor_note_view(struct vcpu *vcpu, unsigned int view);

#endif
