/* SPDX-License-Identifier: BSD-2-Clause */
/* Events on their way into the guest. */
#ifndef SVM_EVENT_H
#define SVM_EVENT_H

#include "core/vendor.h"

/* Deliver an event, as the VMCB has them. That ends the shadow of STI or MOV SS. */
void event_deliver(struct vcpu *vcpu, uint64_t event);

/* Make the vCPU exit when it takes interrupts, if altview waits for that: by a virtual IRQ, which
 * is never delivered. */
void event_load_window(struct vcpu *vcpu);

/* Deliver the APIC's interrupt, which has made the vCPU exit and which the guest can take. */
void event_take_interrupt(struct vcpu *vcpu);

/* Before an entry, with GIF 0: deliver it, or arrange an exit for the time when it can be
 * delivered. */
void event_deliver_nmi(struct vcpu *vcpu);
/* Whether the guest's NMI would be delivered now, if no other event comes first. */
bool event_nmi_is_next(struct vcpu *vcpu);
/* Until the guest's NMI handler returns, IRET causes an exit. */
static inline bool event_awaits_iret(const struct vcpu *vcpu)
{
    return vcpu->svm.nmi_masked && !vcpu->svm.nmi_returns;
}
/* IRET of the guest's NMI handler has caused an exit: the next instruction takes NMIs. */
void event_iret(struct vcpu *vcpu);

/* Make the vCPU exit as soon as the pending event has been delivered, before the first instruction
 * of its handler: by an NMI to its own CPU. */
void event_exit_behind(struct vcpu *vcpu);

/* After an exit that goes back to the guest's instruction: QEMU 7.2 does not load the shadow of STI
 * or MOV SS at VMRUN. So settle.c makes that instruction a step, without interrupts. */
void event_keep_shadow(struct vcpu *vcpu);
/* Whether the next entry would lose the shadow. */
static inline bool event_loses_shadow(const struct vcpu *vcpu)
{
    return vcpu->svm.tcg && vcpu->svm.vmcb->interrupt_shadow & SHADOW;
}

/* INT3 has caused an exit: deliver it. */
void event_breakpoint(struct vcpu *vcpu);

/* INT1 has caused an exit, in a step: deliver its #DB. */
void event_int1(struct vcpu *vcpu);

/* INT n has caused an exit, or an instruction that svm_interrupt_met treats as one: deliver it. */
void event_interrupt_instruction(struct vcpu *vcpu, uint64_t event, uint64_t length);

/* After an exit: check whether a pending interrupt was delivered. */
void event_settle(struct vcpu *vcpu);

/* The interrupted event can't be delivered: raise one more exception. */
void event_fail_delivery(struct vcpu *vcpu);

#endif
