/* SPDX-License-Identifier: BSD-2-Clause */
/* Events on their way into the guest, and the end of an emulated instruction. */
#ifndef VMX_EVENT_H
#define VMX_EVENT_H

#include "core/vendor.h"
#include "x86/x86.h"

/* VM-entry and exit interruption information, IDT-vectoring information (SDM Vol. 3C 25.8.3). */
#define EVENT_TYPE_INTERRUPT 0U        /* external */
#define EVENT_TYPE_SOFTWARE  (4U << 8) /* from here on the instruction's length counts */
#define EVENT_TYPE_INT1      (5U << 8) /* privileged software exception */
#define EVENT_ERROR_CODE     (1U << 11)
#define EVENT_NMI_UNBLOCKED  (1U << 12)

/*
 * Exceptions that cause exits, for the exception bitmap. Delivering #DB or #AC may raise the same
 * exception without end. Without the intercept no exit would come then, not even by NMI or timer.
 * (Xen: XSA-156.)
 */
#define EXCEPTIONS_EXITING (1U << VECTOR_MC | 1U << VECTOR_BP | 1U << VECTOR_DB | 1U << VECTOR_AC)

/* Pending debug exceptions, and the qualification of a #DB's exit: a trap by TF. */
#define PENDING_DEBUG_STEP (UINT64_C(1) << 14)
/* ... and the matches of DR0 to DR3. */
#define PENDING_DEBUG_MET UINT64_C(0xf)
#define PENDING_DEBUG_ON  (UINT64_C(1) << 12) /* of which DR7 has one switched on */

#define DEBUGCTL_BTF (UINT64_C(1) << 1) /* TF traps after branches only */

/* Deliver the exit's #DB, as event_raise_again does with other exceptions. A trap may have to wait
 * for the end of the next instruction. */
void event_raise_debug(struct vcpu *vcpu, bool waits);
/* The exit is a #DB, and only a trap after one instruction. */
bool event_is_trap(void);

/* A machine check, which ends the run; or an NMI, which the guest gets as soon as it takes one. */
void event_nmi(struct vcpu *vcpu);
/* An NMI exit leaves NMIs blocked until root mode executes an IRET. Call this first, before code
 * that may sleep. */
void event_unblock_nmis(void);
void event_nmi_window(struct vcpu *vcpu);

/* Effects of TF and RF at the end of an instruction. */
void event_finish_instruction(uint64_t rflags);

/* RIP has 32 bits outside of 64-bit mode: the CPU enters no guest with more (SDM Vol. 3C 27.3.1.4).
 */
uint64_t event_wrapped(uint64_t rip);

#endif
