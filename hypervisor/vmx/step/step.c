/* SPDX-License-Identifier: BSD-2-Clause */
/* Single steps by the monitor trap flag (SDM Vol. 3C 26.5.2), or by the preemption timer where that
 * flag does not work.
 */
#include "vmx/step/step.h"
#include "core/vendor.h"
#include "vmx/event.h"
#include "vmx/vmx.h"

void vendor_step_on(struct vcpu *vcpu, bool delivers, bool keep_out)
{
    if (vcpu->vmx.step.by_flag) {
        vmx_set_processor(vcpu, PROCESSOR_MONITOR_TF, true);
    } else {
        timed_step_begin(vcpu, delivers);
    }
    blocking_hold(vcpu, delivers, keep_out);
}

void vendor_step_pause(struct vcpu *vcpu)
{
    timed_step_end(vcpu);
    blocking_release(vcpu);
}

void vendor_step_off(struct vcpu *vcpu)
{
    if (vcpu->vmx.step.by_flag) {
        vmx_set_processor(vcpu, PROCESSOR_MONITOR_TF, false);
    }
}

/* Where the timer steps, it is free only during an entry with nothing mapped. */
bool vendor_step_has_ended(const struct vcpu *vcpu)
{
    uint64_t reason = vmread(VMCS_EXIT_REASON);

    return reason == REASON_MONITOR_TRAP || (reason == REASON_TIMER && !vcpu->vmx.step.by_flag) ||
           (reason == REASON_EXCEPTION && event_is_trap());
}

bool vendor_step_must_look(const struct vcpu *vcpu)
{
    return !vcpu->vmx.step.by_flag && timed_step_must_look(vcpu);
}
