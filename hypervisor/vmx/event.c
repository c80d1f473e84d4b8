/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/event.h"

#include "base/debug.h"
#include "core/domain.h"
#include "run/bell.h"
#include "vmx/vmx.h"
#include "x86/tables.h"
#include "x86/x86.h"

#include <stddef.h>

#define DEBUGCTL_LBR (UINT64_C(1) << 0)

/* DR6 and the qualification of a #DB (SDM Vol. 3B 18.2.3, 3C 28.2.1). */
#define DEBUG_MET    UINT64_C(0xf)        /* B0 to B3: the breakpoints of this #DB */
#define DEBUG_STICKY UINT64_C(0x6000)     /* BD, BS: only software clears them */
#define DEBUG_LOW    UINT64_C(0x00010800) /* RTM, BLD: inverted in DR6 */
#define DEBUG_RTM    UINT64_C(0x00010000)
#define DEBUG_ACCESS UINT64_C(0x2000)

#define DR7_GENERAL_DETECT (UINT64_C(1) << 13)

/*
 * Delivering an event ends the blocking by STI or MOV SS, and drops pending debug exceptions (SDM
 * Vol. 3C 27.7.1, 27.7.3). Blocking that stays could fail the entry: with TF a trap must be pending
 * (27.3.1.5), which no exit by an exception or an instruction notes. Only after INT1 do MOV SS's
 * debug exceptions still come.
 */
static void end_blocking(uint32_t type)
{
    uint64_t blocked = vmread(VMCS_GUEST_INTERRUPTIBILITY);
    uint64_t ends = BLOCKED_BY_STI | BLOCKED_BY_MOV_SS;

    if (!(blocked & ends)) {
        return;
    }
    if (type == EVENT_TYPE_INT1 && vmread(VMCS_GUEST_PENDING_DEBUG) & PENDING_DEBUG_MET) {
        ends = BLOCKED_BY_STI;
        event_finish_instruction(vmread(VMCS_GUEST_RFLAGS));
    }
    vmwrite(VMCS_GUEST_INTERRUPTIBILITY, blocked & ~ends);
}

void event_raise(struct vcpu *vcpu, unsigned int vector)
{
    (void)vcpu;
    end_blocking(EVENT_TYPE_EXCEPTION);
    vmwrite(VMCS_ENTRY_EVENT, EVENT_VALID | EVENT_TYPE_EXCEPTION | vector);
}

/* In real mode exceptions have no error codes (SDM Vol. 3C 27.2.1.3). */
void event_raise_error(struct vcpu *vcpu, unsigned int vector, uint32_t error_code)
{
    if (!(vmread(VMCS_GUEST_CR0) & CR0_PE)) {
        event_raise(vcpu, vector);
        return;
    }
    end_blocking(EVENT_TYPE_EXCEPTION);
    vmwrite(VMCS_ENTRY_EVENT, EVENT_VALID | EVENT_TYPE_EXCEPTION | EVENT_ERROR_CODE | vector);
    vmwrite(VMCS_ENTRY_ERROR_CODE, error_code);
}

/* An event would drop pending debug exceptions (SDM Vol. 3C 27.7.3). */
bool event_takes_interrupt(const struct vcpu *vcpu)
{
    return vmread(VMCS_GUEST_RFLAGS) & RFLAGS_IF && !event_is_pending(vcpu) && !vcpu->step.active &&
           !(vmread(VMCS_GUEST_INTERRUPTIBILITY) & (BLOCKED_BY_STI | BLOCKED_BY_MOV_SS)) &&
           !vmread(VMCS_GUEST_PENDING_DEBUG);
}

static bool is_interrupt(uint64_t event)
{
    return event & EVENT_VALID && (event & EVENT_TYPE) == EVENT_TYPE_INTERRUPT;
}

bool event_is_interrupt(const struct vcpu *vcpu)
{
    (void)vcpu;
    return is_interrupt(vmread(VMCS_ENTRY_EVENT)) || is_interrupt(vmread(VMCS_VECTORING_EVENT));
}

void event_interrupt(struct vcpu *vcpu, uint8_t vector)
{
    (void)vcpu;
    vmwrite(VMCS_GUEST_ACTIVITY, 0);
    vmwrite(VMCS_ENTRY_EVENT, EVENT_VALID | EVENT_TYPE_INTERRUPT | vector);
}

