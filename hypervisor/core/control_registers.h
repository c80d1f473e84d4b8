/* SPDX-License-Identifier: BSD-2-Clause */
/* What a guest may write to its control registers, on any CPU. */
#ifndef CORE_CONTROL_REGISTERS_H
#define CORE_CONTROL_REGISTERS_H

#include "core/vcpu.h"

/* Whether MOV to CR4 takes that value; else it is #GP. */
bool control_register_admits_cr4(const struct vcpu *vcpu, uint64_t value);

/* Whether MOV to CR0 takes that value, of what no CPU fails to check but an emulator may. */
bool control_register_admits_cr0(const struct vcpu *vcpu, uint64_t value);

exit_handler xsetbv_handle;

#endif
