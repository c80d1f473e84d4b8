/* SPDX-License-Identifier: BSD-2-Clause */
#include "svm/event.h"

#include "core/domain.h"
#include "core/kick.h"
#include "core/life.h"
#include "svm/step.h"
#include "svm/svm.h"
#include "x86/apic.h"

#define INT_LENGTH  2 /* INT n */
#define INT3_LENGTH 1

/* Delivering ends the shadow of STI or MOV SS. */
static void deliver(struct vcpu *vcpu, uint64_t event)
{
    vcpu->svm.vmcb->event = SVM_EVENT_VALID | event;
    vcpu->svm.vmcb->interrupt_shadow &= ~SHADOW;
}

void event_raise(struct vcpu *vcpu, unsigned int vector)
{
    deliver(vcpu, SVM_EVENT_EXCEPTION | vector);
}

/* In real mode exceptions have no error codes. */
void event_raise_error(struct vcpu *vcpu, unsigned int vector, uint32_t error_code)
{
    uint64_t error = SVM_EVENT_ERROR_CODE | (uint64_t)error_code << SVM_EVENT_ERROR_SHIFT;

    deliver(vcpu, SVM_EVENT_EXCEPTION | vector | (vcpu->svm.vmcb->cr0 & CR0_PE ? error : 0));
}

/* On its way it is looked after at each exit. */
void event_settle(struct vcpu *vcpu)
{
    if (vcpu->svm.interrupts && !(vcpu->svm.vmcb->virtual_interrupt & VIRTUAL_IRQ)) {
        vcpu->svm.interrupts = false;
        event_load_interrupt(vcpu);
    }
    if (!vendor_delivers(vcpu)) {
        vcpu->svm.software_next = 0;
    }
    vcpu->svm.unsettled = vcpu->svm.interrupts || vcpu->svm.software_next;
}

static bool has_error_code(unsigned int vector)
{
    return vector == VECTOR_DF || (vector >= VECTOR_TS && vector <= VECTOR_PF) ||
           vector == VECTOR_AC || vector == VECTOR_CP;
}

/* What makes a double fault of two (APM Vol. 2, table 8-3). */
static bool is_contributory(unsigned int vector)
{
    return vector == VECTOR_DE || (vector >= VECTOR_TS && vector <= VECTOR_GP) ||
           vector == VECTOR_CP;
}

static bool make_double_fault(unsigned int first, unsigned int second)
{
    return (is_contributory(first) && is_contributory(second)) ||
           (first == VECTOR_PF && (is_contributory(second) || second == VECTOR_PF));
}

/* The exception in whose delivery the exit has come; or none, 32. */
static unsigned int interrupted_exception(const struct vmcb *vmcb)
{
    uint64_t event = vmcb->exit_event;
    unsigned int vector = event & SVM_EVENT_VECTOR;

    return event & SVM_EVENT_VALID && (event & SVM_EVENT_TYPE) == SVM_EVENT_EXCEPTION &&
                   vector != VECTOR_NMI && vector < EXCEPTION_COUNT
               ? vector
               : EXCEPTION_COUNT;
}

/* On top of what the exit has interrupted. True if that has made something else of it. */
static bool combine(struct vcpu *vcpu, unsigned int vector)
{
    unsigned int first = interrupted_exception(vcpu->svm.vmcb);

    if (first == VECTOR_DF) {
        vcpu->svm.vmcb->event = 0;
        life_triple_fault(vcpu);
        return true;
    }
    if (make_double_fault(first, vector)) {
        event_raise_error(vcpu, VECTOR_DF, 0);
        return true;
    }
    return false;
}

void event_raise_again(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;
    unsigned int vector = EXCEPTION_OF(vmcb->exit_code);

    if (combine(vcpu, vector)) {
        return;
    }
    if (vector == VECTOR_PF) {
        vmcb->cr2 = vmcb->exit_info2;
    } else if (vector == VECTOR_BP) {
        vmcb->rip = vmcb->next_rip ? vmcb->next_rip : vmcb->rip + INT3_LENGTH;
    }
    if (has_error_code(vector)) {
        event_raise_error(vcpu, vector, (uint32_t)vmcb->exit_info1);
    } else {
        event_raise(vcpu, vector);
    }
}

