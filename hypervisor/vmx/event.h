/* SPDX-License-Identifier: BSD-2-Clause */
/* Events on their way into the guest, and the end of an emulated instruction. */
#ifndef VMX_EVENT_H
#define VMX_EVENT_H

#include "core/state.h"
#include "core/vcpu.h"
#include "cpu/x86.h"
#include "vmx/instructions.h"

#define VECTOR_DB  1
#define VECTOR_NMI 2
#define VECTOR_BP  3
#define VECTOR_UD  6
#define VECTOR_DF  8
#define VECTOR_GP  13
#define VECTOR_PF  14
#define VECTOR_AC  17
#define VECTOR_MC  18
#define VECTOR_VE  20

/* VM-entry and exit interruption information, IDT-vectoring information (SDM Vol. 3C 25.8.3). */
#define EVENT_VECTOR         0xffU
#define EVENT_TYPE           (7U << 8)
#define EVENT_TYPE_INTERRUPT 0U /* external */
#define EVENT_TYPE_NMI       (2U << 8)
#define EVENT_TYPE_EXCEPTION (3U << 8)
#define EVENT_TYPE_SOFTWARE  (4U << 8) /* from here on the instruction's length counts */
#define EVENT_TYPE_INT1      (5U << 8) /* privileged software exception */
#define EVENT_ERROR_CODE     (1U << 11)
#define EVENT_NMI_UNBLOCKED  (1U << 12)
#define EVENT_VALID          (1U << 31)

/*
 * Exceptions that leave the guest, for the exception bitmap.
 * Delivering #DB or #AC may raise it again, without end: nothing else would leave the guest then,
 * not by NMI nor by timer. (Xen: XSA-156.)
 */
#define EXCEPTIONS_EXITING (1U << VECTOR_MC | 1U << VECTOR_BP | 1U << VECTOR_DB | 1U << VECTOR_AC)

/* Pending debug exceptions, and the qualification of a #DB's exit: a trap by TF. */
#define PENDING_DEBUG_STEP (UINT64_C(1) << 14)
/* ... and what DR0 to DR3 have met. */
#define PENDING_DEBUG_MET UINT64_C(0xf)
#define PENDING_DEBUG_ON  (UINT64_C(1) << 12) /* of which DR7 has one switched on */

#define DEBUGCTL_BTF (UINT64_C(1) << 1) /* TF traps behind branches only */

#define BLOCKED_BY_STI    (1U << 0)
#define BLOCKED_BY_MOV_SS (1U << 1)
#define BLOCKED_BY_NMI    (1U << 3)

/* Have the next entry deliver an exception. The last event asked for counts. */
void event_raise(unsigned int vector);
void event_raise_error(unsigned int vector, uint32_t error_code);

/* Whether the next entry delivers an event. Each exit clears that (SDM Vol. 3C 28.2). */
static inline bool event_is_pending(void)
{
    return vmread(VMCS_ENTRY_EVENT) & EVENT_VALID;
}

/* An external interrupt is to be delivered: at the next entry, or when what the exit has
 * interrupted is taken up again. */
bool event_is_interrupt(const struct vcpu *vcpu);

/* An external interrupt's vector, past the APIC: only if the guest takes one now. HLT is left. */
bool event_takes_interrupt(const struct vcpu *vcpu);
void event_interrupt(uint8_t vector);

/*
 * For exits that can hit the delivery of another event: queue that event again (SDM Vol. 3C
 * 28.2.4, 33.2 for what an IRET had unblocked). True if there was one. `exit_event` is the word
 * whose bit 12 says that an IRET had unblocked NMIs: exit event or qualification.
 */
bool event_recover(uint64_t exit_event);

/* A #PF that the access of the exit is, after all: on top of what event_recover has found. */
void event_page_fault(struct vcpu *vcpu, uint64_t linear, uint32_t error_code);

/* The exit is about an exception that is the guest's, not #DB: have it delivered after all. */
void event_raise_again(void);
/* The same of a #DB. One that is a trap may have to wait for the end of the next instruction. */
void event_raise_debug(bool waits);
/* The exit is about a #DB, and about nothing but a trap behind one instruction. */
bool event_is_trap(void);

/* A machine check, which ends the run; or an NMI: that belongs to the guest, as soon as it takes
 * one. */
void event_nmi(struct vcpu *vcpu);
/* One that came while the hypervisor ran: from the exception's handler. */
void event_nmi_in_root(struct vcpu *vcpu);
/* Before an entry: that one has not been forgotten. */
void event_heed_nmi(struct vcpu *vcpu);
/* How many of the guest's have waited for a window: a number that grows. */
uint64_t event_nmis(const struct vcpu *vcpu);
/* The guest is to have an NMI, as soon as it takes one. */
void event_want_nmi(struct vcpu *vcpu);
/* An NMI exit leaves NMIs blocked until root mode executes an IRET: first of all, for who may
 * sleep. */
void event_unblock_nmis(void);
void event_nmi_window(struct vcpu *vcpu);

/* Effects of TF and RF at the end of an instruction. */
void event_finish_instruction(uint64_t rflags);

/* RIP has 32 bits outside of 64-bit mode: the CPU enters no guest with more (SDM Vol. 3C 27.3.1.4).
 */
uint64_t event_wrapped(uint64_t rip);

/* Go on at `rip`, where more ends with the instruction, or RIP wraps. */
void event_skip_to(uint64_t rip);

/* Go on behind the instruction that left the guest. Of what its end implies, all but a trap from
 * debug registers. */
static inline void event_skip(uint64_t length)
{
    uint64_t rip = vmread_sure(VMCS_GUEST_RIP) + length;

    if ((uint32_t)rip < length ||
        vmread_sure(VMCS_GUEST_INTERRUPTIBILITY) & (BLOCKED_BY_STI | BLOCKED_BY_MOV_SS) ||
        vmread_sure(VMCS_GUEST_RFLAGS) & (RFLAGS_TF | RFLAGS_RF)) {
        event_skip_to(rip);
        return;
    }
    vmwrite_sure(VMCS_GUEST_RIP, rip);
}

static inline void event_skip_instruction(void)
{
    event_skip(vmread_sure(VMCS_EXIT_LENGTH));
}

#endif
