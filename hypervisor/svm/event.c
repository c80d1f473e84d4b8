/* SPDX-License-Identifier: BSD-2-Clause */
#include "svm/event.h"

#include "core/domain.h"
#include "core/vcpu_view.h"
#include "svm/step.h"
#include "svm/svm.h"
#include "x86/tables.h"

#define INT_LENGTH  2 /* INT n */
#define INT1_LENGTH 1
#define INT3_LENGTH 1

/* Exceptions that return to the instruction after theirs, and those that do not return: all others
 * are faults. */
#define NO_FAULTS                                                                                  \
    (INTERCEPT_EXCEPTION(VECTOR_DB) | INTERCEPT_EXCEPTION(VECTOR_NMI) |                            \
     INTERCEPT_EXCEPTION(VECTOR_BP) | INTERCEPT_EXCEPTION(VECTOR_OF) |                             \
     INTERCEPT_EXCEPTION(VECTOR_DF) | INTERCEPT_EXCEPTION(VECTOR_MC))

/* The handler of a fault finds RF among the flags, so that the instruction's breakpoint, if it has
 * one, does not come again. The CPU sets it only where it delivers the fault itself. */
static bool is_fault(uint64_t event)
{
    uint64_t vector = event & SVM_EVENT_VECTOR;

    return (event & SVM_EVENT_TYPE) == SVM_EVENT_EXCEPTION && vector < EXCEPTION_COUNT &&
           !(NO_FAULTS >> vector & 1);
}

/* If a step has begun within this exit, because a monitor has asked for one, settle.c undoes it. */
void event_deliver(struct vcpu *vcpu, uint64_t event)
{
    vcpu->svm.busy |= vcpu->svm.step.on;
    vcpu->svm.vmcb->event = SVM_EVENT_VALID | event;
    vcpu->svm.vmcb->interrupt_shadow &= ~SHADOW;
    vcpu->svm.vmcb->rflags |= is_fault(event) ? RFLAGS_RF : 0;
}

/* The CPU clears DR7.GD as it delivers #DB, but not one that is injected (APM Vol. 2 13.1.1.5). */
void event_raise(struct vcpu *vcpu, unsigned int vector)
{
    if (vector == VECTOR_DB) {
        vcpu->svm.vmcb->dr7 &= ~DR7_GENERAL_DETECT;
    }
    event_deliver(vcpu, SVM_EVENT_EXCEPTION | vector);
}

/* In real mode exceptions have no error codes. */
void event_raise_error(struct vcpu *vcpu, unsigned int vector, uint32_t error_code)
{
    uint64_t error = SVM_EVENT_ERROR_CODE | (uint64_t)error_code << SVM_EVENT_ERROR_SHIFT;

    event_deliver(vcpu, SVM_EVENT_EXCEPTION | vector | (vcpu->svm.vmcb->cr0 & CR0_PE ? error : 0));
}

/* Until it is delivered, each exit checks it. */
void event_settle(struct vcpu *vcpu)
{
    if (!vendor_delivers(vcpu)) {
        vcpu->svm.software_next = 0;
    }
    vcpu->svm.unsettled = vcpu->svm.software_next;
}

/* The APIC's interrupt would come before the virtual one, and into a step. So while a virtual
 * interrupt or a step waits, both cause exits. */
void event_load_window(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;
    const struct svm_step *step = &vcpu->svm.step;
    bool window = vcpu->svm.window && !step->alone;

    vmcb->virtual_interrupt &= VIRTUAL_MASKING | VIRTUAL_TPR;
    vmcb->intercepts[3] &= ~(INTERCEPT_VINTR | INTERCEPT_INTR);
    if (window) {
        vmcb->virtual_interrupt |= VIRTUAL_IRQ | VIRTUAL_IRQ_HIGH | VIRTUAL_IRQ_NO_TPR;
        vmcb->intercepts[3] |= INTERCEPT_VINTR;
    }
    if (window || (step->on && !step->alone)) {
        vmcb->intercepts[3] |= INTERCEPT_INTR;
    }
}

void event_interrupt_window(struct vcpu *vcpu, bool on)
{
    vcpu->svm.window = on;
    event_load_window(vcpu);
}

/* QEMU 7.2 may deliver one twice, as if it were an exception, unless an exit comes before the
 * handler's first instruction. */
void event_interrupt(struct vcpu *vcpu, uint8_t vector)
{
    guest_wake(vcpu);
    event_deliver(vcpu, SVM_EVENT_INTERRUPT | vector);
    if (vcpu->svm.tcg) {
        event_exit_behind(vcpu);
    }
}

void event_take_interrupt(struct vcpu *vcpu)
{
    int vector = cpu_take_interrupt();

    if (vector >= 0) {
        event_interrupt(vcpu, (uint8_t)vector);
    }
}