void event_fail_delivery(struct vcpu *vcpu)
{
    unsigned int first = interrupted_exception(vcpu->svm.vmcb);

    if (first == VECTOR_DF) {
        life_triple_fault(vcpu);
    } else {
        event_raise_error(vcpu, first < EXCEPTION_COUNT ? VECTOR_DF : VECTOR_GP, 0);
    }
}

void event_raise_debug(struct vcpu *vcpu)
{
    event_raise(vcpu, VECTOR_DB);
}

void event_page_fault(struct vcpu *vcpu, uint64_t linear, uint32_t error_code)
{
    if (!combine(vcpu, VECTOR_PF)) {
        vcpu->svm.vmcb->cr2 = linear;
        event_raise_error(vcpu, VECTOR_PF, error_code);
    }
}

void event_load_interrupt(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;
    bool window = vcpu->svm.window && !vcpu->svm.interrupts;
    uint64_t rest = vmcb->virtual_interrupt & (VIRTUAL_MASKING | VIRTUAL_TPR);

    if (vcpu->svm.interrupts || window) {
        rest |=
            VIRTUAL_IRQ | VIRTUAL_IRQ_HIGH | VIRTUAL_IRQ_NO_TPR | VIRTUAL_VECTOR(vcpu->svm.vector);
    }
    vmcb->virtual_interrupt = rest;
    vmcb->intercepts[3] =
        window ? vmcb->intercepts[3] | INTERCEPT_VINTR : vmcb->intercepts[3] & ~INTERCEPT_VINTR;
}

/* By the virtual IRQ: QEMU 7.2 may deliver an external interrupt twice that EVENTINJ has. */
void event_interrupt(struct vcpu *vcpu, uint8_t vector)
{
    guest_wake(vcpu);
    vcpu->svm.interrupts = vcpu->svm.unsettled = true;
    vcpu->svm.vector = vector;
    event_load_interrupt(vcpu);
}

void event_interrupt_window(struct vcpu *vcpu, bool on)
{
    vcpu->svm.window = on;
    event_load_interrupt(vcpu);
}

bool event_takes_interrupt(const struct vcpu *vcpu)
{
    const struct vmcb *vmcb = vcpu->svm.vmcb;

    return vmcb->rflags & RFLAGS_IF && !event_is_pending(vcpu) && !vcpu->svm.interrupts &&
           !vcpu->step.active && !(vmcb->interrupt_shadow & SHADOW);
}

/* QEMU 7.2 calls external interrupts and NMIs exceptions here. */
static uint64_t type_of(uint64_t event)
{
    uint64_t vector = event & SVM_EVENT_VECTOR, type = event & SVM_EVENT_TYPE;

    if (type != SVM_EVENT_EXCEPTION) {
        return type;
    }
    return vector == VECTOR_NMI        ? SVM_EVENT_NMI
           : vector >= EXCEPTION_COUNT ? SVM_EVENT_INTERRUPT
                                       : SVM_EVENT_EXCEPTION;
}

bool event_is_interrupt(const struct vcpu *vcpu)
{
    uint64_t event = vcpu->svm.vmcb->exit_event;

    return vcpu->svm.interrupts ||
           (event & SVM_EVENT_VALID && type_of(event) == SVM_EVENT_INTERRUPT);
}

/* INT n, or INT3: RIP is still at it, where it faulted. */
static void deliver_software(struct vcpu *vcpu, uint64_t event, uint64_t length)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;

    if (!vcpu->svm.software_next || vmcb->rip != vcpu->svm.software_next) {
        vmcb->rip = vmcb->next_rip ? vmcb->next_rip : vmcb->rip + length;
        vcpu->svm.software_next = vmcb->rip;
        vcpu->svm.unsettled = true;
    }
    deliver(vcpu, event);
}

