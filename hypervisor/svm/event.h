/* SPDX-License-Identifier: BSD-2-Clause */
/* Events on their way into the guest. */
#ifndef SVM_EVENT_H
#define SVM_EVENT_H

#include "core/vendor.h"

/* Deliver an event, as the VMCB has them. That ends the shadow of STI or MOV SS. */
void event_deliver(struct vcpu *vcpu, uint64_t event);

/* Have the vCPU leave when it takes interrupts, if that is waited for: by a virtual IRQ, which is
 * never delivered. */
void event_load_window(struct vcpu *vcpu);

/* The APIC's interrupt, which has taken the vCPU out and which the guest can take: deliver it. */
void event_take_interrupt(struct vcpu *vcpu);

/* Before an entry, with GIF 0: deliver it, or see to an exit when it can be. */
void event_deliver_nmi(struct vcpu *vcpu);
/* The guest's NMI would be delivered now, if nothing else is to come first. */
bool event_nmi_is_next(struct vcpu *vcpu);
/* IRET of the guest's NMI handler has left the guest: the next instruction takes NMIs. */
void event_iret(struct vcpu *vcpu);

/* Have the vCPU leave the guest as soon as the event that is pending has been delivered, before the
 * first instruction of its handler: by an NMI to its own CPU. */
void event_exit_behind(struct vcpu *vcpu);

/* INT3 has left the guest: deliver it. */
void event_breakpoint(struct vcpu *vcpu);

/* INT n has left the guest, or what svm_interrupt_met takes for one: deliver it. */
void event_interrupt_instruction(struct vcpu *vcpu, uint64_t event, uint64_t length);

/* After an exit: what has become of an interrupt that was on its way. */
void event_settle(struct vcpu *vcpu);

/* What the exit has interrupted can't be delivered: that is one exception more. */
void event_fail_delivery(struct vcpu *vcpu);

#endif