/* Before a step that is lent nothing it is delivered first (settle.c). */
bool event_takes_interrupt(const struct vcpu *vcpu)
{
    const struct vmcb *vmcb = vcpu->svm.vmcb;

    return vmcb->rflags & RFLAGS_IF && !event_is_pending(vcpu) && !vcpu_is_in_step(vcpu) &&
           !(vmcb->interrupt_shadow & SHADOW);
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

/* An NMI may look like one: nmi.c. */
static bool is_interrupt(const struct vcpu *vcpu, uint64_t event)
{
    bool nmi = vcpu->svm.nmi_masked && (event & SVM_EVENT_VECTOR) == VECTOR_NMI;

    return event & SVM_EVENT_VALID && type_of(event) == SVM_EVENT_INTERRUPT && !nmi;
}

bool event_is_interrupt(const struct vcpu *vcpu)
{
    const struct vmcb *vmcb = vcpu->svm.vmcb;

    return is_interrupt(vcpu, vmcb->event) || is_interrupt(vcpu, vmcb->exit_event);
}

/* Go on after an instruction whose exit is that of a fault. */
static void go_behind(struct vcpu *vcpu, uint64_t length)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;

    vmcb->rip = vmcb->next_rip ? vmcb->next_rip : vmcb->rip + length;
}

/* Make the handler return to RIP. A CPU that saves the next RIP uses the VMCB's field. Any other
 * does not touch the field, which must stay 0. */
static void return_here(struct vcpu *vcpu)
{
    if (vcpu->domain->boot->cpu.svm.nrip_save) {
        vcpu->svm.vmcb->next_rip = vcpu->svm.vmcb->rip;
    }
}

/* INT n, or INT3: RIP is still at it, where it faulted; or after it, if its delivery has found a
 * restricted page. */
static void deliver_software(struct vcpu *vcpu, uint64_t event, uint64_t length)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;

    if (!vcpu->svm.software_next || vmcb->rip != vcpu->svm.software_next) {
        go_behind(vcpu, length);
        vcpu->svm.software_next = vmcb->rip;
        vcpu->svm.unsettled = true;
    }
    return_here(vcpu);
    event_deliver(vcpu, event);
}

/* QEMU 7.2 does not tell where they end. They may have prefixes. */
static uint64_t software_length(struct vcpu *vcpu, uint64_t least)
{
    uint64_t length = vcpu->svm.vmcb->next_rip ? 0 : svm_interrupt_length(vcpu);

    return length ? length : least;
}

void event_breakpoint(struct vcpu *vcpu)
{
    deliver_software(vcpu, SVM_EVENT_EXCEPTION | VECTOR_BP, software_length(vcpu, INT3_LENGTH));
}

/* It sets no bit of DR6. */
void event_int1(struct vcpu *vcpu)
{
    vcpu->svm.vmcb->dr7 &= ~DR7_GENERAL_DETECT;
    deliver_software(vcpu, SVM_EVENT_EXCEPTION | VECTOR_DB, software_length(vcpu, INT1_LENGTH));
}

void event_interrupt_instruction(struct vcpu *vcpu, uint64_t event, uint64_t length)
{
    deliver_software(vcpu, event, length);
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
        event_deliver(vcpu, SVM_EVENT_NMI | VECTOR_NMI);
    } else if (type == SVM_EVENT_SOFTWARE) {
        deliver_software(vcpu, event, software_length(vcpu, INT_LENGTH)); /* QEMU: INT3, INTO too */
    } else if ((event & SVM_EVENT_VECTOR) == VECTOR_BP) {
        event_breakpoint(vcpu);
    } else {
        event_deliver(vcpu, event);
    }
    return true;
}

void event_exit_behind(struct vcpu *vcpu)
{
    vcpu->svm.exits_behind = vcpu->svm.busy = true;
}

void event_keep_shadow(struct vcpu *vcpu)
{
    vcpu->svm.busy |= event_loses_shadow(vcpu);
}

/* The vCPU has executed the IRET that ends the mask. */
static void look_for_return(struct vcpu *vcpu)
{
    if (vcpu->svm.nmi_returns && vcpu->svm.vmcb->rip != vcpu->svm.nmi_return) {
        vcpu->svm.nmi_returns = vcpu->svm.nmi_masked = false;
    }
}

bool event_nmi_is_next(struct vcpu *vcpu)
{
    look_for_return(vcpu);
    return vcpu->nmi_wanted && !vcpu->svm.nmi_masked && !vcpu->svm.nmi_returns &&
           !event_is_pending(vcpu) && !(vcpu->svm.vmcb->interrupt_shadow & SHADOW);
}

/* The shadow delays interrupts here, never a trap: the CPU leaves no trap pending at an exit. */

void blocking_forget_trap(struct vcpu *vcpu)
{
    (void)vcpu;
}
