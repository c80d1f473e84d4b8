/* SPDX-License-Identifier: BSD-2-Clause */
/* Exits of MSRs, ports and control registers. */
#ifndef SVM_EXIT_H
#define SVM_EXIT_H

#include "core/domain.h"
#include "core/feature.h"

/* permission.c: the two maps that all VMCBs share. MSRs that have a place in them: so many from
 * each of these on. All others leave the guest anyway. */
#define MSR_REACH  0x2000U
#define MSR_RANGES 3
extern const uint32_t msr_ranges[MSR_RANGES];

void permission_set_msr(struct domain *domain, uint32_t msr, struct msr_rights without_exit);
void permission_watch_port(struct domain *domain, unsigned int port);

exit_handler permission_handle_msr, permission_handle_port;

/*
 * MOV to CR0 and CR4 cause exits, and to CR3 while a monitor watches it: the guest may set no
 * hidden bit of CR4, and QEMU 7.2 accepts values for CR0 with which VMRUN enters no guest. altview
 * runs the instruction in a single step. If the written value is not allowed, altview restores the
 * state before it and raises #GP.
 */
exit_handler control_register_try;
/* At the exit that ends the step. If a monitor watches the register, the state before the
 * instruction is back. */
void control_register_settle(struct vcpu *vcpu);
/* Is that so, and this exit the #DB of the step? */
static inline bool control_register_asks(const struct vcpu *vcpu)
{
    return vcpu->svm.tried.asks == vcpu->exit_counts[REASON_EXCEPTION];
}
/* Then, with the lock: ask the monitor, and load what the instruction has written. False: there is
 * an exception, or the vCPU executes the instruction again. */
bool control_register_ask(struct vcpu *vcpu);

/* Whether an invalid entry was really a MOV to CR3 with reserved bits: QEMU 7.2 ends in an invalid
 * entry then, with the guest's state from before the instruction. */
bool control_register_is_reserved_cr3(struct vcpu *vcpu);

#endif
