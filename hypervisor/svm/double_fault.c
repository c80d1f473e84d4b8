/* SPDX-License-Identifier: BSD-2-Clause */
/* Exceptions during the delivery that the exit has interrupted. */
#include "core/domain.h"
#include "core/life.h"
#include "svm/event.h"
#include "svm/svm.h"

static bool has_error_code(unsigned int vector)
{
    return vector == VECTOR_DF || (vector >= VECTOR_TS && vector <= VECTOR_PF) ||
           vector == VECTOR_AC || vector == VECTOR_CP;
}

/* The pairs that make a double fault (APM Vol. 2, table 8-3). */
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

/* The exception during whose delivery the exit came; or none, 32. */
static unsigned int interrupted_exception(const struct vmcb *vmcb)
{
    uint64_t event = vmcb->exit_event;
    unsigned int vector = event & SVM_EVENT_VECTOR;

    return event & SVM_EVENT_VALID && (event & SVM_EVENT_TYPE) == SVM_EVENT_EXCEPTION &&
                   vector != VECTOR_NMI && vector < EXCEPTION_COUNT
               ? vector
               : EXCEPTION_COUNT;
}

/* Combine the exception with the interrupted one. True if the result is another exception. */
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
        guest_set_cr2(vcpu, vmcb->exit_info2);
    }
    if (vector == VECTOR_BP) {
        event_breakpoint(vcpu);
    } else if (has_error_code(vector)) {
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

void event_page_fault(struct vcpu *vcpu, uint64_t linear, uint32_t error_code)
{
    if (!combine(vcpu, VECTOR_PF)) {
        guest_set_cr2(vcpu, linear);
        event_raise_error(vcpu, VECTOR_PF, error_code);
    }
}