static void set_nmi_blocking(bool blocked)
{
    uint64_t now = vmread(VMCS_GUEST_INTERRUPTIBILITY);

    vmwrite(VMCS_GUEST_INTERRUPTIBILITY,
            blocked ? now | BLOCKED_BY_NMI : now & ~(uint64_t)BLOCKED_BY_NMI);
}

/*
 * Deliver the event of the exit once more. Bochs 2.7 reports error codes in real mode as well, but
 * enters no guest with one.
 */
static void inject(uint32_t event, enum vmcs_field error_code)
{
    if (!(vmread(VMCS_GUEST_CR0) & CR0_PE)) {
        event &= ~EVENT_ERROR_CODE;
    }
    end_blocking(event & EVENT_TYPE);
    vmwrite(VMCS_ENTRY_EVENT, event & ~EVENT_NMI_UNBLOCKED);
    if (event & EVENT_ERROR_CODE) {
        vmwrite(VMCS_ENTRY_ERROR_CODE, vmread(error_code));
    }
    if ((event & EVENT_TYPE) >= EVENT_TYPE_SOFTWARE) {
        vmwrite(VMCS_ENTRY_LENGTH, vmread(VMCS_EXIT_LENGTH));
    }
}

bool event_recover(struct vcpu *vcpu, uint64_t exit_event)
{
    uint32_t vectoring = (uint32_t)vmread(VMCS_VECTORING_EVENT);

    (void)vcpu;
    if (!(vectoring & EVENT_VALID)) {
        if (exit_event & EVENT_NMI_UNBLOCKED) {
            set_nmi_blocking(true); /* the IRET did not complete: it will run again */
        }
        return false;
    }
    inject(vectoring, VMCS_VECTORING_ERROR_CODE);
    if ((vectoring & EVENT_TYPE) == EVENT_TYPE_NMI) {
        set_nmi_blocking(false); /* injecting it again blocks again */
    }
    return true;
}

/* A #DB that causes an exit changes no register (SDM Vol. 3C 28.1), nor does an injected one. So
 * make the changes that the CPU makes otherwise. */
static void note_debug(uint64_t bits)
{
    uint64_t debugctl = vmread(VMCS_GUEST_DEBUGCTL), dr6 = read_dr6();

    dr6 = (dr6 & ~DEBUG_MET) | DEBUG_RTM | (bits & (DEBUG_MET | DEBUG_STICKY));
    write_dr6(dr6 & ~(bits & DEBUG_LOW));
    if (bits & DEBUG_ACCESS) {
        vmwrite(VMCS_GUEST_DR7, vmread(VMCS_GUEST_DR7) & ~DR7_GENERAL_DETECT);
    }
    if (debugctl & (DEBUGCTL_LBR | DEBUGCTL_BTF)) {
        vmwrite(VMCS_GUEST_DEBUGCTL, debugctl & ~(DEBUGCTL_LBR | DEBUGCTL_BTF));
    }
}

/* The exceptions that can come here during the delivery of another make no double fault with it
 * (SDM Vol. 3A table 6-5). */
static bool is_benign(unsigned int vector)
{
    return vector == VECTOR_DB || vector == VECTOR_BP || vector == VECTOR_UD || vector == VECTOR_AC;
}

/* Of two exceptions deliver the second: the first comes again when its instruction runs again. */
void event_raise_again(struct vcpu *vcpu)
{
    uint32_t event = (uint32_t)vmread(VMCS_EXIT_EVENT);

    (void)vcpu;
    debug_assert(is_benign(event & EVENT_VECTOR) ||
                 (vmread(VMCS_VECTORING_EVENT) & (EVENT_VALID | EVENT_TYPE)) !=
                     (EVENT_VALID | EVENT_TYPE_EXCEPTION));
    if ((event & EVENT_VECTOR) == VECTOR_PF) {
        write_cr2(vmread(VMCS_QUALIFICATION));
    }
    inject(event, VMCS_EXIT_ERROR_CODE);
}

/* INT1 does not change DR6. */
void event_raise_debug(struct vcpu *vcpu, bool waits)
{
    uint64_t bits = vmread(VMCS_QUALIFICATION);
    bool trap = (vmread(VMCS_EXIT_EVENT) & EVENT_TYPE) != EVENT_TYPE_INT1;

    if (trap && waits) {
        bits &= PENDING_DEBUG_STEP | PENDING_DEBUG_MET;
        vmwrite(VMCS_GUEST_PENDING_DEBUG, bits | (bits & PENDING_DEBUG_MET ? PENDING_DEBUG_ON : 0));
        return;
    }
    if (trap) {
        note_debug(bits);
    }
    event_raise_again(vcpu);
}

