/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMX_CONTROL_REGISTERS_H
#define VMX_CONTROL_REGISTERS_H

#include "vcpu.h"

/*
 * Exits from MOV to CR0 and CR4: only for the bits VMX fixes, NE and VMXE. The guest sees its own
 * NE; VMXE it can't set.
 */
exit_handler control_register_handle;

exit_handler xsetbv_handle;

/* What MOV to CR3 would do; where PAE's top level can't be loaded, nothing. */
void control_register_set_cr3(struct vcpu *vcpu, uint64_t value);

#endif
