/* SPDX-License-Identifier: BSD-2-Clause */
#include "entry_check/vmx_check.h"

#include "entry_check/vmx_parts.h"

static void check(vmx_rules *const *parts, size_t count, struct rule_walk *walk,
                  const struct vmx_entry_state *state)
{
    for (size_t i = 0; i < count; i++) {
        parts[i](walk, state);
    }
}

void vmx_check_frame(struct rule_walk *walk, const struct vmx_entry_state *state)
{
    static vmx_rules *const parts[] = {
        vmx_check_execution_controls, vmx_check_exit_controls,
        vmx_check_entry_controls,     vmx_check_host,
        vmx_check_msr_lists,
    };

    check(parts, sizeof(parts) / sizeof(parts[0]), walk, state);
}

void vmx_check_guest(struct rule_walk *walk, const struct vmx_entry_state *state)
{
    static vmx_rules *const parts[] = {
        vmx_check_event,         vmx_check_guest_registers, vmx_check_segments,
        vmx_check_guest_flow,    vmx_check_activity,        vmx_check_interruptibility,
        vmx_check_pending_debug, vmx_check_link_pointer,    vmx_check_pdptes,
    };

    check(parts, sizeof(parts) / sizeof(parts[0]), walk, state);
}