bool event_is_trap(void)
{
    uint32_t event = (uint32_t)vmread(VMCS_EXIT_EVENT);

    return (event & EVENT_VECTOR) == VECTOR_DB && (event & EVENT_TYPE) != EVENT_TYPE_INT1 &&
           (vmread(VMCS_QUALIFICATION) & (DEBUG_MET | DEBUG_STICKY)) == PENDING_DEBUG_STEP;
}

void event_unblock_nmis(void)
{
    uint64_t scratch;

    __asm__ volatile("mov %%ss, %0\n\t"
                     "push %0\n\t"
                     "lea 8(%%rsp), %0\n\t"
                     "push %0\n\t"
                     "pushf\n\t"
                     "mov %%cs, %0\n\t"
                     "push %0\n\t"
                     "lea 1f(%%rip), %0\n\t"
                     "push %0\n\t"
                     "iretq\n\t"
                     "1:"
                     : "=&r"(scratch)
                     :
                     : "memory", "cc");
}

void event_want_nmi(struct vcpu *vcpu)
{
    vcpu->nmi_wanted = true;
    vmx_set_processor(vcpu, PROCESSOR_NMI_WINDOW, true);
}

void event_nmi(struct vcpu *vcpu)
{
    if (vcpu->rewritten != RESTARTED) {
        event_recover(vcpu, vmread(VMCS_EXIT_EVENT));
    }
}

/*
 * May run between any two instructions of the hypervisor, and runs after an NMI's exit. It writes
 * the VMCS field as well, in case the next instruction is the entry. event_want_nmi updates the
 * copy in processor_controls.
 */
void event_nmi_in_root(struct vcpu *vcpu)
{
    if (!bell_takes_nmi(vcpu)) {
        vcpu->nmi_pending = true;
        vcpu->attention = true;
        vmwrite(VMCS_PROCESSOR_CONTROLS, vcpu->vmx.processor_controls | PROCESSOR_NMI_WINDOW);
    }
}

void event_nmi_window(struct vcpu *vcpu)
{
    bool wanted = __atomic_exchange_n(&vcpu->nmi_pending, false, __ATOMIC_SEQ_CST);

    wanted |= vcpu->nmi_wanted;
    vcpu->nmi_wanted = false;
    vcpu->vmx.processor_controls |=
        PROCESSOR_NMI_WINDOW; /* event_nmi_in_root may have set the field */
    vmx_set_processor(vcpu, PROCESSOR_NMI_WINDOW, false);
    if (wanted) {
        vmwrite(VMCS_ENTRY_EVENT, EVENT_VALID | EVENT_TYPE_NMI | VECTOR_NMI);
    }
}

uint64_t event_wrapped(uint64_t rip)
{
    return vmread(VMCS_GUEST_CS_RIGHTS) & RIGHTS_LONG ? rip : (uint32_t)rip;
}

void event_finish_instruction(uint64_t rflags)
{
    vmwrite(VMCS_GUEST_RFLAGS, rflags & ~RFLAGS_RF);
    if (rflags & RFLAGS_TF && !(vmread(VMCS_GUEST_DEBUGCTL) & DEBUGCTL_BTF)) {
        vmwrite(VMCS_GUEST_PENDING_DEBUG, vmread(VMCS_GUEST_PENDING_DEBUG) | PENDING_DEBUG_STEP);
    }
}

void event_skip_to(uint64_t rip)
{
    uint64_t blocked = vmread(VMCS_GUEST_INTERRUPTIBILITY);
    uint64_t rflags = vmread(VMCS_GUEST_RFLAGS);

    vmwrite(VMCS_GUEST_RIP, event_wrapped(rip));
    if (blocked & (BLOCKED_BY_STI | BLOCKED_BY_MOV_SS)) {
        vmwrite(VMCS_GUEST_INTERRUPTIBILITY, blocked & ~(BLOCKED_BY_STI | BLOCKED_BY_MOV_SS));
    }
    if (rflags & (RFLAGS_TF | RFLAGS_RF)) {
        event_finish_instruction(rflags);
    }
}
