/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/event.h"

#include "vmx/vmx.h"

#include <stddef.h>

#define PENDING_DEBUG_STEP (UINT64_C(1) << 14)
#define DEBUGCTL_BTF       (UINT64_C(1) << 1)

void event_raise(unsigned int vector)
{
    vmwrite(VMCS_ENTRY_EVENT, EVENT_VALID | EVENT_TYPE_EXCEPTION | vector);
}

/* In real mode exceptions have no error codes (SDM Vol. 3C 27.2.1.3). */
void event_raise_error(unsigned int vector, uint32_t error_code)
{
    if (!(vmread(VMCS_GUEST_CR0) & CR0_PE)) {
        event_raise(vector);
        return;
    }
    vmwrite(VMCS_ENTRY_EVENT, EVENT_VALID | EVENT_TYPE_EXCEPTION | EVENT_ERROR_CODE | vector);
    vmwrite(VMCS_ENTRY_ERROR_CODE, error_code);
}

static void set_nmi_blocking(bool blocked)
{
    uint64_t now = vmread(VMCS_GUEST_INTERRUPTIBILITY);

    vmwrite(VMCS_GUEST_INTERRUPTIBILITY,
            blocked ? now | BLOCKED_BY_NMI : now & ~(uint64_t)BLOCKED_BY_NMI);
}

bool event_recover(uint64_t exit_event)
{
    uint32_t vectoring = (uint32_t)vmread(VMCS_VECTORING_EVENT);

    if (!(vectoring & EVENT_VALID)) {
        if (exit_event & EVENT_NMI_UNBLOCKED) {
            set_nmi_blocking(true); /* the IRET did not complete: it will run again */
        }
        return false;
    }
    vmwrite(VMCS_ENTRY_EVENT, vectoring & ~EVENT_NMI_UNBLOCKED);
    if (vectoring & EVENT_ERROR_CODE) {
        vmwrite(VMCS_ENTRY_ERROR_CODE, vmread(VMCS_VECTORING_ERROR_CODE));
    }
    if ((vectoring & EVENT_TYPE) >= EVENT_TYPE_SOFTWARE) {
        vmwrite(VMCS_ENTRY_LENGTH, vmread(VMCS_EXIT_LENGTH));
    }
    if ((vectoring & EVENT_TYPE) == EVENT_TYPE_NMI) {
        set_nmi_blocking(false); /* injecting it again blocks again */
    }
    return true;
}

/* An NMI exit leaves NMIs blocked until root mode executes an IRET. */
static void unblock_host_nmis(void)
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

void event_nmi(struct vcpu *vcpu)
{
    event_recover(vmread(VMCS_EXIT_EVENT));
    unblock_host_nmis();
    vmx_set_processor(vcpu, PROCESSOR_NMI_WINDOW, true);
}

void event_nmi_window(struct vcpu *vcpu)
{
    vmx_set_processor(vcpu, PROCESSOR_NMI_WINDOW, false);
    vmwrite(VMCS_ENTRY_EVENT, EVENT_VALID | EVENT_TYPE_NMI | VECTOR_NMI);
}

void event_finish_instruction(uint64_t rflags)
{
    vmwrite(VMCS_GUEST_RFLAGS, rflags & ~RFLAGS_RF);
    if (rflags & RFLAGS_TF && !(vmread(VMCS_GUEST_DEBUGCTL) & DEBUGCTL_BTF)) {
        vmwrite(VMCS_GUEST_PENDING_DEBUG, vmread(VMCS_GUEST_PENDING_DEBUG) | PENDING_DEBUG_STEP);
    }
}