bool event_recover(struct vcpu *vcpu, uint64_t exit_event)
{
    uint64_t event = vcpu->svm.vmcb->exit_event, type = type_of(event);

    (void)exit_event;
    if (!(event & SVM_EVENT_VALID)) {
        return false;
    }
    if (type == SVM_EVENT_INTERRUPT) {
        event_interrupt(vcpu, (uint8_t)event);
    } else if (type == SVM_EVENT_NMI) {
        deliver(vcpu, SVM_EVENT_NMI | VECTOR_NMI);
    } else if (type == SVM_EVENT_SOFTWARE) {
        deliver_software(vcpu, event, INT_LENGTH);
    } else if ((event & SVM_EVENT_VECTOR) == VECTOR_BP) {
        deliver_software(vcpu, event, INT3_LENGTH);
    } else {
        deliver(vcpu, event);
    }
    return true;
}

/* NMIs. The exit of one leaves it pending until STGI (APM Vol. 2 15.21.7): exit.S executes that at
 * once, and the handler of root mode counts it, as if it had come there. */

void event_nmi_in_root(struct vcpu *vcpu)
{
    if (!kick_takes_nmi(vcpu)) {
        vcpu->nmi_pending = true;
        vcpu->attention = true;
    }
}

void event_want_nmi(struct vcpu *vcpu)
{
    vcpu->nmi_wanted = true;
    vcpu->svm.busy = true;
}

void event_heed_nmi(struct vcpu *vcpu)
{
    if (vcpu->nmi_pending) {
        vcpu->nmi_pending = false;
        event_want_nmi(vcpu);
    }
}

/* Delivered ones are counted where VT-x counts their windows. */
uint64_t event_nmis(const struct vcpu *vcpu)
{
    return vcpu->exit_counts[REASON_NMI_WINDOW];
}

/* The IRET that ends the mask has been executed. */
static void look_for_return(struct vcpu *vcpu)
{
    if (vcpu->svm.nmi_returns && vcpu->svm.vmcb->rip != vcpu->svm.nmi_return) {
        vcpu->svm.nmi_returns = vcpu->svm.nmi_masked = false;
    }
}

void event_deliver_nmi(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;

    look_for_return(vcpu);
    if (event_is_pending(vcpu)) {
        event_exit_behind(vcpu);
    } else if (vmcb->interrupt_shadow & SHADOW || vcpu->svm.nmi_returns) {
        svm_step_once(vcpu);
    } else if (!vcpu->svm.nmi_masked) {
        vcpu->nmi_wanted = false;
        vcpu->svm.nmi_masked = true;
        vmcb->intercepts[3] |= INTERCEPT_IRET;
        guest_wake(vcpu);
        deliver(vcpu, SVM_EVENT_NMI | VECTOR_NMI);
        vcpu->exit_counts[REASON_NMI_WINDOW]++;
        return;
    }
    vcpu->svm.busy = true; /* or IRET leaves the guest first */
}

void event_iret(struct vcpu *vcpu)
{
    vcpu->svm.vmcb->intercepts[3] &= ~INTERCEPT_IRET;
    vcpu->svm.nmi_returns = true;
    vcpu->svm.nmi_return = vcpu->svm.vmcb->rip;
    vcpu->svm.busy = true;
}

void event_exit_behind(struct vcpu *vcpu)
{
    kick_self(vcpu);
}

/* The end of an instruction that was emulated. */
void event_skip_to(struct vcpu *vcpu, uint64_t rip)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;
    bool traps = vmcb->rflags & RFLAGS_TF;

    vmcb->rip = vmcb_rights(vmcb->cs.attributes) & RIGHTS_LONG && vmcb->efer & EFER_LMA
                    ? rip
                    : (uint32_t)rip;
    vmcb->rflags &= ~RFLAGS_RF;
    vmcb->interrupt_shadow &= ~SHADOW;
    if (traps && !event_is_pending(vcpu)) {
        vmcb->dr6 |= DR6_STEP;
        event_raise(vcpu, VECTOR_DB);
    }
}

/* What is held off here is an interrupt, never a trap: the CPU leaves none pending at an exit. */

void blocking_forget_trap(struct vcpu *vcpu)
{
    (void)vcpu;
}

void blocking_end(struct vcpu *vcpu)
{
    vcpu->svm.vmcb->interrupt_shadow &= ~SHADOW;
}
