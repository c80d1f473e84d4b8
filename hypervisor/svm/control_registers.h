/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MOV to CR0 and CR4 leave the guest: it may set no bit of CR4 that it is not shown, and QEMU 7.2
 * takes values for CR0 with which VMRUN enters no guest. The instruction is executed by itself, in
 * a step. If what it has written is not admitted, all is as before it, and it takes #GP.
 */
#ifndef SVM_CONTROL_REGISTERS_H
#define SVM_CONTROL_REGISTERS_H

#include "core/vcpu.h"

exit_handler control_register_try;
/* At the exit that ends the step. */
void control_register_settle(struct vcpu *vcpu);

/* Whether an invalid entry was none, but a MOV to CR3 with reserved bits: QEMU 7.2 makes one of it,
 * with all of the guest's state as it was before the instruction. */
bool control_register_is_reserved_cr3(struct vcpu *vcpu);

#endif
