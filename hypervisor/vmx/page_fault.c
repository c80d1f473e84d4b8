/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/life.h"
#include "vmx/event.h"

/* An NMI comes after the fault. One more fault during an exception's delivery is a double fault
 * (SDM Vol. 3A 6.15). */
void event_page_fault(struct vcpu *vcpu, uint64_t linear, uint32_t error_code)
{
    uint64_t interrupted = vmread(VMCS_VECTORING_EVENT);
    uint64_t type = interrupted & EVENT_VALID ? interrupted & EVENT_TYPE : EVENT_TYPE_INTERRUPT;

    if (type == EVENT_TYPE_EXCEPTION && (interrupted & EVENT_VECTOR) == VECTOR_DF) {
        vmwrite(VMCS_ENTRY_EVENT, 0);
        life_triple_fault(vcpu);
        return;
    }
    if (type == EVENT_TYPE_EXCEPTION) {
        event_raise_error(vcpu, VECTOR_DF, 0);
        return;
    }
    if (type == EVENT_TYPE_NMI) {
        event_want_nmi(vcpu);
    }
    write_cr2(linear);
    event_raise_error(vcpu, VECTOR_PF, error_code);
}
