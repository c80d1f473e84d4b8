/* SPDX-License-Identifier: BSD-2-Clause */
/* The values that a guest may write to its control registers, on any CPU. */
#ifndef CORE_CONTROL_REGISTERS_H
#define CORE_CONTROL_REGISTERS_H

#include "core/vcpu.h"

/* Whether MOV to CR4 accepts that value. Else it is #GP. */
bool control_register_admits_cr4(const struct vcpu *vcpu, uint64_t value);

/* Whether MOV to CR0 accepts that value. Only checks that every CPU makes, but an emulator may not
 * make. */
bool control_register_admits_cr0(const struct vcpu *vcpu, uint64_t value);

exit_handler xsetbv_handle;

#endif
